import type { LengthScore } from '../../shared/run-events.ts'
import type { Score } from '../../shared/score.ts'
import type { StudySpec } from '../../shared/study.ts'
import type { Chance } from '../chance.ts'
import type { Batch, StepResult } from '../devices/device.ts'
import type { Language } from '../tasks/task.ts'
import {
  checkLengths,
  drawOrder,
  stepsPerEpoch,
  testBatches,
  trainingBatches,
  validationBatches,
  type ScoredBatch,
  type TestBatch,
} from './data.ts'
import { dropoutMasks } from './dropout.ts'
import { scoreOf, scoresByLength } from './evaluate.ts'
import { collect, type Pace } from './pace.ts'
import type { RunState } from './run-state.ts'
import { textLessons } from './text-lessons.ts'
import type { Trainee } from './weights.ts'

/** What a run trains, validates and tests on, in the order in which it does. */
export interface Lessons {
  /** In an epoch. */
  readonly steps: number
  /** Draws what training needs, at the pace given. */
  prepare(pace: Pace): Promise<void>
  /** The order of an epoch's batches, drawn as it begins. */
  order(source: Chance): Int32Array
  batch(state: RunState): Batch
  /** Notes in the state what the next step needs of this one. */
  after(state: RunState, batch: Batch, result: StepResult): void
  validate(executor: Trainee, pace: Pace): Promise<Score>
  /** One score for each bin and length. */
  test(executor: Trainee, pace: Pace): Promise<LengthScore[]>
}

/** Of all predictions of a batch that was trained on. */
export const natsOf = (batch: Batch, { loss }: StepResult): number =>
  loss * batch.size * (batch.next ? batch.length : 1)

export interface LessonsOf {
  readonly study: StudySpec
  readonly language: Language
  readonly seed: number
  readonly model: Trainee['model']
}

/** @throws InputError for a study that does not fit the language */
export function lessonsOf(run: LessonsOf): Lessons {
  return run.language.corpus ? textLessons({ ...run, corpus: run.language.corpus }) : stringLessons(run)
}

/** Steps of one epoch of a study. */
export const stepsOf = (study: StudySpec, language: Language): number =>
  language.corpus
    ? textLessons({ study, corpus: language.corpus, seed: 0, model: { parameters: [] } }).steps
    : stepsPerEpoch(study)

function stringLessons({ study, language, seed, model }: LessonsOf): Lessons {
  checkLengths(study, language)
  const steps = stepsPerEpoch(study)
  let training: readonly Batch[] = []
  let validation: readonly ScoredBatch[] = []
  let test: readonly TestBatch[] | undefined
  return {
    steps,
    async prepare(pace) {
      training = await collect(trainingBatches({ study, language, seed }), pace)
      validation = await collect(validationBatches({ study, language, seed }), pace)
    },
    order: source => drawOrder(steps, source),
    batch({ epoch, position, order }) {
      const batch = training[order[position]!]!
      return { ...batch, masks: dropoutMasks(model, batch, { seed, epoch, position }) }
    },
    after() {},
    validate: (executor, pace) => scoreOf(executor, validation, pace),
    async test(executor, pace) {
      test ??= await collect(testBatches({ study, language }), pace)
      return scoresByLength(executor, test, pace)
    },
  }
}
