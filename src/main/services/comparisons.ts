import type { Comparison } from '../../shared/comparison.ts'
import type { EpochRecord, Parameter, RunSummary } from '../../shared/records.ts'
import type { LengthScore } from '../../shared/run-events.ts'
import { figures } from '../../shared/score.ts'
import { median } from '../../shared/statistics/median.ts'
import type { History } from '../history/history.ts'
import { fillLengthCosts } from './length-costs.ts'
import type { LimitsSource } from '../training/limits-source.ts'
import { compare, type ComparedRun, type ComparisonOptions } from './compare.ts'
import { twinsOf } from './same-training.ts'

/**
 * Compares the plans of a study in the history, as far as its runs have come; archived runs do not count.
 * @throws LabError `unknown-study`, InputError as `compare`
 */
export async function compareStudy(
  { history, limitsOf }: { history: History; limitsOf: LimitsSource },
  studyId: string,
  options?: ComparisonOptions,
): Promise<Comparison> {
  const { spec } = history.studies.get(studyId)
  await fillLengthCosts({ history, studies: [studyId] })
  const limits = await limitsOf(spec)
  return compare(
    { spec, runs: comparedRuns(history, studyId), limits, twins: Object.fromEntries(twinsOf(spec)) },
    options,
  )
}

/** The runs of a study that are not archived, as far as comparing needs them; those of a plan's twin stand for its own where it has none. */
export function comparedRuns(history: History, studyId: string): ComparedRun[] {
  return shared(ownRuns(history, studyId), twinsOf(history.studies.get(studyId).spec))
}

/** With the runs of each plan's twin for the seeds that it has not trained itself. */
export function shared(runs: readonly ComparedRun[], twins: ReadonlyMap<string, string>): ComparedRun[] {
  const trained = new Set(runs.map(({ planId, seed }) => `${planId} ${seed}`))
  const lent = [...twins].flatMap(([planId, twin]) =>
    runs.filter(run => run.planId === twin && !trained.has(`${planId} ${run.seed}`)).map(run => ({ ...run, planId })),
  )
  return [...runs, ...lent]
}

function ownRuns(history: History, studyId: string): ComparedRun[] {
  const [best, last] = (['best', 'last'] as const).map(which => byRun(history.evaluations.ofStudy(studyId, which)))
  const runs = history.runs.list({ studies: [studyId] })
  const classes = classesIn(history, runs)
  return runs.map(run => {
    const epochs = history.epochs.list(run.id)
    return {
      ...comparedRun(run, classes, { best: best!.get(run.id) ?? [], last: last!.get(run.id) ?? [] }),
      stepsPerSecond: speedOf(epochs),
      place: placeOf(history, run),
      finalLoss: finalLossOf(epochs),
    }
  })
}

/** The same without speeds, and with the scores of the best weights alone. @param runs of the study */
export function scoredRuns(history: History, studyId: string, runs: readonly RunSummary[]): ComparedRun[] {
  const best = byRun(history.evaluations.ofStudy(studyId, 'best'))
  const classes = classesIn(history, runs)
  const own = runs.map(run => comparedRun(run, classes, { best: best.get(run.id) ?? [], last: [] }))
  return shared(own, twinsOf(history.studies.get(studyId).spec))
}

const comparedRun = (
  { id, planId, seed, status, bestEpoch, bestLoss, epochsDone, seconds, frozenIntact, arithmetic }: RunSummary,
  classes: number | null,
  scores: ComparedRun['scores'],
): ComparedRun => ({
  runId: id,
  planId,
  seed,
  status,
  bestEpoch,
  bestLoss,
  classes,
  epochs: epochsDone,
  seconds,
  stepsPerSecond: null,
  frozenIntact,
  arithmetic,
  scores,
})

/** Classes of the head that the runs of a study share; null before one of them began. */
export function classesIn(history: History, runs: readonly RunSummary[]): number | null {
  const begun = runs.find(({ epochsDone }) => epochsDone > 0)
  return begun ? headClasses(history.runs.parameters(begun.id)) : null
}

/** Classes that a model's head tells apart, by its parameters; null where it has none that is known. */
export const headClasses = (parameters: readonly Parameter[]): number | null =>
  parameters.find(({ name }) => name === 'classifier.output.bias')?.shape[0] ?? null

/** Of the last epoch, nats per symbol; Infinity where that is no number. null before the first. */
function finalLossOf(epochs: readonly EpochRecord[]): number | null {
  const last = epochs.at(-1)
  return last ? figures(last.validation).loss : null
}

/** Machine, device and company of all that a run was trained in: speeds from one place can be compared. */
export function placeOf(history: History, { id, epochsDone }: RunSummary): string | null {
  if (epochsDone === 0) return null
  const places = history.runs
    .attempts(id)
    .map(({ environment: { os, cpu, memoryBytes, device } }) =>
      JSON.stringify([os, cpu, memoryBytes, device.id, device.cohort ?? 1]),
    )
  return [...new Set(places)].sort().join()
}

function byRun(scores: readonly (LengthScore & { runId: string })[]): Map<string, LengthScore[]> {
  const runs = new Map<string, LengthScore[]>()
  for (const { runId, ...score } of scores) (runs.get(runId) ?? runs.set(runId, []).get(runId)!).push(score)
  return runs
}

/** Training steps a second: of the middle epoch, since the machine may have had other work during some. */
export function speedOf(epochs: readonly EpochRecord[]): number | null {
  const speeds = epochs.map(({ stepsPerSecond }) => stepsPerSecond).filter(speed => Number.isFinite(speed) && speed > 0)
  return speeds.length > 0 ? median(speeds) : null
}

/** The run of full training with the same seed in the same study: its pair. */
export function fullRunBeside(history: History, { studyId, seed }: RunSummary): RunSummary | undefined {
  const reference = history.studies.get(studyId).spec.plans.find(plan => plan.freeze.length === 0)
  return reference && history.runs.list({ studies: [studyId], plans: [reference.id], seeds: [seed] })[0]
}
