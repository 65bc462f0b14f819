import { z } from 'zod'
import { InputError } from './errors.ts'
import { withTextDefaults } from './text-study.ts'

/**
 * A study file: one task × one model × several freeze plans × several seeds, trained, evaluated on unseen lengths and compared.
 * The options behind `task`, `controller`, `memory` and `optimizer` are declared by the engine's own files and checked there.
 */

const whole = (min: number, max = Number.MAX_SAFE_INTEGER) => z.number().int().min(min).max(max)
const positive = z.number().positive().finite()
const named = z.looseObject({ id: z.string().min(1) })
const lengths = z.tuple([whole(0), whole(1)]).refine(([low, high]) => low <= high, 'a range [shortest, longest]')

/** When a span of freezing begins: at the start (from the initial weights), before an epoch (0 = start), or when validation loss stalls. */
const From = z.union([z.literal('start'), z.strictObject({ epoch: whole(0) }), z.strictObject({ plateau: whole(1) })])
/** When it ends: never, before an epoch, after a number of epochs, or when validation loss has stalled for that many epochs. */
const Until = z.union([
  z.literal('end'),
  z.strictObject({ epoch: whole(1) }),
  z.strictObject({ epochs: whole(1) }),
  z.strictObject({ plateau: whole(1) }),
])

const FreezeSpan = z.strictObject({
  /** A component (`memory`), a parameter group (`memory.actions`) or one parameter (`memory.actions.bias`); or several. */
  what: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  from: From.default('start'),
  until: Until.default('end'),
})

const Plan = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'),
  title: z.string().optional(),
  freeze: z.array(FreezeSpan),
})

const everything = { from: 'start', until: 'end' } as const
export const STANDARD_PLANS: Readonly<Record<string, FreezePlan>> = {
  full: { id: 'full', title: 'Full training', freeze: [] },
  'frozen-memory': { id: 'frozen-memory', title: 'Memory frozen', freeze: [{ what: 'memory', ...everything }] },
  'frozen-controller': {
    id: 'frozen-controller',
    title: 'Controller frozen',
    freeze: [{ what: 'controller', ...everything }],
  },
  'classifier-only': {
    id: 'classifier-only',
    title: 'Only the classifier trained',
    freeze: [{ what: ['embedding', 'controller', 'memory'], ...everything }],
  },
}

const PlanEntry = z
  .union([z.enum(Object.keys(STANDARD_PLANS)), Plan])
  .transform(plan => (typeof plan === 'string' ? STANDARD_PLANS[plan]! : plan))

const Bin = z.strictObject({
  name: z.string().min(1),
  /** Shortest and longest string, both included. */
  lengths,
  /** Strings for each valid length in the range. */
  perLength: whole(1),
  /** Seed of the test strings; the same for every run, so that all runs are tested on the same strings. */
  seed: whole(0).default(0),
  /** Use only every k-th valid length. */
  stride: whole(1).default(1),
  /** Text: `position` (if left out), words by where they stand in the stream, which is read in one piece; `context`, the same words each time, predicted from their last 1, 2, 4 … predecessors alone. */
  by: z.enum(['position', 'context']).optional(),
})

/** One number, or a log-uniform range from which each seed draws (the same for every plan of that seed). */
const Drawn = z.union([
  positive,
  z.strictObject({
    logUniform: z.tuple([positive, positive]).refine(([low, high]) => low <= high, 'a range [low, high]'),
  }),
])

/** The three bins of Das & Mali 2024 (arXiv:2410.03154). */
const MAIN_BINS = [
  { name: '40-100', lengths: [40, 100] as [number, number], perLength: 100, seed: 0, stride: 1 },
  { name: '100-200', lengths: [100, 200] as [number, number], perLength: 20, seed: 1, stride: 1 },
  { name: '200-400', lengths: [200, 400] as [number, number], perLength: 10, seed: 2, stride: 1 },
]

const Strings = (strings: number) =>
  z.strictObject({ strings: whole(1).default(strings), lengths: lengths.default([40, 80]) })

