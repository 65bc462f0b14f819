import { describe, expect, it } from 'vitest'
import { validLengths } from '../../engine/tasks/task.ts'
import { figures, scored, sumsIn } from '../../shared/score.ts'
import { openHistory } from '../history/history.ts'
import { ENVIRONMENT, epoch, score, start } from '../history/testing/events.ts'
import { study, withHome } from '../history/testing/fixtures.ts'
import { languageOf } from './check-study.ts'
import { countLengths, fillLengthCosts } from './length-costs.ts'

const spec = study({
  evaluation: {
    bins: [
      { name: 'short', lengths: [5, 21], perLength: 2 },
      { name: 'long', lengths: [31, 61], perLength: 2, stride: 3 },
    ],
  },
})

/** Two studies of runs that say nothing of what the choice of a length costs, as older bundles do. */
async function withUnfilled(use: (history: ReturnType<typeof openHistory>) => Promise<void>): Promise<void> {
  await withHome(async home => {
    const history = openHistory({ home })
    for (const seeds of [3, 2]) {
      const { id } = history.studies.add({ ...spec, seeds: Array.from({ length: seeds }, (_, i) => i) })
      for (const { id: run } of history.runs.list({ studies: [id] })) {
        history.runs.claim(run, { environment: ENVIRONMENT })
        const { validation } = epoch(0)
        const scores = [score('short', 9, { lengthNats: NaN }), score('long', 31, { lengthNats: NaN })]
        for (const event of [
          start(),
          epoch(0, { validation: scored({ ...sumsIn(validation), lengthNats: NaN }) }),
          { kind: 'evaluation', which: 'best', scores } as const,
        ])
          history.record(run, event)
      }
    }
    await use(history)
    history.close()
  })
}

describe('what the choice of a length costs', () => {
  it('is filled in by the lengths that the language has, those that a stride skips included', () =>
    withUnfilled(async history => {
      const filled: string[] = []
      await fillLengthCosts({ history, onFilled: runs => filled.push(...runs) })
      const runs = history.runs.list()
      expect(filled.sort()).toEqual(runs.map(({ id }) => id).sort())
      expect(history.lengthCosts.due()).toEqual([])
      const language = languageOf(spec)
      for (const { id } of runs) {
        const [short, long] = history.evaluations.byLength(id, 'best')
        expect(sumsIn(short!).lengthNats).toBeCloseTo(2 * Math.log(validLengths(language, [5, 21]).length), 12)
        expect(sumsIn(long!).lengthNats).toBeCloseTo(2 * Math.log(validLengths(language, [31, 61]).length), 12)
        expect(figures(history.epochs.list(id)[0]!.validation).aboveBound).not.toBeNull()
      }
    }))

  it('is left unknown where the language cannot be opened or has no string, and asked for again the next time', () =>
    withUnfilled(async history => {
      await fillLengthCosts({
        history,
        count: () => {
          throw new Error('no such task')
        },
      })
      await fillLengthCosts({ history, count: (_, ranges) => ranges.map((__, i) => i) })
      expect(history.lengthCosts.due()).toHaveLength(2)
      expect(history.evaluations.byBin().map(own => figures(own).aboveBound)).toEqual(new Array(20).fill(null))
    }))

  it('is filled in for the studies asked for alone, and not once it is called off', () =>
    withUnfilled(async history => {
      const [first, second] = history.lengthCosts.due()
      await fillLengthCosts({ history, signal: AbortSignal.abort() })
      expect(history.lengthCosts.due()).toEqual([first, second])
      await fillLengthCosts({ history, studies: [second!] })
      expect(history.lengthCosts.due()).toEqual([first])
    }))

  it('of a text is nothing: its positions are not drawn, and it need not be there', () =>
    expect(countLengths({ id: 'text', path: '/nowhere' }, [[1, 35]])).toEqual([1]))
})
