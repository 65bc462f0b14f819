import { describe, expect, it } from 'vitest'
import { InputError } from '../src/shared/errors.ts'
import { MODELS } from './problem.ts'
import { parseOptions, SECTIONS } from './options.ts'

describe('options', () => {
  it('measure everything unless told', () => {
    expect(parseOptions([])).toMatchObject({ models: MODELS, sections: SECTIONS, strict: false, golden: undefined })
  })

  it('select in the usual order', () => {
    expect(
      parseOptions(['--models', 'superposition-stack,lstm', '--sections', 'workers', '--rounds', '3']),
    ).toMatchObject({ models: ['lstm', 'superposition-stack'], sections: ['workers'], rounds: 3 })
  })

  it.each([
    [
      ['--models', 'gru'],
      /^models is "gru"; allowed: lstm, superposition-stack, stratification-stack, nondeterministic-stack$/,
    ],
    [['--rounds', '0'], /^rounds is "0"; allowed: a whole number of at least 1$/],
    [['--name', '../x'], /^name is/],
    [['--fast'], /--fast/],
  ])('refuse %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(InputError)
    expect(() => parseOptions(args)).toThrow(message)
  })
})
