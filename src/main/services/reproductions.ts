import type { Comparison, Target } from '../../shared/comparison.ts'
import type { Study } from '../../shared/records.ts'
import type { Reproduction } from '../../shared/reproduction.ts'
import type { History } from '../history/history.ts'
import type { ComparisonOptions } from './compare.ts'
import { chooseProtocol, isUnder, protocolsOf, reproduce, type ReproductionOptions } from './reproduction/reproduce.ts'
import type { EvidenceInput } from './reproduction/measure.ts'
import { recognise, type Recognised } from './reproduction/recognise.ts'

/** How a study of the history is compared, on whatever thread. */
export type CompareStudy = (studyId: string, options: Pick<ComparisonOptions, 'weights' | 'targets'>) => Promise<Comparison>

/** Nothing is decided between plans here: the figures are enough. */
const NO_TARGETS: Target[] = []

export interface HistoryOfStudies { readonly history: History, readonly compareStudy: CompareStudy, /** Studies in the trash. */ readonly isHidden?: (studyId: string) => boolean }

/**
 * The published study beside all that the history has of it; archived studies and runs do not count. Only studies of the lengths asked for
 * are compared, one after the other. @throws InputError as `reproduce`
 */
export async function reproductionOf({ history, compareStudy, isHidden = () => false }: HistoryOfStudies, options: ReproductionOptions = {}): Promise<Reproduction> {
  const leftOut: Reproduction['leftOut'] = []
  const found: { study: Study, recognised: Recognised }[] = []
  for (const study of history.studies.list().filter(({ id }) => !isHidden(id))) {
    const recognised = recognise(study.spec)
    if (recognised === undefined) continue
    const { id: studyId, name, runs } = study
    if (typeof recognised === 'string') leftOut.push({ studyId, name, reason: recognised })
    else if (!runs.finished && !runs['stopped-early'] && !runs.diverged) leftOut.push({ studyId, name, reason: 'no run has ended' })
    else found.push({ study, recognised })
  }
  const protocol = chooseProtocol(protocolsOf(found), options.protocol)
  const inputs: EvidenceInput[] = []
  for (const { study, recognised } of found.filter(one => isUnder(one, protocol))) inputs.push(await inputOf(study, recognised))
  const record = reproduce(inputs, leftOut, { ...options, protocol: protocol.key })
  return { ...record, protocols: protocolsOf(found) }

  async function inputOf({ id, name, spec }: Study, recognised: Recognised): Promise<EvidenceInput> {
    const comparison = await compareStudy(id, { weights: 'best', targets: NO_TARGETS })
    const runs = history.runs.list({ studies: [id] })
    const counted = new Set(comparison.plans.flatMap(plan => plan.seeds.map(seed => `${plan.id} ${seed}`)))
    return { studyId: id, name, spec, recognised, comparison, runs, machines: machinesOf(history, runs.filter(({ planId, seed }) => counted.has(`${planId} ${seed}`)).map(run => run.id)) }
  }
}

function machinesOf(history: History, runIds: readonly string[]): string[] {
  return [...new Set(runIds.flatMap(id => history.runs.attempts(id).map(({ environment: { device, cpu } }) => `${device.id} on ${cpu.model.trim()}`)))].sort()
}
