// Made by `npm run gen`. Adding a file to this folder is all that is needed.
import none from './none.ts'
import stratificationStack from './stratification-stack.ts'
import superpositionStack from './superposition-stack.ts'
import type { Memory } from './memory.ts'

export const memories: Readonly<Record<string, Memory>> = {
  none,
  'stratification-stack': stratificationStack,
  'superposition-stack': superpositionStack,
}