const Training = z.strictObject({
  batch: whole(1, 4096).default(10),
  /** Text: words a step; gradients reach no further back, the state does. */
  steps: whole(1, 1000).optional(),
  epochs: whole(1).default(200),
  optimizer: named.default({ id: 'adam' }),
  learningRate: Drawn.default({ logUniform: [5e-4, 1e-2] }),
  /** Global L2 norm over the trainable parameters above which gradients are scaled down; null: no clipping. */
  clipNorm: Drawn.nullable().default(5),
  /** Multiply the learning rate by `factor` when validation loss has not improved for more than `patience` epochs; null: constant. */
  decay: z
    .strictObject({ factor: z.number().gt(0).lt(1), patience: whole(0), threshold: z.number().min(0).default(1e-4) })
    .nullable()
    .default({ factor: 0.9, patience: 5, threshold: 1e-4 }),
  /** Stop after so many epochs without a new best validation loss; null: train all epochs. */
  earlyStop: z
    .strictObject({ patience: whole(1) })
    .nullable()
    .default({ patience: 10 }),
  /** What computes, unless whoever trains it asks for another device; without it, that is theirs to choose. */
  device: z.string().min(1).optional(),
  /** Every processor gives the same bits, at some cost in speed; left out: each computes as fast as it can. */
  portable: z.literal(true).optional(),
  /** Weights kept along the way, to look into the memory while it learns: at most so many of a run, and one more wherever something is frozen or released; 0: none. Left out: 20, fewer of large models. */
  snapshots: whole(0, 500).optional(),
})

/** What a model is made of. */
export const ModelForm = z.strictObject({
  controller: named.default({ id: 'lstm' }),
  memory: named.default({ id: 'none' }),
  /** A learnt vector for every symbol in place of the one-hot vector; `size` null: as the controller's units; `tied`: the classifier's weights are the embedding. Left out: as text has it; null: none. */
  embedding: z
    .strictObject({ size: whole(1, 8192).nullable().default(null), tied: z.boolean().default(false) })
    .nullable()
    .optional(),
  /** Share of the units of embedding and controller output that training leaves out. */
  dropout: z.number().min(0).lt(1).optional(),
  /** Weights and biases begin uniform in ± this; null: as each cell says. */
  initial: positive.nullable().optional(),
})

/** What one study, and one file, may ask for at most: more is told, not begun. */
export const MOST = { seeds: 10_000, plans: 1_000, bins: 1_000, runs: 50_000, studies: 1_000 } as const

const Seeds = z
  .union([whole(1, MOST.seeds), z.array(whole(0, 0xffff_ffff)).min(1).max(MOST.seeds)])
  .transform(seeds => (typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i + 1) : seeds))

/** A study's record, without what text makes of it. */
export const Content = z
  .strictObject({
    name: z.string().min(1).max(200),
    description: z.string().optional(),
    task: named,
    model: ModelForm.prefault({}),
    plans: z
      .array(PlanEntry)
      .min(1)
      .max(MOST.plans)
      .default(() => Object.values(STANDARD_PLANS)),
    seeds: Seeds.default([1, 2, 3]),
    data: z.strictObject({ train: Strings(10_000).prefault({}), validation: Strings(1_000).prefault({}) }).prefault({}),
    evaluation: z.strictObject({ bins: z.array(Bin).min(1).max(MOST.bins).default(MAIN_BINS) }).prefault({}),
    training: Training.prefault({}),
  })
  .superRefine(({ plans, seeds, evaluation }, context) => {
    const unique = (values: readonly unknown[], path: string, noun: string) => {
      // What is no list has its own issue already.
      if (!Array.isArray(values)) return
      const seen = new Set<unknown>()
      const twice = values.find(value => seen.size === seen.add(value).size)
      if (twice !== undefined)
        context.addIssue({ code: 'custom', path: [path], message: `each ${noun} once`, input: twice })
    }
    unique(
      plans.map(plan => plan.id),
      'plans',
      'plan',
    )
    unique(seeds, 'seeds', 'seed')
    const runs = plans.length * seeds.length
    if (runs > MOST.runs)
      context.addIssue({
        code: 'custom',
        path: ['seeds'],
        message: `at most ${MOST.runs} runs a study (this one has ${plans.length} plans × ${seeds.length} seeds = ${runs})`,
        input: seeds.length,
      })
    unique(
      evaluation.bins.map(bin => bin.name),
      'evaluation',
      'bin name',
    )
  })

export const StudySpec = z.preprocess(withTextDefaults, Content)
export type StudySpec = z.output<typeof StudySpec>
export type ModelChoice = z.output<typeof ModelForm>
export type FreezeSpan = z.output<typeof FreezeSpan>
export type FreezePlan = z.output<typeof Plan>
export type TrainingSpec = z.output<typeof Training>
export type Drawn = z.output<typeof Drawn>
export type BinSpec = z.output<typeof Bin>
/** A part picked by id with its options: `{ id: 'superposition-stack', width: 10 }`. */
export type Picked = { id: string; [option: string]: unknown }

