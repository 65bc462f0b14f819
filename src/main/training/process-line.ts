import type { FromWorker, ToWorker, TrainJob } from './protocol.ts'

/** What the host and a training process say to each other: as with a thread, but for the cancel flag, which memory shared by threads cannot carry over. */
export type ToProcess = Exclude<ToWorker, TrainJob> | Omit<TrainJob, 'cancel'>

export type FromProcess =
  | FromWorker
  /** The process's thread has thrown; the process ends. */
  | { readonly kind: 'thrown'; readonly message: string }
