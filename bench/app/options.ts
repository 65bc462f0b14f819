import { parseArgs } from 'node:util'
import { InputError } from '../../src/shared/errors.ts'

export const SCENES = ['table', 'curves', 'inspect', 'live', 'slowdown', 'service'] as const
export type SceneId = (typeof SCENES)[number]

export interface AppBenchOptions {
  readonly scenes: readonly SceneId[]
  /** Turns of training with and without views. */
  readonly pairs: number
  /** Of the files of results; by default the machine's. */
  readonly name: string | undefined
  /** Ends with 1 where a goal is missed. */
  readonly strict: boolean
}

export const USAGE = `Usage: npm run bench:app -- [options]

  --scenes <list>   of ${SCENES.join(', ')}; of the others what was measured before with the same browser stays
  --pairs <number>  turns of training with and without views (5), two minutes each
  --name <name>     of the files of results
  --strict          end with 1 where a goal is missed
  --help            this text`

/** @throws InputError */
export function parseOptions(args: readonly string[]): AppBenchOptions | 'help' {
  const { values } = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: {
          scenes: { type: 'string' },
          pairs: { type: 'string', default: '5' },
          name: { type: 'string' },
          strict: { type: 'boolean', default: false },
          help: { type: 'boolean', default: false },
        },
      })
    } catch (error) {
      throw new InputError('option', (error as Error).message, 'those that --help lists')
    }
  })()
  if (values.help) return 'help'
  const pairs = Number(values.pairs)
  if (!Number.isInteger(pairs) || pairs < 1) throw new InputError('pairs', values.pairs, 'a whole number of at least 1')
  if (values.name !== undefined && !/^[\w.-]+$/.test(values.name))
    throw new InputError('name', values.name, 'letters, digits, dots and hyphens')
  const names = values.scenes?.split(',') ?? SCENES
  const stranger = names.find(name => !(SCENES as readonly string[]).includes(name))
  if (stranger !== undefined) throw new InputError('scenes', stranger, SCENES.join(', '))
  return { scenes: SCENES.filter(scene => names.includes(scene)), pairs, name: values.name, strict: values.strict }
}
