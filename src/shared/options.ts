import { InputError } from './errors.ts'

/**
 * A declared option of a task, memory, controller or optimizer. The same declaration checks study files, makes the form field
 * in the app, the help text of the command line and the row in the documentation.
 */
export interface Option<T = unknown> {
  readonly kind: 'int' | 'real' | 'choice' | 'flag' | 'ints' | 'text' | 'path'
  readonly default: T
  readonly doc: string
  readonly min?: number
  readonly max?: number
  readonly choices?: readonly string[]
  /** Numbers that are written as words where people read and type them; files have the number. */
  readonly words?: Readonly<Record<string, number>>
  /** Checks `value`; throws an `InputError` on `field` when it is outside of what is declared. */
  parse(value: unknown, field: string): T
}

export type Options = Readonly<Record<string, Option>>
export type ValuesOf<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never }

interface Range {
  min?: number
  max?: number
}

const inside = (value: number, { min = -Infinity, max = Infinity }: Range): boolean => value >= min && value <= max

function rangeText(noun: string, { min, max }: Range): string {
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`
  if (min !== undefined) return `${noun} of at least ${min}`
  if (max !== undefined) return `${noun} of at most ${max}`
  return noun
}

interface Worded {
  words?: Readonly<Record<string, number>>
}

export function int(spec: { default: number; doc: string } & Range & Worded): Option<number> {
  return {
    kind: 'int',
    ...spec,
    parse(value, field) {
      if (typeof value === 'number' && Number.isInteger(value) && inside(value, spec)) return value
      throw new InputError(field, value, rangeText('a whole number', spec))
    },
  }
}

const NO_LIMIT = 1_000_000

/** A whole number that bounds something; as declared it is larger than anything that it could bound. */
export const limit = (spec: { doc: string } & Range): Option<number> =>
  int({ default: NO_LIMIT, min: 1, words: { 'no limit': NO_LIMIT }, ...spec })

export function real(spec: { default: number; doc: string } & Range): Option<number> {
  return {
    kind: 'real',
    ...spec,
    parse(value, field) {
      if (typeof value === 'number' && Number.isFinite(value) && inside(value, spec)) return value
      throw new InputError(field, value, rangeText('a number', spec))
    },
  }
}

export function choice<const C extends readonly string[]>(spec: {
  default: C[number]
  choices: C
  doc: string
}): Option<C[number]> {
  return {
    kind: 'choice',
    ...spec,
    parse(value, field) {
      if (typeof value === 'string' && spec.choices.includes(value)) return value
      throw new InputError(field, value, spec.choices.join(', '))
    },
  }
}

export function flag(spec: { default: boolean; doc: string }): Option<boolean> {
  return {
    kind: 'flag',
    ...spec,
    parse(value, field) {
      if (typeof value === 'boolean') return value
      throw new InputError(field, value, 'true or false')
    },
  }
}

export function text(spec: { default: string; doc: string }): Option<string> {
  return {
    kind: 'text',
    ...spec,
    parse(value, field) {
      if (typeof value === 'string') return value
      throw new InputError(field, value, 'a text')
    },
  }
}

/** A file, folder or archive on the machine that trains. */
export const path = (spec: { default: string; doc: string }): Option<string> => ({ ...text(spec), kind: 'path' })

/** A non-empty list of whole numbers, such as the widths of several stacks: [3, 3, 3]. */
export function ints(spec: { default: readonly number[]; doc: string } & Range): Option<readonly number[]> {
  return {
    kind: 'ints',
    ...spec,
    parse(value, field) {
      if (Array.isArray(value) && value.length > 0 && value.every(v => Number.isInteger(v) && inside(v, spec)))
        return value
      throw new InputError(field, value, rangeText('a list of whole numbers, each', spec))
    },
  }
}

/** Fills in defaults and checks what was given; an unknown name is an error that lists the known ones. */
export function parseOptions<O extends Options>(
  declared: O,
  given: Readonly<Record<string, unknown>>,
  field: string,
): ValuesOf<O> {
  for (const name of Object.keys(given)) {
    if (!(name in declared)) {
      const names = Object.keys(declared)
      throw new InputError(
        `${field}.${name}`,
        given[name],
        names.length ? `only the options ${names.join(', ')}` : 'no options here',
      )
    }
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, option]) => [
      name,
      given[name] === undefined ? option.default : option.parse(given[name], `${field}.${name}`),
    ]),
  ) as ValuesOf<O>
}
