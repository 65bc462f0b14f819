import { parseArgs } from 'node:util'
import { InputError } from '../src/shared/errors.ts'
import { MODELS, type ModelId } from './problem.ts'

export const SECTIONS = ['peers', 'frozen', 'sizes', 'workers', 'language'] as const
export type Section = (typeof SECTIONS)[number]
export const PEERS = ['ours', 'wasm', 'wasm-relaxed', 'native', 'pytorch'] as const
export type PeerId = (typeof PEERS)[number]

export interface BenchOptions {
  readonly models: readonly ModelId[]
  readonly sections: readonly Section[]
  readonly peers: readonly PeerId[]
  readonly rounds: number
  readonly golden: string | undefined
  /** Of the result files; undefined: the processor's. */
  readonly name: string | undefined
  readonly strict: boolean
}

export const USAGE = `npm run bench -- [options]
  --models LIST     of ${MODELS.join(', ')} (all)
  --sections LIST   of ${SECTIONS.join(', ')} (all)
  --peers LIST      of ${PEERS.join(', ')} (all)
  --rounds N        times that each peer takes its turn (20)
  --golden DIR      PyTorch first proves itself against the golden values in DIR
  --name NAME       result files bench/results/NAME.json and .md (the processor's name)
  --strict          exit with 1 when a goal that was measured is not met`

/** @throws InputError for an option that is unknown or not usable */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const text = { type: 'string' } as const,
    flag = { type: 'boolean', default: false } as const
  const { values } = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: {
          models: text,
          sections: text,
          peers: text,
          rounds: text,
          golden: text,
          name: text,
          strict: flag,
          help: flag,
        },
      })
    } catch (error) {
      throw new InputError('option', (error as Error).message, 'those that --help lists')
    }
  })()
  if (values.help) return 'help'
  const rounds = Number(values.rounds ?? 20)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new InputError('rounds', values.rounds, 'a whole number of at least 1')
  if (values.name !== undefined && !/^[\w.-]+$/.test(values.name))
    throw new InputError('name', values.name, 'letters, digits, dots and hyphens')
  return {
    models: someOf(MODELS, values.models, 'models'),
    sections: someOf(SECTIONS, values.sections, 'sections'),
    peers: someOf(PEERS, values.peers, 'peers'),
    rounds,
    golden: values.golden,
    name: values.name,
    strict: values.strict,
  }
}

/** @throws InputError for a name that is none of `all` */
export function someOf<T extends string>(all: readonly T[], given: string | undefined, field: string): readonly T[] {
  if (given === undefined) return all
  const names = given.split(',')
  const stranger = names.find(name => !all.includes(name as T))
  if (stranger !== undefined) throw new InputError(field, stranger, all.join(', '))
  return all.filter(name => names.includes(name))
}
