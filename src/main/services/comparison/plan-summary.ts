import { fails } from '../../../shared/answer.ts'
import { MEASURES, type BinSummary, type Measure, type PlanSummary, type Summary } from '../../../shared/comparison.ts'
import type { FreezePlan } from '../../../shared/study.ts'
import { ofWhole, type RunFigures } from './figures.ts'
import type { CountedRun } from './select.ts'
import { speeds, speedup } from './speed.ts'
import { stabilityOf, type Trained } from './stability.ts'
import { standOf, type Stand } from './standing.ts'
import { summarize, type Bootstrap } from './summary.ts'

export interface PlanRuns {
  plan: FreezePlan
  runs: readonly CountedRun[]
  figures: readonly RunFigures[]
}

export interface PlanFrame {
  /** The plan that the others are held against. */
  readonly reference: readonly CountedRun[]
  readonly bins: readonly BinSummary[]
  readonly training: Trained
  readonly sameAs: string | null
}

export function summarizePlan(
  { plan, runs, figures }: PlanRuns,
  { reference, bins, training, sameAs }: PlanFrame,
  bootstrap: Bootstrap,
): PlanSummary {
  const seeds = runs.map(({ run }) => run.seed).sort((a, b) => a - b)
  return {
    id: plan.id,
    title: plan.title ?? plan.id,
    sameAs,
    seeds,
    diverged: seeds.filter(seed => runs.some(({ run, diverged }) => run.seed === seed && diverged)),
    bins: Object.fromEntries(bins.map(bin => [bin.name, summarizeMeasures(figures, bin.name, bootstrap)])),
    retention: summarize(ofWhole(figures, { measure: 'retention', bin: null }), bootstrap),
    ...floorState(figures, bins[0], training.isText, bootstrap),
    stepsPerSecond: summarize(speeds(runs), bootstrap),
    speedup: speedup(runs, reference, bootstrap),
    stability: stabilityOf(runs, training, bootstrap),
  }
}

function summarizeMeasures(
  figures: readonly RunFigures[],
  bin: string,
  bootstrap: Bootstrap,
): Partial<Record<Measure, Summary>> {
  const measures = (Object.keys(MEASURES) as Measure[]).filter(measure => measure !== 'retention')
  return Object.fromEntries(
    measures.flatMap(measure => {
      const summary = summarize(ofWhole(figures, { measure, bin }), bootstrap)
      return summary ? [[measure, summary]] : []
    }),
  )
}

/** Whether the first bin, where retention starts from, is learnt at all. */
export function floorState(
  figures: readonly RunFigures[],
  first: BinSummary | undefined,
  isText: boolean,
  bootstrap: Bootstrap,
): Pick<PlanSummary, 'atFloor' | 'seedsAtFloor'> {
  if (figures.length > 0 && figures.every(run => run.diverged))
    return { atFloor: true, seedsAtFloor: figures.map(({ seed }) => seed) }
  if (!first) return { atFloor: null, seedsAtFloor: [] }
  const { standing, seedsAtFloor }: Stand = standOf(figures, first, isText, bootstrap)
  return { atFloor: standing === 'unknown' ? null : fails(standing), seedsAtFloor }
}
