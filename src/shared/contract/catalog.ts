import type { Arithmetic } from '../run-events.ts'
import { z } from 'zod'
import { call } from '../rpc/contract.ts'
import type { Option } from '../options.ts'
import { ModelForm, type FreezePlan } from '../study.ts'
import { float64s, id, lengthRange, nothing, picked, record, whole } from './values.ts'

/** An option as its task, controller, memory or optimizer declares it: what a form field needs. */
export interface OptionInfo extends Omit<Option, 'parse'> {
  readonly name: string
}

export interface PartInfo {
  readonly id: string
  readonly title: string
  /** Author, year and identifier of the paper that defines it. */
  readonly source: string
  readonly options: readonly OptionInfo[]
}

export interface TaskInfo extends PartInfo {
  /** The string as a formula: `w # wᴿ`. */
  readonly form: string
  /** Whether it reads a text instead of strings. */
  readonly isText: boolean
}

export interface DeviceInfo {
  readonly id: string
  readonly title: string
  readonly available: boolean
  /** What it is, or why it is not available. */ readonly note: string
  /** How it rounds here, where that depends on the processor. */
  readonly arithmetic?: Arithmetic
}

/** A study to begin with. */
export interface Preset {
  readonly id: string
  readonly title: string
  readonly description: string
  /** As in a study file; may be a grid. */ readonly content: unknown
}

export interface Catalog {
  readonly tasks: readonly TaskInfo[]
  readonly controllers: readonly PartInfo[]
  readonly memories: readonly PartInfo[]
  readonly optimizers: readonly PartInfo[]
  readonly plans: readonly FreezePlan[]
  readonly devices: readonly DeviceInfo[]
  readonly presets: readonly Preset[]
  /** What a study file gets where it says nothing: its content with every default filled in, for the first task. */
  readonly defaults: unknown
  /** What a new study begins with: everything written out. */
  readonly beginning: unknown
}

export const catalog = {
  /** Everything that a study can be made of. Does not change while the host lives. */
  get: call(nothing, record<Catalog>()),
}

const SampleString = z.strictObject({
  symbols: z.array(whole(0)),
  /** The symbols as a person reads them. */
  text: z.string(),
  /** ln p(string | its length), nats; null for a text, whose distribution nobody knows. */
  logProbability: z.number().nullable(),
})

const TaskPreview = z.strictObject({
  /** How each symbol is shown: index = symbol. The end of sequence is one more. */
  symbols: z.array(z.string()),
  strings: z.array(SampleString),
  /** Lengths in the range at which the language has strings. */
  validLengths: z.array(whole(0)),
  /** Lower bound of the loss in nats per symbol, ends of sequence included, lengths uniform over the valid ones (DuSell & Chiang 2020); null where not known, as the next. */
  boundNats: z.number().nullable(),
  /** exp(boundNats). */
  boundPerplexity: z.number().nullable(),
  /** Accuracy of the trivial predictor, and of the optimal one; null where no exact one is known. */
  floorAccuracy: z.number(),
  ceilingAccuracy: z.number().nullable(),
  /** Lengths from which the three figures were estimated: all valid ones, or some where all would take too long. */
  figureLengths: z.array(whole(0)),
  /** What has to be known of the strings: that they are drawn from another distribution than elsewhere; null where there is nothing. */
  note: z.string().nullable(),
})

const ModelPreview = z.strictObject({
  /** Numbers of weights by component, and of all. */
  counts: z.record(z.string(), whole(0)),
  total: whole(0),
  /** `group`: component.group, the finest part that a freeze plan names together: `memory.actions`. */
  parameters: z.array(
    z.strictObject({
      name: z.string(),
      component: z.enum(['embedding', 'controller', 'memory', 'classifier']),
      group: z.string(),
      shape: z.array(whole(0)),
      size: whole(0),
    }),
  ),
  /** Numbers that the state holds at its largest on a string of 80 symbols, where it grows with the string; null where it does not. */
  stateSize: whole(0).nullable(),
})

const Problem = z.strictObject({
  /** Where in the content, keys joined by dots: `task.kinds`, `plans.2.freeze.0.what`; '' is the whole. */
  path: z.string(),
  /** What is allowed there, in words. */
  message: z.string(),
})
export type Problem = z.output<typeof Problem>

const StudyCheck = z.strictObject({
  /** None: every run of it can be trained. Field by field, all that can be told at once. */
  problems: z.array(Problem),
  /** The studies that the content makes (a grid makes several); those without problems. */
  studies: z.array(
    z.strictObject({
      name: z.string(),
      runs: whole(0),
      stepsPerRun: whole(0),
      parameters: whole(0),
      /** Plans, by id, that are the same training as another: they are not trained for themselves. */
      same: z.array(z.strictObject({ plan: z.string(), twin: z.string() })),
    }),
  ),
})
export type StudyCheck = z.output<typeof StudyCheck>

const Estimate = z.strictObject({
  device: z.string(),
  /** Runs and steps of all studies in the content; early stopping and plateaus not foreseen. */
  runs: whole(0),
  steps: whole(0),
  /** Median of measured training steps, by study and plan, seconds. */
  plans: z.array(z.strictObject({ study: z.string(), plan: z.string(), secondsPerStep: z.number() })),
  /** Wall-clock time with the queue's number of workers, validation and final evaluation included. */
  seconds: z.number(),
  workers: whole(1),
  /** Bytes that all runs leave on the disk, and that those which train at the same time take in memory, roughly. */
  disk: z.number(),
  memory: z.number(),
  /** Bytes that are free now, where the history is and in memory; null where that cannot be told. */
  free: z.strictObject({ disk: z.number().nullable(), memory: z.number().nullable() }),
})
export type Estimate = z.output<typeof Estimate>
export type TaskPreview = z.output<typeof TaskPreview>
export type ModelPreview = z.output<typeof ModelPreview>

/** Answers while a study is being written. All fail with `bad-input` (its `field` says where) except `study`, which reports. */
export const preview = {
  /** Strings of a task, drawn with `seed`, lengths uniform over the range, and what a model can reach on it. Below 100 ms for the ranges of the main study; at most some 2 s. */
  task: call(
    z.strictObject({
      task: picked,
      lengths: lengthRange,
      strings: whole(0, 100).default(8),
      seed: whole(0, 0xffff_ffff).default(0),
    }),
    TaskPreview,
  ),
  /** What a controller with its memory is made of. A few milliseconds. */
  model: call(z.strictObject({ task: picked, model: ModelForm }), ModelPreview),
  /** Everything that is wrong with a draft, for validation as one types. A few milliseconds. */
  study: call(z.strictObject({ content: z.unknown() }), StudyCheck),
  /** Trains a few steps of each model and plan to measure them: takes a second or two a study; can be cancelled. Fails with `bad-input` and `no-device`. */
  estimate: call(
    z.strictObject({
      content: z.unknown(),
      device: id.optional(),
      /** One plan of each model alone is measured: right to the order, in a fraction of the time. */
      rough: z.boolean().default(false),
    }),
    Estimate,
  ),
  /** Floor and ceiling of a task at single lengths, for drawing in before anything is trained. At most some 2 s. */
  limits: call(
    z.strictObject({ task: picked, lengths: z.array(whole(0, 100_000)).min(1).max(500) }),
    z.strictObject({
      lengths: float64s,
      /** NaN where unknown. */ floorAccuracy: float64s,
      ceilingAccuracy: float64s,
      /** Nats per symbol of the exact distribution of that length. */ boundNats: float64s,
    }),
  ),
}
