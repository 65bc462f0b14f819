import { describe, expect, it } from 'vitest'
import { figures, pool, scored, sumsIn } from '../../shared/score.ts'
import { openHistory, type History } from './history.ts'
import { ENVIRONMENT, epoch, score, start } from './testing/events.ts'
import { study, withHome } from './testing/fixtures.ts'
import { makeOldHistory, OLD_SCORES } from './testing/old-history.ts'

const firstRun = (history: History): string => history.runs.list()[0]!.id

describe('a history from before there were tallies', () => {
  it('has the same sums; what the choice of a length costs is unknown until it is filled in', () =>
    withHome(home => {
      makeOldHistory(home)
      const history = openHistory({ home })
      const id = firstRun(history)
      const scores = history.evaluations.byLength(id, 'best')
      expect(scores.map(({ bin, length }) => [bin, length])).toEqual([
        ['a text', 7],
        ['short', 40],
        ['short', 42],
        ['long', 90],
      ])
      for (const { bin, length, ...own } of scores) {
        const old = OLD_SCORES.find(one => one.bin === bin && one.length === length)!
        expect(sumsIn(own)).toEqual({
          strings: old.strings,
          symbols: old.symbols,
          nats: old.nats ?? NaN,
          correct: old.correct,
          boundNats: old.bound_nats ?? NaN,
          lengthNats: NaN,
        })
      }
      expect(figures(scores[1]!).aboveBound).toBeNull()
      expect(history.lengthCosts.due()).toEqual([history.studies.list()[0]!.id])
      history.close()
    }))

  it('is filled in a few runs at a time, of the bins that are known', () =>
    withHome(home => {
      makeOldHistory(home)
      const history = openHistory({ home })
      const [{ id: studyId } = { id: '' }] = history.studies.list()
      const counts = { validation: 4, bins: { short: 20, long: 7 } }
      const first = history.lengthCosts.fill(studyId, counts, 1)
      expect(first).toEqual([firstRun(history)])
      expect(history.lengthCosts.due()).toEqual([studyId])
      expect(history.lengthCosts.fill(studyId, counts, 5)).toHaveLength(1)
      expect(history.lengthCosts.fill(studyId, counts, 5)).toEqual([])
      expect(history.lengthCosts.due()).toEqual([])
      for (const { id } of history.runs.list().slice(0, 2)) {
        const costs = history.evaluations
          .byLength(id, 'last')
          .map(own => [own.bin, sumsIn(own).lengthNats / sumsIn(own).strings])
        expect(costs).toEqual([
          ['a text', NaN],
          ['short', expect.closeTo(Math.log(20), 12)],
          ['short', expect.closeTo(Math.log(20), 12)],
          ['long', expect.closeTo(Math.log(7), 12)],
        ])
        expect(sumsIn(history.epochs.list(id)[0]!.validation).lengthNats).toBeCloseTo(8 * Math.log(4), 12)
      }
      const short = history.evaluations.byBin({ which: 'best' }).find(({ bin }) => bin === 'short')!
      expect(figures(short).aboveBound).toBeCloseTo((611 - 510.625 - 20 * Math.log(20)) / 840, 12)
      history.close()
    }))
})

describe('tallies', () => {
  it('give scores back to the bit, by length and by bin, and take the place of what was known for their lengths', () =>
    withHome(home => {
      const history = openHistory({ home })
      history.studies.add(study())
      const id = firstRun(history)
      history.runs.claim(id, { environment: ENVIRONMENT })
      const scores = [
        score('long', 200, { nats: NaN }),
        score('short', 41, { nats: 0.1 + 0.2, lengthNats: 1 / 3 }),
        score('short', 40, { boundNats: NaN }),
      ]
      history.recordAll([
        { runId: id, event: start() },
        { runId: id, event: epoch(0) },
        { runId: id, event: { kind: 'evaluation', which: 'best', scores } },
      ])
      expect(history.evaluations.byLength(id, 'best')).toEqual([scores[2], scores[1], scores[0]])
      const again = score('short', 41, { correct: 7 })
      history.record(id, { kind: 'evaluation', which: 'best', scores: [again] })
      expect(history.evaluations.byLength(id, 'best')).toEqual([scores[2], again, scores[0]])
      const [short, long] = history.evaluations.byBin({ which: 'best' })
      expect([short!.bin, long!.bin]).toEqual(['short', 'long'])
      expect(scored(sumsIn(short!))).toEqual(pool([scores[2]!, again]))
      expect(history.lengthCosts.due()).toEqual([])
      history.close()
    }))
})