/** A grid file: every task × every model becomes a study of its own. */
export const GridSpec = z.looseObject({
  tasks: z.array(named).min(1),
  models: z.array(z.looseObject({ name: z.string().min(1) })).min(1),
})

/** Checks one study record. @throws InputError naming the first field that is not usable. */
export function parseStudy(value: unknown, where = 'study'): StudySpec {
  return checked(StudySpec, value, where)
}

/**
 * Checks a study file's content: a study, or a grid with `tasks` and `models` in place of `task` and `model`.
 * @returns the studies in it, at least one. @throws InputError naming the first field that is not usable.
 */
export function parseStudies(value: unknown, where = 'study'): StudySpec[] {
  if (typeof value !== 'object' || value === null || !('tasks' in value || 'models' in value))
    return [parseStudy(value, where)]
  const { tasks, models, name, ...common } = checked(GridSpec, value, where)
  if (tasks.length * models.length > MOST.studies)
    throw new InputError(
      `${where}.tasks`,
      tasks.length,
      `at most ${MOST.studies} studies a file (this one has ${tasks.length} tasks × ${models.length} models)`,
    )
  const studies: StudySpec[] = []
  let runs = 0
  for (const task of tasks)
    for (const { name: modelName, ...model } of models) {
      const title = `${typeof name === 'string' ? name : 'grid'} · ${task.id} · ${modelName}`
      const study = parseStudy({ ...common, name: title, task, model }, where)
      runs += study.plans.length * study.seeds.length
      if (runs > MOST.runs)
        throw new InputError(
          `${where}.seeds`,
          study.seeds.length,
          `at most ${MOST.runs} runs a file (this one has ${tasks.length} tasks × ${models.length} models × ${study.plans.length} plans × ${study.seeds.length} seeds)`,
        )
      studies.push(study)
    }
  return studies
}

/** Everything that does not fit a study's form: where, keys joined by dots, and what is allowed there. What only the engine knows is not looked at. */
export function problemsIn(value: unknown): { path: string; found: unknown; allowed: string }[] {
  const result = StudySpec.safeParse(value, { reportInput: true })
  return result.success
    ? []
    : result.error.issues
        .map(issue => deepest(issue))
        .map(({ path, input, allowed }) => ({ path: path.join('.'), found: input, allowed }))
}

function checked<T extends z.ZodType>(schema: T, value: unknown, where: string): z.output<T> {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  const { path, input, allowed } = deepest(result.error.issues[0]!)
  throw new InputError([where, ...path].join('.'), input, allowed)
}

interface Found {
  path: readonly PropertyKey[]
  input: unknown
  allowed: string
  /** What is there is of another kind altogether. */
  isOther: boolean
}

function deepest(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): Found {
  const path = [...above, ...issue.path]
  if (issue.code === 'unrecognized_keys')
    return {
      path: [...path, issue.keys[0]!],
      input: (issue.input as Record<string, unknown>)?.[issue.keys[0]!],
      allowed: 'no such field',
      isOther: false,
    }
  if (issue.code === 'invalid_union') {
    const branches = issue.errors.map(branch => branch.map(inner => deepest(inner, path)))
    // The form that has the keys which are there is the one that was meant.
    const meant = branches.filter(branch =>
      branch.every(({ allowed, input, isOther }) => allowed !== 'no such field' && input !== undefined && !isOther),
    )
    const nested = (meant.length > 0 ? meant : branches).flat()
    const inside = nested.filter(found => found.path.length > path.length)
    if (inside.length > 0) return inside[0]!
    // Of what may stand there, that which it nearly is tells the true reason: two million seeds are too many, not no list.
    const near = nested.filter(found => !found.isOther)
    const texts = new Set((near.length > 0 ? near : nested).map(found => found.allowed))
    return { path, input: issue.input, allowed: [...texts].join(', or ') || 'another form', isOther: near.length === 0 }
  }
  const isOther = issue.code === 'invalid_type' || issue.code === 'invalid_value'
  return { path, input: issue.input, allowed: allowedText(issue), isOther }
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  object: 'a record',
  array: 'a list',
  tuple: 'a list',
}

function allowedText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? `a value of type ${issue.expected}`
    case 'invalid_value':
      return issue.values.join(', ')
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${issue.origin === 'array' || issue.origin === 'string' ? ' long' : ''}`
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${issue.origin === 'array' || issue.origin === 'string' ? ' long' : ''}`
    default:
      return issue.message
  }
}
