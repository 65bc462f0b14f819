import type { BinSummary, RetentionLimits, Target } from '../../../shared/comparison.ts'
import { pool, retention } from '../../../shared/score.ts'
import { measureBin, worstMeasures, type BinMeasures } from './pool.ts'
import type { CountedRun } from './select.ts'
import type { BySeed } from './summary.ts'

/** What one run achieved, in numbers. */
export interface RunFigures {
  seed: number
  bins: ReadonlyMap<string, BinMeasures>
  retention: number | null
}

export function figuresOf({ run, scores }: CountedRun, bins: readonly BinSummary[]): RunFigures {
  const measures = new Map(
    bins.map(bin => [
      bin.name,
      scores === null ? worstMeasures(bin) : measureBin(pool(scores.filter(score => score.bin === bin.name)), bin),
    ]),
  )
  const accuracy = (bin: BinSummary | undefined): number | null => (bin ? measures.get(bin.name)!.accuracy : null)
  return {
    seed: run.seed,
    bins: measures,
    retention: bins.length > 1 ? retention(accuracy(bins[0]), accuracy(bins.at(-1))) : null,
  }
}

export function retentionLimits(bins: readonly BinSummary[]): RetentionLimits | null {
  const first = bins[0]
  const last = bins.at(-1)
  if (!first || !last || first === last) return null
  return {
    from: first.name,
    to: last.name,
    floor: retention(first.floorAccuracy, last.floorAccuracy),
    ceiling: retention(first.ceilingAccuracy, last.ceilingAccuracy),
  }
}

export function onTarget(runs: readonly RunFigures[], { measure, bin }: Target): BySeed {
  return new Map(
    runs.map(run => [run.seed, measure === 'retention' ? run.retention : (run.bins.get(bin!)?.[measure] ?? null)]),
  )
}
