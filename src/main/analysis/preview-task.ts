import { chance } from '../../engine/chance.ts'
import { costOf, floorAndCeilingByLength, setBound } from '../../engine/tasks/figures.ts'
import type { Language } from '../../engine/tasks/task.ts'
import { InputError } from '../../shared/errors.ts'
import type { Picked } from '../../shared/study.ts'
import type { TaskPreview } from '../../shared/contract/index.ts'
import { drawnOtherwise } from '../services/drawn-otherwise.ts'
import { languageFor, lengthsOf, textOf, workAt } from './languages.ts'
import { figures, overSymbols, pool } from '../../shared/score.ts'

/** Work for one preview, in units of about a millisecond, and the most strings for one length. */
const BUDGET = 400
const STRINGS = 10

export interface PreviewInput {
  readonly task: Picked
  readonly lengths: readonly [number, number]
  readonly strings: number
  readonly seed: number
}

/** Strings of a task, and what can be reached on lengths of the range. @throws InputError */
export function previewTask({ task, lengths: range, strings, seed }: PreviewInput): TaskPreview {
  const language = languageFor(task)
  const valid = lengthsOf(language, range)
  const source = chance(seed).fork('preview')
  const drawn = Array.from({ length: strings }, () => {
    const symbols = language.sample(source, valid[source.integer(valid.length)]!)
    return { symbols, text: textOf(language, symbols), logProbability: known(language.logProbability(symbols)) }
  })
  return {
    symbols: [...language.symbols],
    strings: drawn,
    validLengths: valid,
    note: drawnOtherwise(task),
    ...figuresOf(language, valid),
  }
}

const known = (value: number): number | null => (Number.isNaN(value) ? null : value)

type Figures = Pick<
  TaskPreview,
  'boundNats' | 'boundPerplexity' | 'floorAccuracy' | 'ceilingAccuracy' | 'figureLengths'
>

function figuresOf(language: Language, valid: readonly number[]): Figures {
  const { lengths, perLength } = affordable(language, valid)
  const sets = floorAndCeilingByLength(language, lengths, valid, { perLength, seed: 0 }).map(at => ({
    ...at,
    ...costOf(Math.log(at.boundPerplexity) * (at.length + 1), at.length, Math.log(valid.length)),
  }))
  const boundNats = language.entropy ? Math.log(setBound(language, valid)) : (figures(pool(sets)).bound ?? NaN)
  return {
    boundNats: known(boundNats),
    boundPerplexity: known(Math.exp(boundNats)),
    floorAccuracy: overSymbols(sets, at => at.floorAccuracy) ?? NaN,
    ceilingAccuracy: overSymbols(sets, at => at.ceilingAccuracy),
    figureLengths: lengths,
  }
}

/** All valid lengths with several strings each, or as many, spread evenly, with one string each, as the budget allows. */
function affordable(language: Language, valid: readonly number[]): { lengths: number[]; perLength: number } {
  const once = sum(valid, length => workAt(language, length))
  if (once <= BUDGET)
    return { lengths: [...valid], perLength: Math.max(1, Math.min(STRINGS, Math.floor(BUDGET / once))) }
  const count = Math.max(1, Math.min(valid.length, Math.floor((valid.length * BUDGET) / once)))
  const lengths = Array.from(
    { length: count },
    (_, i) => valid[count === 1 ? valid.length >> 1 : Math.round((i * (valid.length - 1)) / (count - 1))]!,
  )
  return { lengths: [...new Set(lengths)], perLength: 1 }
}

/** Floor, ceiling and bound at single lengths; NaN where the language has no string or no exact prediction. */
export function limitsAt(
  task: Picked,
  lengths: readonly number[],
): { lengths: Float64Array; floorAccuracy: Float64Array; ceilingAccuracy: Float64Array; boundNats: Float64Array } {
  const language = languageFor(task)
  const valid = [...new Set(lengths)].filter(length => language.valid(length)).sort((a, b) => a - b)
  if (valid.length === 0)
    throw new InputError('lengths', lengths, 'at least one length at which the language has strings')
  const { lengths: chosen, perLength } = affordable(language, valid)
  const figures = new Map(
    floorAndCeilingByLength(language, chosen, valid, { perLength, seed: 0 }).map(figure => [figure.length, figure]),
  )
  const column = (of: (figure: ReturnType<typeof floorAndCeilingByLength>[number]) => number | null): Float64Array =>
    Float64Array.from(lengths, length => {
      const figure = figures.get(length)
      return figure ? (of(figure) ?? NaN) : NaN
    })
  return {
    lengths: Float64Array.from(lengths),
    floorAccuracy: column(figure => figure.floorAccuracy),
    ceilingAccuracy: column(figure => figure.ceilingAccuracy),
    boundNats: column(figure => Math.log(figure.boundPerplexity)),
  }
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0)
