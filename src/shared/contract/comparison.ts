import { z } from 'zod'
import { call, feed } from '../rpc/contract.ts'
import { ENDS, type Across } from '../across.ts'
import type { Comparison } from '../comparison.ts'
import { MEASURES, type Measure } from '../measures.ts'
import type { Reproduction, ReproductionProgress } from '../reproduction.ts'
import { fileOut, float64s, id, nothing, record, weights } from './values.ts'

const measure = z.enum(Object.keys(MEASURES) as [Measure, ...Measure[]])
const chosen = {
  studyId: id,
  weights: weights.default('best'),
  /** A plan's id; default: the first plan without frozen parts. */
  reference: id.optional(),
  /** What decides; default: cross-entropy difference in the last bin, and retention. */
  targets: z
    .array(z.strictObject({ measure, bin: z.string().nullable() }))
    .min(1)
    .max(50)
    .optional(),
}

const lengthCurve = z.strictObject({
  planId: z.string(),
  title: z.string(),
  /** Test lengths, ascending; a length that several bins test is pooled. */
  lengths: float64s,
  /** Share of symbols: mean over seeds, with its bootstrap interval (95 %). */
  accuracy: float64s,
  accuracyLow: float64s,
  accuracyHigh: float64s,
  /** Nats per symbol: mean over seeds, with its bootstrap interval; NaN where a run diverged. */
  crossEntropy: float64s,
  crossEntropyLow: float64s,
  crossEntropyHigh: float64s,
  /** exp(nats per symbol) of each run: mean over seeds, with its bootstrap interval. */
  perplexity: float64s,
  perplexityLow: float64s,
  perplexityHigh: float64s,
  seeds: z.array(z.number()),
})

const Lengths = z.strictObject({
  /** Lengths are then positions in the streams of the test part, each the last of a group of positions. */
  isText: z.boolean(),
  /** Text: the words of a training step. */
  trainLengths: z.tuple([z.number(), z.number()]),
  bins: z.array(z.strictObject({ name: z.string(), lengths: z.tuple([z.number(), z.number()]) })),
  plans: z.array(lengthCurve),
  /** Text: the same by the number of words that a prediction was made from; empty where that was not tested. */
  contexts: z.array(lengthCurve),
  /** What the trivial and the optimal predictor reach at each length; NaN where unknown. `boundNats`: nats per symbol. `floorPerplexity`: of a text's unigram model. */
  limits: z.strictObject({
    lengths: float64s,
    floorAccuracy: float64s,
    ceilingAccuracy: float64s,
    boundNats: float64s,
    floorPerplexity: float64s,
  }),
  /** Of the unigram model on the words that contexts are tested on; null where it is not known. */
  contextFloor: z.number().nullable(),
})
export type LengthCurves = z.output<typeof Lengths>

/** Lengths, by their key; default: the published ones where the history has them. */
const underProtocol = { protocol: z.string().max(300).optional() }

/** Studies side by side. */
const beside = {
  studies: z.array(id).min(1).max(100),
  weights: weights.default('best'),
  measure: measure.default('accuracy'),
  end: z.enum(ENDS).default('longest'),
  /** A plan's id; default: the plan without frozen parts that most of them have. */
  reference: id.optional(),
  /** Only these plans, and the reference. */
  plans: z.array(id).max(100).optional(),
}

export const ACROSS_FORMATS = ['csv', 'json', 'latex', 'markdown'] as const
export const CARD_FORMATS = ['json', 'markdown'] as const

export const COMPARISON_FORMATS = ['csv', 'values-csv', 'json', 'latex', 'markdown'] as const

/** Worked out off the main thread and kept until a run of the study changes; a large study takes a second or two the first time. All fail with `unknown-study`, `bad-input`. */
export const comparison = {
  get: call(z.strictObject(chosen), record<Comparison>()),
  /** The length-retention view: metric against test length, one curve a plan, floor and ceiling. */
  lengths: call(z.strictObject({ studyId: id, weights: weights.default('best') }), Lengths),
  export: call(z.strictObject({ ...chosen, format: z.enum(COMPARISON_FORMATS) }), fileOut),
  /** What each plan does in several studies (tasks, models), and against the reference over all of them. The first time as long as the comparisons of all of them take. */
  across: call(z.strictObject(beside), record<Across>()),
  exportAcross: call(z.strictObject({ ...beside, format: z.enum(ACROSS_FORMATS) }), fileOut),
  /** The published study beside all studies of the history that stand for a part of it. What was worked out of a study is kept until a run of it changes, also when the call is given up. Fails with `bad-input` for lengths that none has. */
  published: call(z.strictObject(underProtocol).prefault({}), record<Reproduction>()),
  /** How far the making of a card has come, whoever asked for it; at most ten times a second, the last always. */
  onPublished: feed(nothing, record<ReproductionProgress>()),
  exportPublished: call(z.strictObject({ ...underProtocol, format: z.enum(CARD_FORMATS) }), fileOut),
}
