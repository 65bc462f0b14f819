import { availableParallelism } from 'node:os'
import type { Device } from '../engine/devices/device.ts'
import type { Comparison } from '../shared/comparison.ts'
import type { Environment } from '../shared/records.ts'
import type { Estimated, EstimateInput } from './analysis/estimate.ts'
import { findDevice } from './devices/index.ts'
import { placesOn } from './devices/places.ts'
import { openHistory, type History, type HistoryOptions } from './history/history.ts'
import type { ComparisonOptions } from './services/compare.ts'
import { compareStudy } from './services/comparisons.ts'
import { deviceChoice } from './training/device-choice.ts'
import { limitsSource, type LimitsSource } from './training/limits-source.ts'
import { estimateApart, measureStep } from './training/measure-step.ts'
import { RoutedTraining, type Trainer } from './training/routed-training.ts'
import type { StartWorker } from './training/thread.ts'
import { Training, type TrainingOptions } from './training/training.ts'

export interface LabOptions extends Pick<HistoryOptions, 'home' | 'onProblem' | 'onInterrupted' | 'reading'> {
  readonly startWorker: StartWorker
  /** Starts a thread in a process of its own, for devices that need one. */
  readonly startIsolated: StartWorker
  readonly app: Environment['app']
}

export interface TrainerOptions extends Pick<
  TrainingOptions,
  'device' | 'portable' | 'workers' | 'checkpointEverySeconds'
> {
  readonly always?: boolean
}

/** The parts of the lab, put together: what every shell stands on. */
export interface Lab {
  readonly history: History
  readonly limitsOf: LimitsSource
  /** @throws as `compareStudy` */
  compare(studyId: string, options?: ComparisonOptions): Promise<Comparison>
  /** How long a draft's studies take on a device that needs a process of its own. @throws as `estimate` */
  estimateApart(input: EstimateInput, signal: AbortSignal): Promise<Estimated>
  /**
   * Training on a device, or on those that are fastest (`auto`); it begins nothing by itself.
   * @param options.always on this device those studies too that name another one
   */
  training(options: TrainerOptions): Trainer
  /** Stops what is being trained, to be resumed later, and closes the history. */
  close(): Promise<void>
}

/** @throws LabError as `openHistory` */
export function composeLab({ startWorker, startIsolated, app, ...place }: LabOptions): Lab {
  const history = openHistory(place)
  const limitsOf = limitsSource(startWorker)
  const startOn = ({ isolated }: Device): StartWorker => (isolated ? startIsolated : startWorker)
  const choose = deviceChoice({
    places: placesOn,
    measure: (study, device, limits) =>
      measureStep(startOn(device), { kind: 'measure', study, device: device.id, ...limits }),
  })
  const trainings: Trainer[] = []
  return {
    history,
    limitsOf,
    compare: (studyId, options) => compareStudy({ history, limitsOf }, studyId, options),
    estimateApart: (input, signal) => estimateApart(startIsolated, input, signal),
    training({ device, always = false, portable, workers = availableParallelism, checkpointEverySeconds }) {
      const training = new RoutedTraining({
        history,
        workers,
        routesFor: ({ spec }) => choose(spec, always ? device.id : (spec.training.device ?? device.id), workers()),
        open(own, room) {
          const used = findDevice(own.id)
          return new Training({
            device: own,
            portable,
            checkpointEverySeconds,
            history,
            app,
            startWorker: startOn(used),
            workers: () => placesOn(used, room()).threads,
            together: placesOn(used, 1).together,
          })
        },
      })
      trainings.push(training)
      return training
    },
    async close() {
      await Promise.all(trainings.map(training => training.close()))
      history.close()
    },
  }
}
