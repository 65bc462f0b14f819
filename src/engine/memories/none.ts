import { defineMemory } from './memory.ts'

export default defineMemory({
  id: 'none',
  title: 'No memory',
  source: 'the plain recurrent network',
  options: {},
  examples: [{}],
  params: () => ({}),
  state: () => ({}),
  reading: () => undefined,
  step: () => ({ state: {} }),
})
