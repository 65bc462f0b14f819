import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { fieldName } from './field-names.ts'
import { StudySpec } from './study.ts'

/** What the walk needs of a schema's definition, whatever its kind. */
interface Definition {
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly element?: z.ZodType
  readonly items?: readonly z.ZodType[]
  readonly options?: readonly z.ZodType[]
  readonly innerType?: z.ZodType
  readonly in?: z.ZodType
  readonly out?: z.ZodType
}

/** Every path at which the schema has something. */
function pathsOf(schema: z.ZodType, path = ''): string[] {
  const {
    shape = {},
    element,
    items = [],
    options = [],
    innerType,
    in: before,
    out: after,
  } = schema._zod.def as Definition
  const at = (key: string | number): string => (path === '' ? String(key) : `${path}.${key}`)
  return [
    path,
    ...Object.entries(shape).flatMap(([key, inner]) => pathsOf(inner, at(key))),
    ...(element ? pathsOf(element, at(0)) : []),
    ...items.flatMap((inner, i) => pathsOf(inner, at(i))),
    ...[...options, innerType, before, after].flatMap(inner => (inner ? pathsOf(inner, path) : [])),
  ]
}

describe('fields', () => {
  it('of the study schema all have a name that is no path', () => {
    const paths = [...new Set(pathsOf(StudySpec))]
    expect(paths.length).toBeGreaterThan(60)
    expect(paths).toContain('plans.0.freeze.0.until.plateau')
    const nameless = paths.filter(
      path => fieldName(path) === path || /[a-z][A-Z]|\.\w|undefined|\*/.test(fieldName(path)),
    )
    expect(nameless).toEqual([])
  })

  it.each([
    ['training.optimizer.beta1', 'Optimizer: beta 1'],
    ['model.memory.widths', 'Memory: widths'],
    ['task.kinds', 'Task: kinds'],
    ['plans.1.freeze.2.until.epoch', 'Plan 2, freeze 3: until epoch'],
    ['evaluation.bins.0.lengths.1', 'Bin 1: to'],
    ['data.train.lengths.0', 'Training lengths: from'],
    ['sedes', 'sedes'],
    ['', 'The study'],
  ])('%s is called %s', (path, name) => {
    expect(fieldName(path)).toBe(name)
  })
})
