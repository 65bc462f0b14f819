import { z } from 'zod'
import { call } from '../rpc/contract.ts'
import { float32s, float64s, id, int32s, weights, whole } from './values.ts'

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

const Trace = z.strictObject({
  runId: id,
  weights,
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
   */
  tensors: z.array(z.strictObject({ name: z.string(), shape: z.array(whole(0)), rows: whole(0).nullable(), data: float32s })),
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

const ScoredString = z.strictObject({
  symbols: z.array(whole(0)), text: z.string(), length: whole(0),
  /** Nats per symbol, end of sequence included, and the exact distribution's share of it (NaN where unknown). */
  loss: z.number(), bound: z.number(),
  /** Share of right arg-max predictions. */
  accuracy: z.number(),
})
export type ScoredString = z.output<typeof ScoredString>

/** Looking inside a trained run. Worked out off the main thread. */
export const traces = {
  /** Every intermediate of one string: 1,000 steps × 64 rows × 32 units in below 100 ms. Fails with `unknown-run`, `no-checkpoint` (nothing trained yet), `checkpoint-damaged`, `bad-input` (also for a string too long for this memory to be held). */
  get: call(z.strictObject({ runId: id, weights: weights.default('best'), string, /** Rows of a growing memory to send, from the top. */ depth: whole(1, MOST_SYMBOLS).default(64) }), Trace),
  /** What the exact distribution predicts for the same string; null where none is known, or the language has no string of this length. Milliseconds for most tasks, seconds for long strings of a grammar; can be cancelled only before it begins. */
  optimal: call(z.strictObject({ runId: id, string }), Optimal.nullable()),
  /** The test strings of a bin on which the run does worst (largest loss above the bound), best (smallest) or the first of the set. Some seconds; can be cancelled. */
  strings: call(z.strictObject({ runId: id, weights: weights.default('best'), bin: z.string().optional(), which: z.enum(['worst', 'best', 'first']).default('worst'), count: whole(1, 100).default(10) }), z.array(ScoredString)),
}
