import { describe, expect, it } from 'vitest'
import { openHistory } from '../../history/history.ts'
import { epoch, progress as progressEvent } from '../../history/testing/events.ts'
import { withHome } from '../../history/testing/fixtures.ts'
import { parseStudy } from '../../../shared/study.ts'
import { Progress, validationText } from './progress.ts'
import { progressLines, progressText } from './progress-view.ts'
import { SMALL } from './testing/studies.ts'
import { scored } from '../../../shared/score.ts'

/** The progress of a study of four runs of 40 steps each, none of which has begun. */
function example(training: Record<string, unknown> = {}, seeds = 2): Promise<{ progress: Progress; ids: string[] }> {
  return withHome(home => {
    const history = openHistory({ home })
    const study = history.studies.add(parseStudy({ ...SMALL, seeds, training: { ...SMALL.training, ...training } }))
    const runs = history.runs.list()
    history.close()
    return { progress: new Progress([study], runs, 0), ids: runs.map(({ id }) => id) }
  })
}

const at = (progress: Progress, id: string, step: number): void =>
  progress.add(id, [progressEvent(step, { loss: 0.5, stepsPerSecond: 10 })])

describe('progress', () => {
  it('reckons share and time left from the steps that are done', async () => {
    const { progress, ids } = await example()
    expect([progress.share, progress.left(0)]).toEqual([0, null])
    progress.begin(ids[0]!, { epoch: 0, step: 0 })
    for (const second of [1, 2, 3, 4]) {
      at(progress, ids[0]!, 5 * second)
      progress.left(1000 * second)
    }
    expect(progress.share).toBeCloseTo(20 / 160, 12)
    // 5 steps a second, 140 to go.
    expect(progress.left(4000)).toBeCloseTo(28, 6)
  })

  it('counts an early stop as done, and says so when there may be more', async () => {
    const { progress, ids } = await example({ earlyStop: { patience: 1 } })
    progress.begin(ids[0]!, { epoch: 0, step: 0 })
    at(progress, ids[0]!, 20)
    progress.update({ id: ids[0]!, status: 'stopped-early', epochsDone: 2, step: 20 })
    expect([progress.done, progress.share]).toEqual([1, 20 / 140])
    progress.left(0)
    at(progress, ids[1]!, 10)
    expect(progressText(progress, 5000)).toContain('at most 0:55 left')
  })

  it('goes on from where a run is resumed', async () => {
    const { progress, ids } = await example()
    progress.begin(ids[0]!, { epoch: 3, step: 30 })
    expect([progress.share, progress.left(0)]).toEqual([30 / 160, null])
    at(progress, ids[0]!, 40)
    expect(progress.left(5000)).toBeCloseTo(60, 6)
  })

  it('follows runs of other processes by what the history says', async () => {
    const { progress, ids } = await example()
    progress.update({ id: ids[2]!, status: 'running', epochsDone: 2, step: 20 })
    expect(progress.share).toBe(20 / 160)
    expect(progressLines(progress, 0)).toHaveLength(1)
    progress.update({ id: ids[2]!, status: 'finished', epochsDone: 4, step: 40 })
    expect(progress.done).toBe(1)
  })

  it('of many that are trained at once shows the first, and counts the others', async () => {
    const { progress, ids } = await example({}, 20)
    expect(ids).toHaveLength(40)
    ids.forEach((id, k) => {
      progress.begin(id, { epoch: 0, step: 0 })
      at(progress, id, 1 + (k % 20))
    })
    const lines = progressLines(progress, 3000)
    expect(lines).toHaveLength(14)
    expect(lines.slice(1, 13).map(line => /seed +(\d+)/.exec(line)![1])).toEqual([
      '1',
      '1',
      '2',
      '2',
      '3',
      '3',
      '4',
      '4',
      '5',
      '5',
      '6',
      '6',
    ])
    expect(lines.at(-1)).toBe('  and 28 more')
    expect(progressText(progress, 3000).split('; ')).toHaveLength(14)
    // From 420 of 1600 steps to 1200 in the seven seconds after the first look.
    for (const id of ids) at(progress, id, 30)
    expect(progress.left(10_000)).toBeCloseTo(((1600 - 1200) / (1200 - 420)) * 7, 6)
  })

  it('shows a line for each run that is trained here', async () => {
    const { progress, ids } = await example()
    progress.begin(ids[1]!, { epoch: 0, step: 0 })
    progress.add(ids[1]!, [progressEvent(10, { loss: 0.5, stepsPerSecond: 10 }), epoch(0)])
    const [overall, line] = progressLines(progress, 3000)
    expect(overall).toBe(`Small  ━${'─'.repeat(23)}  0 of 4 runs, 6 %, 0:03 gone`)
    expect(line).toMatch(
      /^ {2}Memory frozen {2}seed 1 {2}━{6}─{18} {2}epoch 1\/4 {2}loss 0\.500 {2}\S+ nats above the bound {2}10 steps\/s {2}0:03 left$/,
    )
  })
})

it('validation is the cross-entropy above the bound, where that is known, with the choice of length in it', () => {
  const sums = { strings: 2, symbols: 20, nats: 12, correct: 10, boundNats: 6, lengthNats: 2 * Math.log(4) }
  expect(validationText(scored(sums))).toBe(`+${((12 - 6 - 2 * Math.log(4)) / 20).toFixed(3)} nats above the bound`)
  expect(validationText(scored({ ...sums, nats: 6 }))).toMatch(/^-0\.139 /)
  expect(validationText(scored({ ...sums, boundNats: NaN }))).toBe('perplexity 1.822')
})
