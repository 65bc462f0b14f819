import { InputError } from '../../shared/errors.ts'
import { figures, pool, scored, type Score } from '../../shared/score.ts'
import { chance } from '../chance.ts'
import { validLengths, type Language } from './task.ts'

/**
 * Lower bound of the perplexity that any predictor can expect on a set of strings with lengths uniform over `lengths` (DuSell & Chiang 2020):
 * exp of the mean over symbols, ends of sequence included, of -ln p(w | length) + ln(number of lengths). For one length, its own bound.
 * @param strings the set itself; not needed where the language knows its entropy. @throws InputError when they are needed and missing
 */
export function setBound(
  language: Language,
  lengths: readonly number[],
  strings: readonly (readonly number[])[] = [],
): number {
  const choice = Math.log(lengths.length)
  const costs =
    strings.length > 0
      ? strings.map(string => costOf(-language.logProbability(string), string.length, choice))
      : lengths.map(length => costOf(knownEntropy(language, length), length, choice))
  return Math.exp(figures(pool(costs)).bound ?? Infinity)
}

/** Of one string under the exact distribution. */
export const costOf = (boundNats: number, length: number, lengthNats: number): Score =>
  scored({ strings: 1, symbols: length + 1, nats: boundNats + lengthNats, correct: NaN, boundNats, lengthNats })

function knownEntropy(language: Language, length: number): number {
  if (language.entropy === undefined)
    throw new InputError('strings', [], 'at least one string, since strings of one length differ in probability')
  return language.entropy(length)
}

export interface FloorAndCeiling {
  /** The lengths at which there are strings. */
  readonly validLengths: readonly number[]
  readonly boundPerplexity: number
  /** Accuracy of the predictor that knows the language and the lengths; null where the language has no exact one. */
  readonly ceilingAccuracy: number | null
  /** Accuracy of the trivial predictor. */
  readonly floorAccuracy: number
}

/** How many strings stand for each length, and the seed they are drawn with. */
export interface Drawn {
  readonly perLength: number
  readonly seed: number
}

/**
 * Between what and what a model's figures can lie on strings with lengths uniform over the valid lengths of [low, high].
 * Exact where all strings of a length cost and behave the same, otherwise estimated from the drawn strings.
 * @throws InputError when the language has no string in the range
 */
export function floorAndCeiling(language: Language, range: readonly [number, number], drawn: Drawn): FloorAndCeiling {
  const lengths = validLengths(language, range)
  if (lengths.length === 0) throw new InputError('lengths', range, 'a range in which the language has strings')
  const at = lengths.map(length => scoresAt(language, length, lengths, drawn))
  const [optimal, trivial] = [figures(pool(at.map(one => one.optimal))), figures(pool(at.map(one => one.trivial)))]
  return {
    validLengths: lengths,
    boundPerplexity: Math.exp(optimal.bound ?? Infinity),
    ceilingAccuracy: language.optimal === undefined ? null : optimal.accuracy,
    floorAccuracy: trivial.accuracy,
  }
}

export interface LengthFigures extends Omit<FloorAndCeiling, 'validLengths'> {
  readonly length: number
}

/**
 * The same for each of `lengths` by itself, with the bound of a single length.
 * @param assumed lengths from which the optimal predictor believes strings to come, each with the same probability
 */
export function floorAndCeilingByLength(
  language: Language,
  lengths: readonly number[],
  assumed: readonly number[],
  drawn: Drawn,
): LengthFigures[] {
  return lengths.map(length => {
    const at = scoresAt(language, length, assumed, drawn)
    const [optimal, trivial] = [figures(at.optimal), figures(at.trivial)]
    return {
      length,
      boundPerplexity: Math.exp(optimal.boundOfKnownLength ?? Infinity),
      ceilingAccuracy: language.optimal === undefined ? null : optimal.accuracy,
      floorAccuracy: trivial.accuracy,
    }
  })
}

/** What the optimal and the trivial predictor can expect; of the latter's cost nothing is known. */
function scoresAt(
  language: Language,
  length: number,
  assumed: readonly number[],
  { perLength, seed }: Drawn,
): { optimal: Score; trivial: Score } {
  const source = chance(seed).fork(`length ${length}`)
  const strings = Array.from({ length: perLength }, () => language.sample(source, length))
  const boundNats = sum(strings, string => language.entropy?.(length) ?? -language.logProbability(string))
  const lengthNats = perLength * Math.log(assumed.length)
  const same = { strings: perLength, symbols: perLength * (length + 1), boundNats, lengthNats }
  const optimalCorrect = sum(strings, string =>
    expectedCorrect(language.optimal?.(string, assumed) ?? [], [...string, language.symbols.length]),
  )
  return {
    optimal: scored({ ...same, nats: boundNats + lengthNats, correct: optimalCorrect }),
    trivial: scored({ ...same, nats: NaN, correct: sum(strings, string => language.trivialCorrect(string)) }),
  }
}

/** Right arg-max predictions; of k equally probable symbols each is right with probability 1/k. */
function expectedCorrect(distributions: readonly Float64Array[], targets: readonly number[]): number {
  return sum(distributions, (distribution, position) => {
    const largest = distribution.reduce((a, b) => Math.max(a, b), 0)
    const best = (probability: number): boolean => probability > 0 && probability >= largest * (1 - 1e-9)
    return best(distribution[targets[position]!]!) ? 1 / distribution.filter(best).length : 0
  })
}

const sum = <T>(values: readonly T[], of: (value: T, index: number) => number): number =>
  values.reduce((total, value, index) => total + of(value, index), 0)
