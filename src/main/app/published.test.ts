import { expect, it, vi } from 'vitest'
import type { ReproductionProgress } from '../../shared/reproduction.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import { parseStudy } from '../../shared/study.ts'
import { ENVIRONMENT, epoch, score, start } from '../history/testing/events.ts'
import type * as Languages from '../services/languages.ts'
import { openTask } from '../services/languages.ts'
import { TINY, trained, until, withRig } from './testing/rig.ts'

vi.mock('../services/languages.ts', async original => {
  const languages = await original<typeof Languages>()
  return { ...languages, openTask: vi.fn(languages.openTask) }
})

const STUDY = {
  ...TINY,
  name: 'Small count-3',
  task: { id: 'count-3' },
  model: { controller: { id: 'lstm', units: 20 }, memory: { id: 'superposition-stack', widths: [10] } },
  evaluation: {
    bins: [
      { name: 'a', lengths: [3, 9], perLength: 4 },
      { name: 'b', lengths: [9, 15], perLength: 4 },
      { name: 'c', lengths: [15, 21], perLength: 4 },
    ],
  },
}

it('puts what was trained beside the published figures, and says on what', () =>
  withRig(async rig => {
    const study = await trained(rig, STUDY)
    rig.lab.history.studies.add(
      parseStudy({ ...STUDY, name: 'Two bins', evaluation: { bins: STUDY.evaluation.bins.slice(1) } }),
    )
    const card = await rig.client.comparison.published()
    expect(card.protocols).toMatchObject([{ key: '3-9/3-9/9-15/15-21', asPublished: false, studies: 1 }])
    expect(card.coverage).toEqual({ measured: 0, onOtherLengths: 2, published: 126 })
    expect(card.studies).toMatchObject([
      {
        studyId: study.id,
        runs: 4,
        planned: 4,
        plans: ['full', 'frozen-memory'],
        machines: [expect.stringMatching(/^wasm on ./)],
      },
    ])
    expect(card.leftOut).toMatchObject([{ name: 'Two bins', reason: '2 test bins; the published study has 3' }])
    const comparison = await rig.client.comparison.get({ studyId: study.id })
    const { measured } = card.cells.find(
      ({ task, model, plan }) => task === 'count-3' && model === 'jm-10' && plan === 'full',
    )!
    expect(measured!.figures['accuracy-2']!.median).toBe(comparison.plans[0]!.bins.c!.accuracy!.median)
    const runs = rig.lab.history.runs.list({ studies: [study.id], plans: ['full'] })
    expect(measured!.figures['validation-perplexity']!.min).toBeCloseTo(
      Math.exp(Math.min(...runs.map(({ bestLoss }) => bestLoss!))),
      12,
    )

    // Asked again, nothing is worked out anew.
    const work = vi.spyOn(rig.lab.history.evaluations, 'ofStudy')
    expect(await rig.client.comparison.published()).toEqual(card)
    expect(work).not.toHaveBeenCalled()

    const file = await rig.client.comparison.exportPublished({ format: 'markdown' })
    expect([file.name, new TextDecoder().decode(file.bytes)]).toEqual([
      'published-study.md',
      expect.stringContaining('count-3, jm-10'),
    ])
    await expect(rig.client.comparison.published({ protocol: 'x' })).rejects.toMatchObject({ code: 'bad-input' })

    await rig.client.runs.describe({ runs: [runs[0]!.id], archived: true })
    expect((await rig.client.comparison.published()).studies).toMatchObject([{ runs: 3 }])
    await rig.client.studies.remove({ studyId: study.id })
    expect((await rig.client.comparison.published()).coverage).toEqual({
      measured: 0,
      onOtherLengths: 0,
      published: 126,
    })
  }))

it('says how far it has come, and stops between two studies when it is given up', () =>
  withRig(async rig => {
    const { history } = rig.lab
    const names = ['One', 'Two', 'Three']
    for (const name of names) {
      const study = history.studies.add(parseStudy({ ...STUDY, name, plans: ['full'], seeds: [1] }))
      const [run] = history.runs.list({ studies: [study.id] })
      history.runs.claim(run!.id, { environment: ENVIRONMENT })
      const events: RunEvent[] = [
        start(),
        epoch(0),
        { kind: 'evaluation', which: 'best', scores: [score('a', 6), score('b', 12), score('c', 18)] },
        { kind: 'done', reason: 'finished', epochs: 1, bestEpoch: 0 },
      ]
      history.recordAll(events.map(event => ({ runId: run!.id, event })))
    }
    const said: ReproductionProgress[] = []
    const leave = rig.client.comparison.onPublished(undefined, progress => {
      said.push(progress)
    })
    const work = vi.spyOn(history.evaluations, 'ofStudy')
    const given = new AbortController()
    const stopped = rig.client.comparison.published(undefined, { signal: given.signal })
    await until(() => work.mock.calls.length > 0)
    given.abort()
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' })
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(work).toHaveBeenCalledTimes(1)

    vi.mocked(openTask).mockClear()
    const card = await rig.client.comparison.published()
    expect(card.leftOut).toHaveLength(2)
    // No text is opened, and no grammar worked through, where the app answers.
    expect(openTask).not.toHaveBeenCalled()
    // What was worked out before it was given up was kept.
    expect(work).toHaveBeenCalledTimes(3)
    expect([said[0], said.at(-1)]).toEqual([
      { done: 0, of: 3, study: 'One' },
      { done: 3, of: 3, study: null },
    ])
    leave()
  }))
