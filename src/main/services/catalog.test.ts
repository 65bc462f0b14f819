import { expect, it } from 'vitest'
import { listMemories } from './catalog.ts'

it('tells the words for numbers that an option declares, and what is allowed', () => {
  const depth = listMemories()
    .find(({ id }) => id === 'superposition-stack')!
    .options.find(({ name }) => name === 'depth')!
  expect(depth).toMatchObject({
    default: 1_000_000,
    words: { 'no limit': 1_000_000 },
    allowed: 'whole number of at least 1; 1000000: no limit',
  })
  const window = listMemories()
    .find(({ id }) => id === 'nondeterministic-stack')!
    .options.find(({ name }) => name === 'window')!
  expect(window).toMatchObject({ default: 1_000_000, allowed: 'whole number from 1 to 1000000; 1000000: no limit' })
})
