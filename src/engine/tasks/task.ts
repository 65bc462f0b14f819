import { parseOptions, type Options, type ValuesOf } from '../../shared/options.ts'
import type { Chance } from '../chance.ts'

/**
 * A formal language with a uniform-length string distribution: a sampler held to a recogniser and an exact probability.
 * Symbols are 0 … symbols.length - 1; the end of sequence, symbols.length, is never part of a string.
 */
export interface Language {
  /** How each symbol is shown to a person: ['0', '1', '#']. */
  readonly symbols: readonly string[]
  /** Whether the language has a string of this length. */
  valid(length: number): boolean
  /** A string of exactly this length, drawn from p(w | length). @throws InputError when there is none. */
  sample(chance: Chance, length: number): number[]
  accepts(string: readonly number[]): boolean
  /** ln p(w | length of w); -Infinity outside of the language. Exact (spec §3.1, §3.2). */
  logProbability(string: readonly number[]): number
  /**
   * Expected number of right predictions, end of sequence included, of the trivial predictor on this string (spec §6):
   * it repeats the previous symbol, otherwise guesses. The floor under every retention figure.
   */
  trivialCorrect(string: readonly number[]): number
  /**
   * The exact next-symbol distribution after each prefix of `string`, when lengths are uniform over `lengths`:
   * [string.length + 1][symbols.length + 1], the last column the end of sequence. The ceiling; `undefined` where no exact one is known.
   */
  optimal?(string: readonly number[], lengths: readonly number[]): Float64Array[]
}

export interface Task<O extends Options = Options> {
  readonly id: string
  readonly title: string
  /** Where the task comes from: author, year, identifier. */
  readonly source: string
  /** The string as a formula: `w # wᴿ`. */
  readonly form: string
  readonly options: O
  language(options: ValuesOf<O>): Language
}

export const defineTask = <O extends Options>(task: Task<O>): Task<O> => task

export function openLanguage(task: Task, given: Readonly<Record<string, unknown>>, field = 'task'): Language {
  return task.language(parseOptions(task.options, given, field))
}

/** The lengths in [low, high] at which the language has strings. */
export function validLengths(language: Language, [low, high]: readonly [number, number]): number[] {
  return Array.from({ length: high - low + 1 }, (_, i) => low + i).filter(length => language.valid(length))
}
