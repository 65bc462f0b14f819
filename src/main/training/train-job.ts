import { buildModel } from '../../engine/model.ts'
import { trainRun } from '../../engine/train/train.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import { findDevice } from '../devices/index.ts'
import { alphabetOf } from '../services/languages.ts'
import { languageOf } from '../services/check-study.ts'
import type { Cohorts, Seat } from './cohorts.ts'
import type { Outbox } from './outbox.ts'
import { threadsOf } from './helpers.ts'
import type { TrainJob } from './protocol.ts'

/** Progress that the runs of a thread tell together, times a second, at most; a run alone tells its own ten times. */
const REPORTS_A_SECOND = 80

export interface JobListener extends Pick<Outbox, 'add' | 'room'> {
  /** Told how many runs such as this one can be trained together. */
  onRoom(runs: number): void
}

/**
 * Trains one run, from the start or from a checkpoint, and tells what it says.
 * @param cohorts those of this thread, one of which the run enters @throws InputError, LabError of the engine, and whatever a device throws
 */
export async function doTrainJob(
  job: TrainJob,
  { add, room, onRoom }: JobListener,
  cohorts: Cohorts,
  find: typeof findDevice = findDevice,
): Promise<void> {
  const { study, planId, seed, portable, resume, checkpointEverySeconds, cancel } = job
  const language = languageOf(study)
  const alphabet = alphabetOf(language)
  const {
    model,
    training: { optimizer },
  } = study
  const plan = study.plans.find(({ id }) => id === planId)!
  const device = find(job.device)
  const seat = await cohorts.enter({
    key: JSON.stringify([device.id, portable, alphabet, model, optimizer]),
    device,
    model: () => buildModel(model, alphabet),
    optimizer,
    runs: job.together,
    portable,
    threads: threadsOf(cancel),
  })
  const controller = new AbortController()
  // The loop reads the clock at every step, so a cancel is seen within one.
  const now = (): number => {
    if (Atomics.load(cancel, 0) !== 0) controller.abort()
    return performance.now()
  }
  const company = newCompany(seat)
  try {
    onRoom(seat.capacity)
    for await (const event of trainRun({
      study,
      plan,
      seed,
      language,
      executor: seat.executor,
      resume: resume ?? undefined,
      signal: controller.signal,
      now,
      // In lockstep all would ask the disk at once.
      checkpointEverySeconds:
        seat.capacity > 1 ? checkpointEverySeconds * (1 - Math.random() / 4) : checkpointEverySeconds,
      progressEvery: Math.max(100, (1000 * seat.capacity) / REPORTS_A_SECOND),
    })) {
      if (event.kind === 'epoch' || event.kind === 'done') for (const news of company()) add(news)
      add(event)
      if (event.kind === 'progress' || event.kind === 'checkpoint') await room()
    }
  } finally {
    seat.leave()
  }
}

/** Says with how many runs this one was trained, when they have become more. */
function newCompany(seat: Seat): () => RunEvent[] {
  let told = 1
  return () => {
    if (seat.most <= told) return []
    told = seat.most
    return [{ kind: 'cohort', most: told }]
  }
}
