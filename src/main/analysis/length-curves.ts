import { chance } from '../../engine/chance.ts'
import type { LengthCurves } from '../../shared/contract/index.ts'
import type { Weights } from '../../shared/records.ts'
import type { LengthScore } from '../../shared/run-events.ts'
import { figures, poolBy, type Figures } from '../../shared/score.ts'
import { bootstrapInterval } from '../../shared/statistics/bootstrap.ts'
import { mean } from '../../shared/statistics/mean.ts'
import type { BinSpec } from '../../shared/study.ts'
import type { ComparisonInput, LengthLimit } from '../services/comparison/input.ts'

const RESAMPLES = 1_000

/** Every plan's figures length by length, over the seeds that were evaluated. */
export function lengthCurves(
  { spec, runs, limits }: Pick<ComparisonInput, 'spec' | 'runs' | 'limits'>,
  weights: Weights,
): LengthCurves {
  const context = new Set(spec.evaluation.bins.filter(({ by }) => by === 'context').map(({ name }) => name))
  // Bins of a text, and of nothing else, say by what they go.
  const isText = spec.evaluation.bins.some(({ by }) => by !== undefined)
  const bins = spec.evaluation.bins.filter(({ name }) => !context.has(name))
  const shown = new Set((isText ? apart(bins) : bins).map(({ name }) => name))
  const plansOver = (counts: (bin: string) => boolean): LengthCurves['plans'] =>
    spec.plans.map(({ id, title }) => {
      const own = runs.filter(run => run.planId === id && run.scores[weights].some(({ bin }) => counts(bin)))
      return {
        planId: id,
        title: title ?? id,
        seeds: own.map(({ seed }) => seed),
        ...curvesOf(own.map(run => byLength(run.scores[weights].filter(({ bin }) => counts(bin))))),
      }
    })
  return {
    isText,
    trainLengths: spec.data.train.lengths,
    bins: bins.map(({ name, lengths }) => ({ name, lengths })),
    plans: plansOver(bin => shown.has(bin)),
    contexts: context.size > 0 ? plansOver(bin => context.has(bin)) : [],
    limits: limitColumns(limits.filter(({ bin }) => shown.has(bin))),
    contextFloor: limits.filter(({ bin }) => context.has(bin)).map(floorPerplexity)[0] ?? null,
  }
}

/** Of a text's bins, which group the same positions each in its own way, those that have no position in common, the widest first. */
function apart(bins: readonly BinSpec[]): BinSpec[] {
  const chosen: BinSpec[] = []
  for (const bin of bins.toSorted((a, b) => b.lengths[1] - b.lengths[0] - (a.lengths[1] - a.lengths[0]))) {
    if (chosen.every(({ lengths: [low, high] }) => bin.lengths[1] < low || bin.lengths[0] > high)) chosen.push(bin)
  }
  return chosen
}

const byLength = (scores: readonly LengthScore[]): Map<number, Figures> =>
  new Map([...poolBy(scores, ({ length }) => length)].map(([length, score]) => [length, figures(score)]))

function curvesOf(
  runs: readonly ReadonlyMap<number, Figures>[],
): Omit<LengthCurves['plans'][number], 'planId' | 'title' | 'seeds'> {
  const lengths = [...new Set(runs.flatMap(run => [...run.keys()]))].sort((a, b) => a - b)
  const band = (of: (own: Figures) => number): Float64Array[] => {
    const rows = lengths.map(length =>
      bandOf(
        runs.flatMap(run => {
          const own = run.get(length)
          return own ? [of(own)] : []
        }),
        `length ${length}`,
      ),
    )
    return [0, 1, 2].map(column => Float64Array.from(rows, row => row[column]!))
  }
  const [accuracy, accuracyLow, accuracyHigh] = band(({ accuracy: value }) => value) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const [crossEntropy, crossEntropyLow, crossEntropyHigh] = band(({ loss }) => loss) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const [perplexity, perplexityLow, perplexityHigh] = band(({ perplexity: value }) => value) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  return {
    lengths: Float64Array.from(lengths),
    accuracy,
    accuracyLow,
    accuracyHigh,
    crossEntropy,
    crossEntropyLow,
    crossEntropyHigh,
    perplexity,
    perplexityLow,
    perplexityHigh,
  }
}

/** Mean, and the ends of its interval; all the same for a single value, NaN when one of several is no number. */
export function bandOf(values: readonly number[], name: string): [mean: number, low: number, high: number] {
  if (values.length === 0 || values.some(value => !Number.isFinite(value))) return [NaN, NaN, NaN]
  const centre = mean(values)!
  const interval = bootstrapInterval(values, mean, chance(0).fork(name), { resamples: RESAMPLES, method: 'expanded' })
  return interval ? [centre, interval.low, interval.high] : [centre, centre, centre]
}

const floorPerplexity = ({ floorNats }: LengthLimit): number | null =>
  floorNats === null || floorNats === undefined ? null : Math.exp(floorNats)

function limitColumns(limits: readonly LengthLimit[]): LengthCurves['limits'] {
  const byLength = [...new Map(limits.map(limit => [limit.length, limit])).values()].sort((a, b) => a.length - b.length)
  const column = (of: (limit: LengthLimit) => number | null): Float64Array =>
    Float64Array.from(byLength, limit => of(limit) ?? NaN)
  return {
    lengths: column(({ length }) => length),
    floorAccuracy: column(limit => limit.floorAccuracy),
    ceilingAccuracy: column(limit => limit.ceilingAccuracy),
    boundNats: column(limit => limit.boundNats),
    floorPerplexity: column(floorPerplexity),
  }
}
