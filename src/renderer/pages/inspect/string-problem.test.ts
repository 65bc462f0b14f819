import { expect, it } from 'vitest'
import { InputError } from '../../../shared/errors.ts'
import { stringProblem } from './string-problem.ts'

it('is said in the words of the form, never by the name of a field', () => {
  const said = [
    new InputError('string.text', 'x1', 'the symbols 0 1 #'),
    new InputError('string.length', 4, 'lengths such as 3 or 5'),
    new InputError('string', 'of 9000 symbols', 'shorter strings'),
    new InputError('string.symbols.2', 7, 'symbols from 0 to 2'),
    Object.assign(new Error('traces.get: string.text: Too big: expected string to have <=32768 characters'), {
      code: 'bad-input',
      field: 'string.text',
    }),
  ].map(stringProblem)
  expect(said).toEqual([
    '“x1” cannot be read. There are the symbols 0 1 #.',
    'There is no string of length 4. There are lengths such as 3 or 5.',
    'A string of 9000 symbols is too long. Possible are shorter strings.',
    'This string cannot be traced: it has the symbol 7. There are symbols from 0 to 2.',
    'This is no string that can be traced.',
  ])
  for (const words of said) expect(words).not.toMatch(/string\.|allowed/)
  expect([
    stringProblem(undefined),
    stringProblem(new Error('gone')),
    stringProblem(new InputError('bin', 'x', 'y')),
  ]).toEqual([null, null, null])
})
