import { InputError } from '../../shared/errors.ts'
import { parseOptions, type Options, type ValuesOf } from '../../shared/options.ts'
import type { Chance } from '../chance.ts'
import type { Corpus } from './corpus/corpus.ts'
import type { Grammar } from './grammar/grammar.ts'
import type { IdealStack } from './ideal-stack.ts'

/**
 * A formal language with a distribution over its strings of each length: a sampler held to a recogniser and an exact probability.
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
  /** ln p(w | length of w); -Infinity outside of the language. Exact. */
  logProbability(string: readonly number[]): number
  /** Expected -ln p(w | length) in nats, where a closed form is known. @throws InputError when no string has this length. */
  entropy?(length: number): number
  /**
   * Expected number of right predictions, end of sequence included, of the trivial predictor on a string of the language:
   * it repeats the previous symbol, otherwise guesses; a task where that is no sensible floor says what it takes instead.
   * The floor under every retention figure.
   */
  trivialCorrect(string: readonly number[]): number
  /**
   * The exact next-symbol distribution after each prefix of `string`, when lengths are uniform over `lengths`:
   * [string.length + 1][symbols.length + 1], the last column the end of sequence. Rows are zero after a prefix with which no string of
   * these lengths begins. The ceiling; left out where no exact one is known. @throws InputError when a length has no string.
   */
  optimal?(string: readonly number[], lengths: readonly number[]): Float64Array[]
  /** The stack that solves the task, where one stack does and what is on it is well defined. */
  readonly idealStack?: IdealStack
  /** The weighted grammar that the distribution comes from, where there is one. */
  readonly grammar?: Grammar
  /** For a text: what is trained, validated and tested on. Its strings are excerpts. */
  readonly corpus?: Corpus
}

/** Files that a text is read from, found by whoever runs the engine. */
export interface TextFiles {
  /** The file itself, the texts of a folder or an archive (see `TEXT_NAME`), or a text that is part of the lab. @throws InputError naming `field` */
  list(path: string, field: string): TextFile[]
  /** Of the text in UTF-8, hexadecimal. */
  md5(text: string): string
}

/** Names of texts; a folder or an archive may hold other files. */
export const TEXT_NAME = /\.(txt|tokens|raw)(\.gz)?$/i

export interface TextFile {
  /** Without its folder, and without .gz. */ readonly name: string
  /** @throws InputError for what cannot be read */ text(): string
}

/** The one file of that name. @throws InputError where there is none, or more than one in different folders of an archive */
export function onlyFile(found: readonly TextFile[], name: string, path: string, field: string): TextFile {
  const [file, other] = found.filter(one => one.name === name)
  if (!file) throw new InputError(field, path, `a folder or archive with ${name}`)
  if (other) throw new InputError(field, path, `a folder or archive with one ${name}, not several`)
  return file
}

/** Where there are no files. */
const NO_FILES: TextFiles = {
  list(path, field) {
    throw new InputError(field, path, 'a task that reads no files')
  },
  md5: () => '',
}

export interface Task<O extends Options = Options> {
  readonly id: string
  readonly title: string
  /** Where the task comes from: author, year, identifier. */
  readonly source: string
  /** The string as a formula: `w # wᴿ`. */
  readonly form: string
  /** What the ideal stack does, in a sentence, or why there is none. */
  readonly stack?: string
  readonly options: O
  /** `text`: it reads a text, whose words predict each other without an end; otherwise strings of a formal language. */
  readonly reads?: 'text'
  /** @param field where the options come from, for error messages */
  language(options: ValuesOf<O>, field: string, files: TextFiles): Language
}

export const defineTask = <O extends Options>(task: Task<O>): Task<O> => task

/** @param given options by name, without the task's `id`. @throws InputError on an option that is unknown or out of range */
export function openLanguage(
  task: Task,
  given: Readonly<Record<string, unknown>>,
  field = 'task',
  files: TextFiles = NO_FILES,
): Language {
  return task.language(parseOptions(task.options, given, field), field, files)
}

/** The lengths in [low, high] at which the language has strings. */
export function validLengths(language: Language, [low, high]: readonly [number, number]): number[] {
  return Array.from({ length: high - low + 1 }, (_, i) => low + i).filter(length => language.valid(length))
}

/** @throws InputError when no string has this length, naming the nearest lengths that have one */
export function requireLength(valid: (length: number) => boolean, length: number, field = 'length'): void {
  if (valid(length)) return
  const from = Math.max(0, Number.isFinite(length) ? Math.trunc(length) : 0)
  const near = (step: 1 | -1): number[] => {
    for (let l = from + (step === 1 ? 1 : 0), tries = 0; l >= 0 && tries < 100; l += step, tries++)
      if (valid(l)) return [l]
    return []
  }
  const nearest = [...near(-1), ...near(1)].join(' or ')
  throw new InputError(
    field,
    length,
    nearest === ''
      ? 'a length at which the language has strings'
      : `a length at which the language has strings, such as ${nearest}`,
  )
}
