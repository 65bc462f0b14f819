import { z } from 'zod'
import { call } from '../rpc/contract.ts'
import { StackView } from '../stack-view.ts'
import { bytes, float32s, float64s, id, int32s, measured, weights, whole } from './values.ts'

/** The most symbols that a traced string may have. */
export const MOST_SYMBOLS = 4096

const string = z.union([
  z.strictObject({ /** Symbol numbers. */ symbols: z.array(whole(0, 65_535)).max(MOST_SYMBOLS) }),
  /** As the task's symbols are shown, with or without spaces between: `0 1 1 #`. Need not be in the language. */
  z.strictObject({ text: z.string().max(8 * MOST_SYMBOLS) }),
  /** Drawn from the task. */
  z.strictObject({ length: whole(0, MOST_SYMBOLS), seed: whole(0, 0xffff_ffff).default(0) }),
])
export type TraceString = z.input<typeof string>

/** Of the best validation epoch, the newest, or those kept after so many epochs: one of the run's snapshots. */
const which = z.union([weights, z.strictObject({ epoch: whole(0) })])
export type TraceWeights = z.output<typeof which>

const Trace = z.strictObject({
  runId: id,
  weights: which,
  /** Epochs that the weights were trained for; 0: the initial ones. */
  epoch: whole(0),
  /** How each symbol is shown; index = symbol. The end of sequence, `symbolNames.length`, is the last column of probabilities. */
  symbolNames: z.array(z.string()),
  symbols: int32s,
  /** Whether the task's language has the string. */
  inLanguage: z.boolean(),
  /** [n + 1, symbols + 1], row-major: the prediction after each prefix, of what comes next. Row t's target is symbol t, at last the end of sequence. */
  probabilities: float32s,
  /** [n + 1]: cost of each target, nats. */
  nats: float64s,
  /**
   * Every intermediate by name: `controller.hidden`, `memory.cells`, `memory.actions`, `memory.reading`, `controller.inputGate` …
   * `shape` is [n + 1, …], row 0 the state before the first symbol, row t after symbol t; `data` row-major. Of a growing memory the second axis is
   * depth, from the top, padded with zeros, and cut where it was asked to be; `rows` is its full depth, null for a tensor of fixed size.
   * `labels` say what stands along the last axis, where each place has a meaning of its own. `lengths` [n + 1, depth, stacks]: of a growing
   * memory's cells, the Euclidean length of each stack's units; null for other tensors. Where only they were asked for, `data` of these cells is empty.
   */
  tensors: z.array(
    z.strictObject({
      name: z.string(),
      shape: z.array(whole(0)),
      rows: whole(0).nullable(),
      labels: z.array(z.string()).nullable(),
      data: float32s,
      lengths: float32s.nullable(),
    }),
  ),
  /** Which of them show a stack, and how; null for a memory that says nothing of one. */
  stack: StackView.nullable(),
})
export type Trace = z.output<typeof Trace>

const Optimal = z.strictObject({
  /** [n + 1, symbols + 1], row-major, as `probabilities` of a trace. Rows are zero after a prefix with which no string of these lengths begins. */
  probabilities: float32s,
  /** The lengths that strings are taken to have, all alike: those of training or of a bin where the string's is among them, otherwise its own. */
  lengths: z.array(whole(0)),
  /** [n + 1]: cost of each target, nats; Infinity where it cannot come. */
  nats: float64s,
})
export type OptimalPrediction = z.output<typeof Optimal>

const IdealStacks = z.strictObject({
  /** How each stack symbol is shown. */
  symbols: z.array(z.string()),
  /** Whether there is one stack after each prefix; otherwise each possible one counts by its posterior probability. */
  certain: z.boolean(),
  /** [n + 1]: expected depth; NaN after a prefix with which no string of the language begins. */
  depth: float64s,
  /** Rows from the top in `content`. */
  rows: whole(0),
  /** [n + 1, rows, stack symbols]: how likely each symbol stands so many places below the top. */
  content: float32s,
  /** [n + 1, 3]: how likely the newest symbol pushed, popped, or left the stack; row 0 is zero. */
  moves: float32s,
})
export type IdealStacks = z.output<typeof IdealStacks>

