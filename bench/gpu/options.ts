import { parseArgs } from 'node:util'
import { InputError } from '../../src/shared/errors.ts'
import type { LanguageSizes } from '../language.ts'
import { PENN_TREEBANK } from '../language.ts'
import { someOf } from '../options.ts'
import { STUDIED, USUAL, type Sizes, type StudiedId } from '../problem.ts'

export const SECTIONS = ['limits', 'study', 'language'] as const
export type Section = (typeof SECTIONS)[number]

export interface GpuOptions {
  readonly models: readonly StudiedId[]
  readonly sections: readonly Section[]
  readonly rounds: number
  /** Steps of a run: what runs an hour are counted by. */
  readonly runSteps: number
  /** Of the result files; undefined: the GPU's. */
  readonly name: string | undefined
  /** Folder of the result files. */
  readonly out: string
  readonly strict: boolean
  readonly isSmall: boolean
  readonly sizes: GpuSizes
}

export interface GpuSizes {
  /** Of a batch of strings. */
  readonly batch: Sizes
  /** Of each of the four plans. */
  readonly seeds: number
  readonly language: LanguageSizes
  /** Runs of the language model's cohort. */
  readonly languageRuns: number
  /** Updates over which losses must agree. */
  readonly updates: number
  /** Milliseconds of a turn, and before anything counts. */
  readonly slice: number
  readonly warmUp: number
  /** Mebibytes that are copied to measure memory, and multiply-adds of each thread to measure arithmetic. */
  readonly copyMebibytes: number
  readonly multiplyAdds: number
}

const FULL: GpuSizes = {
  batch: USUAL,
  seeds: 10,
  language: PENN_TREEBANK,
  languageRuns: 10,
  updates: 5,
  slice: 300,
  warmUp: 600,
  copyMebibytes: 256,
  multiplyAdds: 2 ** 14,
}
/** To prove that everything works where a processor stands in for a GPU. Its figures say nothing. */
const SMALL: GpuSizes = {
  batch: { batch: 2, length: 5 },
  seeds: 1,
  language: { words: 130, units: 8, streams: 2, steps: 3 },
  languageRuns: 2,
  updates: 3,
  slice: 1,
  warmUp: 1,
  copyMebibytes: 1,
  multiplyAdds: 64,
}

export const USAGE = `npm run bench:gpu -- [options]
  --models LIST     of ${STUDIED.join(', ')} (all)
  --sections LIST   of ${SECTIONS.join(', ')} (all)
  --rounds N        times that each peer takes its turn (10)
  --run-steps N     training steps of a run, by which runs an hour are counted (20000)
  --name NAME       result files NAME.json and .md (the GPU's name)
  --out DIR         their folder (bench/results)
  --strict          exit with 1 when a goal that was measured is not met
  --device-small    tiny sizes, on whatever there is, a processor that stands in for a GPU too: proves that it works, measures nothing`

/** @throws InputError for an option that is unknown or not usable */
export function parseGpuOptions(args: readonly string[], out: string): GpuOptions | 'help' {
  const text = { type: 'string' } as const,
    flag = { type: 'boolean', default: false } as const
  const { values } = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: {
          models: text,
          sections: text,
          rounds: text,
          'run-steps': text,
          name: text,
          out: text,
          strict: flag,
          'device-small': flag,
          help: flag,
        },
      })
    } catch (error) {
      throw new InputError('option', (error as Error).message, 'those that --help lists')
    }
  })()
  if (values.help) return 'help'
  if (values.name !== undefined && !/^[\w.-]+$/.test(values.name))
    throw new InputError('name', values.name, 'letters, digits, dots and hyphens')
  const isSmall = values['device-small']
  return {
    models: someOf(STUDIED, values.models, 'models'),
    sections: someOf(SECTIONS, values.sections, 'sections'),
    rounds: count(values.rounds, isSmall ? 1 : 10, 'rounds'),
    runSteps: count(values['run-steps'], 20_000, 'run-steps'),
    name: values.name,
    out: values.out ?? out,
    strict: values.strict,
    isSmall,
    sizes: isSmall ? SMALL : FULL,
  }
}

function count(given: string | undefined, usual: number, field: string): number {
  const value = Number(given ?? usual)
  if (!Number.isInteger(value) || value < 1) throw new InputError(field, given, 'a whole number of at least 1')
  return value
}
