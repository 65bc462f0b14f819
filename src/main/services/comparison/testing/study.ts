import type { LengthScore } from '../../../../shared/run-events.ts'
import { scored } from '../../../../shared/score.ts'
import { parseStudy } from '../../../../shared/study.ts'
import type { ComparedRun, ComparisonInput, LengthLimit } from '../input.ts'

/**
 * A study on count-3 (strings a^n b^n c^n) in small: two test lengths a bin. Known in closed form: one string of each length, so its bound given
 * the length is 0; the trivial predictor ("repeat the previous symbol") misses 3 of length + 1, the optimal one only where the range ends
 * could be meant.
 */
export const LENGTHS: Readonly<Record<string, readonly number[]>> = {
  short: [42, 60],
  middle: [120, 180],
  long: [240, 390],
}
/** Strings for each length. */
export const STRINGS = 10
export const VALID_LENGTHS: Readonly<Record<string, number>> = { short: 20, middle: 33, long: 67 }

export const SPEC = parseStudy({
  name: 'count-3 · jm-hidden',
  task: { id: 'count-3' },
  seeds: 3,
  data: { train: { lengths: [40, 60] } },
  evaluation: {
    bins: [
      { name: 'short', lengths: [40, 100], perLength: STRINGS },
      { name: 'middle', lengths: [100, 200], perLength: STRINGS },
      { name: 'long', lengths: [200, 400], perLength: STRINGS },
    ],
  },
})

export const floorAt = (length: number): number => 1 - 3 / (length + 1)
export const ceilingAt = (length: number): number => 1 - 1 / (length + 1)

export const LIMITS: readonly LengthLimit[] = Object.entries(LENGTHS).flatMap(([bin, lengths]) =>
  lengths.map(length => ({
    bin,
    length,
    floorAccuracy: floorAt(length),
    ceilingAccuracy: ceilingAt(length),
    boundNats: 0,
  })),
)

/** What a run does at one length. */
export interface Behaviour {
  /** Share of symbols. */ accuracy: number
  /** Nats per symbol. */ loss: number
}

/** Scores of a run that behaves so at each length. Counts of right symbols need not be whole. */
export const scoresOf = (behave: (length: number, bin: string) => Behaviour): LengthScore[] =>
  Object.entries(LENGTHS).flatMap(([bin, lengths]) =>
    lengths.map(length => {
      const { accuracy, loss } = behave(length, bin)
      const symbols = STRINGS * (length + 1)
      return {
        bin,
        length,
        ...scored({
          strings: STRINGS,
          symbols,
          nats: loss * symbols,
          correct: accuracy * symbols,
          boundNats: 0,
          lengthNats: STRINGS * Math.log(VALID_LENGTHS[bin]!),
        }),
      }
    }),
  )

export function runOf(
  planId: string,
  seed: number,
  behave: (length: number, bin: string) => Behaviour,
  changes: Partial<ComparedRun> = {},
): ComparedRun {
  const scores = scoresOf(behave)
  return {
    runId: `${planId}-${seed}`,
    planId,
    seed,
    status: 'finished',
    bestEpoch: 20,
    epochs: 31,
    seconds: 100,
    stepsPerSecond: planId === 'full' ? 100 : 130,
    frozenIntact: true,
    scores: { best: scores, last: scores },
    ...changes,
  }
}

export const inputOf = (runs: readonly ComparedRun[]): ComparisonInput => ({
  spec: SPEC,
  runs,
  limits: LIMITS,
})

/** Learns up to a length, then decays: better models have a larger `reach` (share of the way to the ceiling kept at length 400) and lower `excess` nats. */
export const learner =
  (reach: number, excess: number) =>
  (length: number): Behaviour => ({
    accuracy: floorAt(length) + (ceilingAt(length) - floorAt(length)) * (1 - ((1 - reach) * (length - 42)) / 348),
    loss: 0.04 + (excess * length) / 400,
  })

/** The trivial predictor itself. */
export const trivial = (length: number): Behaviour => ({ accuracy: floorAt(length), loss: 0.2 })
