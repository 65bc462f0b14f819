import type { RunSummary, Study } from '../../shared/records.ts'
import type { Reproduction, ReproductionProgress } from '../../shared/reproduction.ts'
import type { History } from '../history/history.ts'
import type { LimitsSource } from '../training/limits-source.ts'
import type { ComparedRun, ComparisonInput } from './compare.ts'
import { byLengths } from './comparison/count-runs.ts'
import { scoredRuns } from './comparisons.ts'
import { studyFigures, type StudyFigures } from './reproduction/figures.ts'
import { chooseProtocol, isUnder, protocolsOf, reproduce, type ReproductionOptions } from './reproduction/reproduce.ts'
import type { EvidenceInput } from './reproduction/measure.ts'
import { recognise, type Recognised } from './reproduction/recognise.ts'

/** What a study's runs show: stays the same until one of them changes. */
export type Evidence = Pick<EvidenceInput, 'figures' | 'runs' | 'machines'>

export interface EvidenceSource {
  readonly history: History
  readonly limitsOf: LimitsSource
  /** Works figures out on whatever thread; default: on this one. */
  readonly work?: (input: ComparisonInput) => StudyFigures | Promise<StudyFigures>
}

/** What the history has of a study; archived runs do not count. @throws InputError as `compare` */
export async function evidenceOf(
  { history, limitsOf, work = studyFigures }: EvidenceSource,
  { id, spec }: Pick<Study, 'id' | 'spec'>,
): Promise<Evidence> {
  const runs = history.runs.list({ studies: [id] })
  const scored = scoredRuns(history, id, runs)
  const { name, plans, data, evaluation } = spec
  const limits = await limitsOf(spec, shortestBin(evaluation, scored))
  const figures = await work({ spec: { name, plans, data, evaluation }, runs: scored, limits })
  const counted = new Set(figures.plans.flatMap(plan => plan.seeds.map(seed => `${plan.id} ${seed}`)))
  return {
    figures,
    runs: runs.map(({ planId, seed, bestLoss, seconds }) => ({ planId, seed, bestLoss, seconds })),
    machines: machinesOf(
      history,
      runs.filter(({ planId, seed }) => counted.has(`${planId} ${seed}`)),
    ),
  }
}

/** Whether a plan is at the floor is told by the shortest bin that was tested, and by no other. */
function shortestBin({ bins }: Study['spec']['evaluation'], runs: readonly ComparedRun[]): string[] {
  const tested = new Set(runs.flatMap(({ scores }) => scores.best.map(({ bin }) => bin)))
  return bins
    .filter(({ name, by }) => by !== 'context' && tested.has(name))
    .sort(byLengths)
    .slice(0, 1)
    .map(({ name }) => name)
}

function machinesOf(history: History, runs: readonly RunSummary[]): string[] {
  return [
    ...new Set(
      runs.flatMap(({ id }) =>
        history.runs.attempts(id).map(({ environment: { device, cpu } }) => `${device.id} on ${cpu.model.trim()}`),
      ),
    ),
  ].sort()
}

export interface HistoryOfStudies {
  readonly history: History
  readonly evidence: (study: Study) => Promise<Evidence>
  /** Studies in the trash. */
  readonly isHidden?: (studyId: string) => boolean
}

export interface Watching {
  /** Told before each study, and once all are through. */
  readonly onProgress?: (progress: ReproductionProgress) => void
  /** Ends the work after the study that is at work. */
  readonly signal?: AbortSignal
}

/**
 * The published study beside all that the history has of it; archived studies and runs do not count. Only studies of the lengths asked for
 * are looked at, one after the other. @throws InputError as `reproduce`, and the signal's reason
 */
export async function reproductionOf(
  { history, evidence, isHidden = () => false }: HistoryOfStudies,
  options: ReproductionOptions = {},
  { onProgress = () => {}, signal }: Watching = {},
): Promise<Reproduction> {
  const leftOut: Reproduction['leftOut'] = []
  const found: { study: Study; recognised: Recognised }[] = []
  for (const study of history.studies.list().filter(({ id }) => !isHidden(id))) {
    const recognised = recognise(study.spec)
    if (recognised === undefined) continue
    const { id: studyId, name, runs } = study
    if (typeof recognised === 'string') leftOut.push({ studyId, name, reason: recognised })
    else if (!runs.finished && !runs['stopped-early'] && !runs.diverged)
      leftOut.push({ studyId, name, reason: 'no run has ended' })
    else found.push({ study, recognised })
  }
  const protocol = chooseProtocol(protocolsOf(found), options.protocol)
  const chosen = found.filter(one => isUnder(one, protocol))
  const inputs: EvidenceInput[] = []
  for (const { study, recognised } of chosen) {
    signal?.throwIfAborted()
    onProgress({ done: inputs.length, of: chosen.length, study: study.name })
    const { id: studyId, name, spec } = study
    inputs.push({ studyId, name, spec, recognised, ...(await evidence(study)) })
  }
  onProgress({ done: chosen.length, of: chosen.length, study: null })
  const record = reproduce(inputs, leftOut, { ...options, protocol: protocol.key })
  return { ...record, protocols: protocolsOf(found) }
}
