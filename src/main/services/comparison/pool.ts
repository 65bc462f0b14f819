import type { BinSummary } from '../../../shared/comparison.ts'
import type { Measure } from '../../../shared/measures.ts'
import type { LengthScore } from '../../../shared/run-events.ts'
import { figures, lengthCost, overSymbols, pool, sizeOf, skill, type Score } from '../../../shared/score.ts'
import type { BinSpec } from '../../../shared/study.ts'
import type { LengthLimit } from './input.ts'

/** null: unknown for this task, or without meaning for this run. Infinity: diverged. */
export type BinMeasures = Record<Exclude<Measure, 'retention'>, number | null>

type Limited = Pick<BinSummary, 'floorAccuracy' | 'ceilingAccuracy'>

/** @param bin floor and ceiling of the same strings */
export function measureBin(score: Score, bin: Limited): BinMeasures {
  const { accuracy, loss, perplexity, aboveBound } = figures(score)
  return {
    'cross-entropy-difference': aboveBound,
    'cross-entropy': loss,
    perplexity,
    accuracy,
    skill: skillOf(accuracy, bin),
  }
}

/** A diverged run that was never scored counts as the worst there is, so that divergence never helps a plan. */
export function worstMeasures(bin: Limited & Pick<BinSummary, 'boundPerplexity'>): BinMeasures {
  return {
    'cross-entropy-difference': bin.boundPerplexity === null ? null : Infinity,
    'cross-entropy': Infinity,
    perplexity: Infinity,
    accuracy: 0,
    skill: skillOf(0, bin),
  }
}

function skillOf(accuracy: number, { floorAccuracy: floor, ceilingAccuracy: ceiling }: Limited): number | null {
  const value = skill(accuracy, { floor, ceiling })
  return value === null ? null : Math.max(0, value)
}

/** @param tested one run's scores of the bin: all runs that count were tested on the same strings */
export function summarizeBin(
  { name, lengths }: BinSpec,
  tested: readonly LengthScore[],
  limits: readonly LengthLimit[],
): BinSummary {
  const ofLength = new Map(limits.filter(limit => limit.bin === name).map(limit => [limit.length, limit]))
  const whole = pool(tested)
  const perSymbol = (key: 'floorAccuracy' | 'floorNats' | 'ceilingAccuracy' | 'boundNats'): number | null =>
    overSymbols(tested, ({ length }) => ofLength.get(length)?.[key] ?? null)
  const [floor, expected, choice] = [perSymbol('floorNats'), perSymbol('boundNats'), lengthCost(whole)]
  const bound = expected === null || choice === null ? figures(whole).bound : expected + choice
  return {
    name,
    lengths: [lengths[0], lengths[1]],
    testedLengths: tested.length,
    ...sizeOf(whole),
    floorAccuracy: perSymbol('floorAccuracy'),
    ceilingAccuracy: perSymbol('ceilingAccuracy'),
    floorPerplexity: floor === null ? null : Math.exp(floor),
    boundPerplexity: bound === null ? null : Math.exp(bound),
  }
}