const share = z.number().nullable()
const StackFidelity = z.strictObject({
  /** 0 to 1: the mean of the parts, those below 0 counted as 0; and the same against ideal stacks shifted in time. */
  score: z.number(),
  chance: z.number(),
  /** How well a linear probe of the reading tells the top of the ideal stack, 0 at the best constant answer, 1 at the best possible; null where it cannot be had. */
  top: share,
  /** Correlation of the memory's depth (pushed less popped) with the ideal's, and cosine of push less pop with the ideal's moves: -1 to 1. */
  depth: share,
  moves: share,
  /** Which of the memory's stacks `depth` and `moves` are of, counted from 0. */
  stack: whole(0),
  /** Strings that the probe was fitted on, and others that were scored; none longer than `longest`. */
  fitted: whole(0),
  scored: whole(0),
  longest: whole(0),
  /** [n + 1]: what the probe tells of this string's top after each prefix: a stack symbol, or their number for none; -1 where no reading was made. */
  tops: int32s,
})
export type StackFidelity = z.output<typeof StackFidelity>

const AutomatonRun = z.strictObject({
  /** [n] each: 0 push, 1 replace, 2 pop; the state entered; the stack symbol on top then; and the stack's height, the bottom symbol alone being 1. */
  moves: bytes,
  states: int32s,
  symbols: int32s,
  heights: int32s,
})
export type AutomatonRun = z.output<typeof AutomatonRun>

/** Nats per symbol, end of sequence included, and share of right arg-max predictions. */
const score = z.strictObject({ loss: measured, accuracy: z.number() })
const MemoryUse = z.strictObject({
  /** By bin; of a text one, over pieces as long as a training step, with no lengths. `held`: the reading held at its mean over the bin's strings, over 64 of them where there are more. */
  bins: z.array(
    z.strictObject({
      name: z.string(),
      lengths: z.array(whole(0)).nullable(),
      strings: whole(0),
      whole: score,
      held: score,
    }),
  ),
})
export type MemoryUse = z.output<typeof MemoryUse>

const ScoredString = z.strictObject({
  symbols: z.array(whole(0)),
  text: z.string(),
  length: whole(0),
  /** Nats per symbol, end of sequence included, and the exact distribution's share of it (NaN where unknown). */
  loss: measured,
  bound: measured,
  /** Share of right arg-max predictions. */
  accuracy: z.number(),
})
export type ScoredString = z.output<typeof ScoredString>

/** Looking inside a trained run. Worked out off the main thread. */
export const traces = {
  /** Every intermediate of one string: 1,000 steps × 64 rows × 32 units in below 100 ms. With `cells: 'lengths'`, of a growing memory's cells only how long they are, a thirty-second of the numbers. Fails with `unknown-run`, `no-checkpoint` (nothing trained yet, or no weights kept of that epoch), `checkpoint-damaged`, `bad-input` (also for a string too long for this memory to be held). */
  get: call(
    z.strictObject({
      runId: id,
      weights: which.default('best'),
      string,
      /** Rows of a growing memory to send, from the top. */ depth: whole(1, MOST_SYMBOLS).default(64),
      cells: z.enum(['whole', 'lengths']).default('whole'),
    }),
    Trace,
  ),
  /** What the exact distribution predicts for the same string; null where none is known, or the language has no string of this length. Milliseconds for most tasks, seconds for long strings of a grammar; can be cancelled only before it begins. */
  optimal: call(z.strictObject({ runId: id, string }), Optimal.nullable()),
  /** What the stack of an automaton that solves the task holds; null where one stack does not, or it is not well defined. `note` says what it does, or why there is none. */
  ideal: call(
    z.strictObject({ runId: id, string, /** Rows to send, from the top. */ depth: whole(1, MOST_SYMBOLS).default(64) }),
    z.strictObject({ note: z.string(), ideal: IdealStacks.nullable() }),
  ),
  /** How far the run's memory does what that stack does, over strings drawn from the task of this one's length and shorter; null where there is none, or the memory shows no stack. A second or two. */
  fidelity: call(z.strictObject({ runId: id, weights: which.default('best'), string }), StackFidelity.nullable()),
  /** The likeliest run of a nondeterministic stack's automaton; null for other memories, and for strings so long that it would take minutes. */
  automaton: call(z.strictObject({ runId: id, weights: which.default('best'), string }), AutomatonRun.nullable()),
  /** What the run loses when its memory tells it nothing: test strings as they are, and with the reading held at its mean. Infinite or NaN for a model that has diverged; null without a memory. Some seconds; can be cancelled. */
  memoryUse: call(z.strictObject({ runId: id, weights: which.default('best') }), MemoryUse.nullable()),
  /** The test strings of a bin on which the run does worst (largest loss above the bound), best (smallest) or the first of the set. Some seconds; can be cancelled. */
  strings: call(
    z.strictObject({
      runId: id,
      weights: which.default('best'),
      bin: z.string().optional(),
      which: z.enum(['worst', 'best', 'first']).default('worst'),
      count: whole(1, 100).default(10),
    }),
    z.array(ScoredString),
  ),
}
