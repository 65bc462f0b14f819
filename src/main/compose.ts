import type { Comparison } from '../shared/comparison.ts'
import type { Environment } from '../shared/records.ts'
import { openHistory, type History, type HistoryOptions } from './history/history.ts'
import type { ComparisonOptions } from './services/compare.ts'
import { compareStudy } from './services/comparisons.ts'
import { limitsSource, type LimitsSource } from './training/limits-source.ts'
import type { StartWorker } from './training/thread.ts'
import { Training, type TrainingOptions } from './training/training.ts'

export interface LabOptions extends Pick<HistoryOptions, 'home' | 'onProblem' | 'onInterrupted'> {
  readonly startWorker: StartWorker
  readonly app: Environment['app']
}

/** The parts of the lab, put together: what every shell stands on. */
export interface Lab {
  readonly history: History
  readonly limitsOf: LimitsSource
  /** @throws as `compareStudy` */
  compare(studyId: string, options?: ComparisonOptions): Promise<Comparison>
  /** Training on a device; it begins nothing by itself. */
  training(options: Pick<TrainingOptions, 'device' | 'workers' | 'checkpointEverySeconds'>): Training
  /** Stops what is being trained, to be resumed later, and closes the history. */
  close(): Promise<void>
}

/** @throws LabError as `openHistory` */
export function composeLab({ startWorker, app, ...place }: LabOptions): Lab {
  const history = openHistory(place)
  const limitsOf = limitsSource(startWorker)
  const trainings: Training[] = []
  return {
    history,
    limitsOf,
    compare: (studyId, options) => compareStudy({ history, limitsOf }, studyId, options),
    training(options) {
      const training = new Training({ ...options, history, startWorker, app })
      trainings.push(training)
      return training
    },
    async close() {
      await Promise.all(trainings.map(training => training.close()))
      history.close()
    },
  }
}
