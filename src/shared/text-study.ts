import { isRecord } from './is-record.ts'

/** Tasks that read a text. A study of one has other defaults, and its strings are what is read in one step. */
export const TEXT_TASKS: readonly string[] = ['penn-treebank', 'text']

export const isTextTask = (task: unknown): boolean =>
  isRecord(task) && typeof task.id === 'string' && TEXT_TASKS.includes(task.id)

/** As DuSell & Chiang 2023 train on the Penn Treebank; a learning rate of 20 and a norm of 0.25 lie inside of the ranges that they draw from. */
const TRAINING = {
  batch: 32,
  epochs: 100,
  optimizer: { id: 'sgd' },
  learningRate: 20,
  clipNorm: 0.25,
  decay: { factor: 1 / 1.5, patience: 0, threshold: 0 },
  earlyStop: { patience: 2 },
}
const STEPS = 35
const INITIAL = 0.05
/** A position that no text reaches. */
const END = 10_000_000
const LONGEST_CONTEXT = 64

const bin = (name: string, lengths: [number, number], by: 'position' | 'context' = 'position'): object => ({
  name,
  lengths,
  perLength: 1,
  by,
})

/**
 * A study's content with the defaults of text where it is one. `data.train.lengths` then says how far a step sees, which is what the lengths of training
 * strings are elsewhere; `strings` means nothing. Anything that is no study of a text is given back as it is.
 */
export function withTextDefaults(content: unknown): unknown {
  if (!isRecord(content) || !isTextTask(content.task)) return content
  const [model, training, evaluation] = [content.model ?? {}, content.training ?? {}, content.evaluation ?? {}]
  if (!isRecord(model) || !isRecord(training) || !isRecord(evaluation)) return content
  const { steps = STEPS } = training
  // Whatever else is given is refused where it stands.
  const seen = typeof steps === 'number' && Number.isInteger(steps) && steps > 0 ? steps : STEPS
  const strings = { strings: 1, lengths: [1, seen] }
  return {
    ...content,
    model: { initial: INITIAL, ...model },
    training: { ...TRAINING, ...training, steps },
    data: { train: strings, validation: strings },
    evaluation: {
      ...evaluation,
      bins: Array.isArray(evaluation.bins)
        ? evaluation.bins.map(one => (isRecord(one) ? { perLength: 1, by: 'position', ...one } : one))
        : (evaluation.bins ?? binsFor(seen)),
    },
  }
}

const binsFor = (steps: number): object[] => [
  bin('test', [1, END]),
  bin(`first ${steps}`, [1, steps]),
  bin(`after ${steps}`, [steps + 1, END]),
  bin('context', [1, LONGEST_CONTEXT], 'context'),
]
