import type { Growth, Stability } from '../../../shared/comparison.ts'
import type { LengthScore } from '../../../shared/run-events.ts'
import { figures, poolBy } from '../../../shared/score.ts'
import { fitGrowthLaw } from '../../../shared/statistics/growth-law.ts'
import { mean } from '../../../shared/statistics/mean.ts'
import { variance } from '../../../shared/statistics/standard-deviation.ts'
import type { CountedRun } from './select.ts'
import { CONFIDENCE, finite, summarize, type Bootstrap } from './summary.ts'

/** An exponent up to this is linear growth: a constant cost per symbol. */
const LINEAR = 1.05
const GROWTH_RESAMPLES = 500

interface LengthLoss {
  length: number
  /** Nats per symbol. */ loss: number
  /** Nats per string. */ total: number
}

/** Shortest and longest training string. In a text, where lengths are positions, there is no string whose total loss could grow. */
export interface Trained {
  readonly lengths: readonly [number, number]
  readonly isText: boolean
}

/** null without runs that were scored */
export function stabilityOf(
  plan: string,
  runs: readonly CountedRun[],
  training: Trained,
  bootstrap: Bootstrap,
): Stability | null {
  const curves = runs.map(({ run, scores }) => ({ seed: run.seed, points: byLength(scores ?? []) }))
  const over = (name: string, of: (points: readonly LengthLoss[]) => number | null) =>
    summarize(
      new Map(curves.map(({ seed, points }) => [seed, points.length > 0 ? of(points) : null])),
      `${plan}/${name}`,
      bootstrap,
    )
  const [shortest, longest] = training.lengths
  const worst = over('worst', points => Math.max(...points.map(point => point.loss)))
  if (worst === null) return null
  return {
    worst,
    variance: over('variance', points => variance(points.map(point => point.loss))),
    longShortRatio: over('long-short', points =>
      combine(
        points,
        ({ length }) => length >= 2 * longest && length <= 4 * longest,
        ({ length }) => length <= longest,
        (a, b) => a / b,
      ),
    ),
    newKnownGap: over('new-known', points =>
      combine(
        points,
        ({ length }) => length > longest,
        ({ length }) => length >= shortest && length <= longest,
        (a, b) => a - b,
      ),
    ),
    growth: training.isText
      ? null
      : growthOf(
          curves.filter(({ points }) => points.length > 0).map(({ points }) => points),
          `${plan}/growth`,
          bootstrap,
        ),
  }
}

/** Scores pooled over the bins that share a length. A NaN loss is a diverged run's. */
function byLength(scores: readonly LengthScore[]): LengthLoss[] {
  return [...poolBy(scores, ({ length }) => length)]
    .map(([length, score]) => {
      const { loss, lossOfString } = figures(score)
      return { length, loss, total: lossOfString }
    })
    .sort((a, b) => a.length - b.length)
}

/** Mean losses over two sets of lengths; null when either is empty. */
function combine(
  points: readonly LengthLoss[],
  inA: (point: LengthLoss) => boolean,
  inB: (point: LengthLoss) => boolean,
  of: (a: number, b: number) => number,
): number | null {
  const meanOf = (chosen: readonly LengthLoss[]): number | null =>
    chosen.length === 0 ? null : mean(chosen.map(point => point.loss))
  const a = meanOf(points.filter(inA))
  const b = meanOf(points.filter(inB))
  return a === null || b === null ? null : of(a, b)
}

function growthOf(curves: readonly (readonly LengthLoss[])[], name: string, bootstrap: Bootstrap): Growth | null {
  const points = curves.map(curve =>
    curve.filter(({ length }) => length > 0).map(({ length, total }) => ({ length, loss: total })),
  )
  const fit = fitGrowthLaw(points, bootstrap.random(name), {
    confidence: CONFIDENCE,
    resamples: Math.min(GROWTH_RESAMPLES, bootstrap.resamples),
  })
  if (fit === null) return null
  const {
    exponentInterval: { low, high },
    ...law
  } = fit
  return {
    ...law,
    interval: { low: finite(low), high: finite(high) },
    verdict: high <= LINEAR ? 'stable' : low > LINEAR ? 'unstable' : 'open',
  }
}
