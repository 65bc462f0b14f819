// Made by `npm run gen`. Adding a file to this folder is all that is needed.
import nondeterministicStack from './nondeterministic-stack.ts'
import none from './none.ts'
import normalisedNondeterministicStack from './normalised-nondeterministic-stack.ts'
import stratificationStack from './stratification-stack.ts'
import superpositionStack from './superposition-stack.ts'
import vectorNondeterministicStack from './vector-nondeterministic-stack.ts'
import type { Memory } from './memory.ts'

export const memories: Readonly<Record<string, Memory>> = {
  'nondeterministic-stack': nondeterministicStack,
  none,
  'normalised-nondeterministic-stack': normalisedNondeterministicStack,
  'stratification-stack': stratificationStack,
  'superposition-stack': superpositionStack,
  'vector-nondeterministic-stack': vectorNondeterministicStack,
}
