import { MEASURES, type BinSummary, type Measure, type PlanSummary, type Summary } from '../../../shared/comparison.ts'
import type { FreezePlan } from '../../../shared/study.ts'
import { onTarget, type RunFigures } from './figures.ts'
import type { CountedRun } from './select.ts'
import { stabilityOf, type Trained } from './stability.ts'
import { known, summarize, type Bootstrap, type BySeed } from './summary.ts'

/** A skill below this, a tenth of the way from floor to ceiling, is not clearly above the floor. */
const FLOOR_SKILL = 0.1

export interface PlanRuns {
  plan: FreezePlan
  runs: readonly CountedRun[]
  figures: readonly RunFigures[]
}

export function summarizePlan(
  { plan, runs, figures }: PlanRuns,
  reference: readonly CountedRun[],
  bins: readonly BinSummary[],
  training: Trained,
  bootstrap: Bootstrap,
): PlanSummary {
  const seeds = runs.map(({ run }) => run.seed).sort((a, b) => a - b)
  return {
    id: plan.id,
    title: plan.title ?? plan.id,
    seeds,
    diverged: seeds.filter(seed => runs.some(({ run }) => run.seed === seed && run.status === 'diverged')),
    bins: Object.fromEntries(bins.map(bin => [bin.name, summarizeMeasures(plan.id, figures, bin.name, bootstrap)])),
    retention: summarize(onTarget(figures, { measure: 'retention', bin: null }), `${plan.id}/retention`, bootstrap),
    ...floorState(plan.id, figures, bins[0], training.isText, bootstrap),
    stepsPerSecond: summarize(speeds(runs), `${plan.id}/speed`, bootstrap),
    speedup: summarize(speedups(speeds(runs), speeds(reference)), `${plan.id}/speedup`, bootstrap),
    stability: stabilityOf(plan.id, runs, training, bootstrap),
  }
}

function summarizeMeasures(
  plan: string,
  figures: readonly RunFigures[],
  bin: string,
  bootstrap: Bootstrap,
): Partial<Record<Measure, Summary>> {
  const measures = (Object.keys(MEASURES) as Measure[]).filter(measure => measure !== 'retention')
  return Object.fromEntries(
    measures.flatMap(measure => {
      const summary = summarize(onTarget(figures, { measure, bin }), `${plan}/${bin}/${measure}`, bootstrap)
      return summary ? [[measure, summary]] : []
    }),
  )
}

/**
 * At the floor unless the whole interval of the mean skill (for one seed: the skill) lies above `FLOOR_SKILL`. In a text most words cannot be
 * foreseen by anybody: what is above the floor is measured by the floor there.
 */
export function floorState(
  plan: string,
  figures: readonly RunFigures[],
  first: BinSummary | undefined,
  isText: boolean,
  bootstrap: Bootstrap,
): Pick<PlanSummary, 'atFloor' | 'seedsAtFloor'> {
  if (!first || first.floorAccuracy === null) return { atFloor: null, seedsAtFloor: [] }
  const floor = first.floorAccuracy
  // Skill, with the ceiling at 1 where it is not known.
  const room = isText ? floor : (first.ceilingAccuracy ?? 1) - floor
  const skills = new Map(
    known(onTarget(figures, { measure: 'accuracy', bin: first.name })).map(([seed, accuracy]) => [
      seed,
      (accuracy - floor) / room,
    ]),
  )
  const summary = room > 0 ? summarize(skills, `${plan}/floor`, bootstrap) : null
  if (summary === null) return { atFloor: null, seedsAtFloor: [] }
  return {
    atFloor: (summary.meanInterval?.low ?? summary.mean!) < FLOOR_SKILL,
    seedsAtFloor: [...skills].filter(([, skill]) => skill < FLOOR_SKILL).map(([seed]) => seed),
  }
}

const speeds = (runs: readonly CountedRun[]): BySeed =>
  new Map(
    runs.map(({ run: { seed, stepsPerSecond } }) => [
      seed,
      stepsPerSecond !== null && Number.isFinite(stepsPerSecond) && stepsPerSecond > 0 ? stepsPerSecond : null,
    ]),
  )

const speedups = (own: BySeed, reference: BySeed): BySeed =>
  new Map(
    known(own).map(([seed, speed]) => {
      const other = reference.get(seed)
      return [seed, other ? speed / other : null]
    }),
  )
