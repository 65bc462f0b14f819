import { InputError } from '../../../shared/errors.ts'
import type { BinSummary, Measure } from '../../../shared/comparison.ts'
import type { LengthScore, Score } from '../../../shared/run-events.ts'
import type { BinSpec } from '../../../shared/study.ts'
import type { LengthLimit } from './input.ts'

/** null: unknown for this task, or without meaning for this run. Infinity: diverged. */
export type BinMeasures = Record<Exclude<Measure, 'retention'>, number | null>

/**
 * The scores of one bin's lengths as one set of strings. A set whose lengths are drawn uniformly costs ln(valid lengths) more for each
 * string than strings of known length (DuSell & Chiang 2020).
 */
export function poolBin(scores: readonly LengthScore[], validLengths: number | undefined, bin: string): Score {
  const total = (of: (score: LengthScore) => number): number => scores.reduce((sum, score) => sum + of(score), 0)
  const boundNats = total(score => score.boundNats)
  const strings = total(score => score.strings)
  const nats = total(score => score.nats)
  return {
    strings,
    symbols: total(score => score.symbols),
    correct: total(score => score.correct),
    nats: Number.isNaN(nats) ? Infinity : nats,
    boundNats: Number.isFinite(boundNats) ? boundNats + strings * lnValid(validLengths, bin) : NaN,
  }
}

function lnValid(validLengths: number | undefined, bin: string): number {
  if (validLengths !== undefined && validLengths >= 1) return Math.log(validLengths)
  throw new InputError(`validLengths.${bin}`, validLengths, 'the number of valid lengths in the bin, at least 1')
}

/** @param bin floor and ceiling of the same strings */
export function measureBin(
  { symbols, nats, correct, boundNats }: Score,
  bin: Pick<BinSummary, 'floorAccuracy' | 'ceilingAccuracy'>,
): BinMeasures {
  const crossEntropy = nats / symbols
  const accuracy = correct / symbols
  return {
    'cross-entropy-difference': Number.isFinite(boundNats) ? crossEntropy - boundNats / symbols : null,
    'cross-entropy': crossEntropy,
    perplexity: Math.exp(crossEntropy),
    accuracy,
    skill: skill(accuracy, bin),
  }
}

/** A diverged run that was never scored counts as the worst there is, so that divergence never helps a plan. */
export function worstMeasures(
  bin: Pick<BinSummary, 'floorAccuracy' | 'ceilingAccuracy' | 'boundPerplexity'>,
): BinMeasures {
  return {
    'cross-entropy-difference': bin.boundPerplexity === null ? null : Infinity,
    'cross-entropy': Infinity,
    perplexity: Infinity,
    accuracy: 0,
    skill: skill(0, bin),
  }
}

function skill(
  accuracy: number,
  { floorAccuracy, ceilingAccuracy }: Pick<BinSummary, 'floorAccuracy' | 'ceilingAccuracy'>,
): number | null {
  if (floorAccuracy === null || ceilingAccuracy === null || ceilingAccuracy <= floorAccuracy) return null
  return Math.max(0, (accuracy - floorAccuracy) / (ceilingAccuracy - floorAccuracy))
}

/** @param tested one run's scores of the bin: all runs that count were tested on the same strings */
export function summarizeBin(
  { name, lengths }: BinSpec,
  tested: readonly LengthScore[],
  limits: readonly LengthLimit[],
  validLengths: number | undefined,
): BinSummary {
  const ofLength = new Map(limits.filter(limit => limit.bin === name).map(limit => [limit.length, limit]))
  const strings = tested.reduce((sum, score) => sum + score.strings, 0)
  const symbols = tested.reduce((sum, score) => sum + score.symbols, 0)
  const perSymbol = (key: 'floorAccuracy' | 'floorNats' | 'ceilingAccuracy' | 'boundNats'): number | null => {
    let sum = 0
    for (const score of tested) sum += (ofLength.get(score.length)?.[key] ?? NaN) * score.symbols
    return symbols > 0 && Number.isFinite(sum) ? sum / symbols : null
  }
  const floor = perSymbol('floorNats')
  const drawn = tested.reduce((sum, score) => sum + score.boundNats, 0) / symbols
  const bound = perSymbol('boundNats') ?? (Number.isFinite(drawn) ? drawn : null)
  return {
    name,
    lengths: [lengths[0], lengths[1]],
    testedLengths: tested.length,
    strings,
    symbols,
    floorAccuracy: perSymbol('floorAccuracy'),
    ceilingAccuracy: perSymbol('ceilingAccuracy'),
    floorPerplexity: floor === null ? null : Math.exp(floor),
    boundPerplexity: bound === null ? null : Math.exp(bound + (strings / symbols) * lnValid(validLengths, name)),
  }
}
