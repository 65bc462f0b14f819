import { wasmDevice } from '../../engine/devices/wasm/device.ts'
import type { Executor } from '../../engine/devices/device.ts'
import { buildModel } from '../../engine/model.ts'
import type { Language } from '../../engine/tasks/task.ts'
import { weightsIn } from '../../engine/train/checkpoint.ts'
import { writeWeights } from '../../engine/train/weights.ts'
import type { StudySpec } from '../../shared/study.ts'
import { alphabetOf } from '../services/languages.ts'

/** Weights of a run, enough to rebuild the model that they are of. */
export interface Trained {
  readonly study: StudySpec
  /** A checkpoint or snapshot. */
  readonly checkpoint: Uint8Array
  /** Its SHA-256. */
  readonly sha256: string
}

/** An executor, and whose weights are in it. */
interface Kept {
  readonly executor: Executor
  sha256: string
}

const KEPT = 4
const byModel = new Map<string, Kept>()

/**
 * The model with the weights, for work that is done before anything else has its turn: another call may put other weights into it. The
 * last few models are kept, so that to change weights is to write them.
 * @throws LabError `bad-checkpoint`
 */
export async function openNow(trained: Trained, language: Language): Promise<Executor> {
  const key = JSON.stringify([trained.study.model, trained.study.task])
  const known = byModel.get(key) ?? { executor: await openFresh(trained, language), sha256: trained.sha256 }
  byModel.delete(key)
  byModel.set(key, known)
  // Not disposed of: another string may be on its way through it.
  if (byModel.size > KEPT) byModel.delete(byModel.keys().next().value!)
  if (known.sha256 !== trained.sha256) {
    known.sha256 = ''
    writeWeights(known.executor, weightsIn(trained.checkpoint, known.executor.model.parameters))
    known.sha256 = trained.sha256
  }
  return known.executor
}

/** The same for one caller alone, as long as it likes. */
export async function openFresh({ study, checkpoint }: Trained, language: Language): Promise<Executor> {
  const model = buildModel(study.model, alphabetOf(language))
  const weights = weightsIn(checkpoint, model.parameters)
  const executor = await wasmDevice.open(model, { optimizer: study.training.optimizer })
  writeWeights(executor, weights)
  return executor
}
