import fc from 'fast-check'
import { it } from 'vitest'
import { equalsReference, spans } from '../testing/random-freezing.ts'

it.each([1, 2, 3, 4, 5])(
  '2,000 random plans equal a reference Adam with named slots, to the bit (%i of 5)',
  async seed => {
    await fc.assert(fc.asyncProperty(spans, equalsReference), { numRuns: 2000, seed })
  },
)
