import { buildModel } from '../../engine/model.ts'
import { trainRun } from '../../engine/train/train.ts'
import { findDevice } from '../devices/index.ts'
import { alphabetOf } from '../services/languages.ts'
import { languageOf } from '../services/check-study.ts'
import type { Outbox } from './outbox.ts'
import type { TrainJob } from './protocol.ts'

/**
 * Trains one run, from the start or from a checkpoint, and puts what it says into the outbox.
 * @throws InputError, LabError of the engine, and whatever a device throws
 */
export async function doTrainJob({ study, planId, seed, device, resume, checkpointEverySeconds, cancel }: TrainJob, { add, room }: Pick<Outbox, 'add' | 'room'>): Promise<void> {
  const language = languageOf(study)
  const plan = study.plans.find(({ id }) => id === planId)!
  const executor = await findDevice(device).open(buildModel(study.model, alphabetOf(language)), { optimizer: study.training.optimizer })
  const controller = new AbortController()
  // The loop reads the clock at every step, so a cancel is seen within one.
  const now = (): number => {
    if (Atomics.load(cancel, 0) !== 0) controller.abort()
    return performance.now()
  }
  try {
    for await (const event of trainRun({ study, plan, seed, language, executor, resume: resume ?? undefined, signal: controller.signal, checkpointEverySeconds, now })) {
      add(event)
      if (event.kind === 'progress' || event.kind === 'checkpoint') await room()
    }
  } finally {
    executor.dispose()
  }
}
