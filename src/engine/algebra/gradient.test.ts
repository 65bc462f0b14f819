import { chance } from '../chance.ts'
import { controllers } from '../controllers/index.ts'
import { buildModel } from '../model.ts'
import { gradientLaws } from '../testing/gradient-laws.ts'
import { randomMemory } from '../testing/random-memory.ts'

/** Every operation, in graphs that no cell of ours would build. */
for (let seed = 100; seed < 114; seed++) {
  const id = `random-${seed}`
  gradientLaws(
    id,
    buildModel({ controller: { id: 'elman', units: 3 }, memory: { id } }, 3, 'model', {
      controllers,
      memories: { [id]: randomMemory(id, chance(seed)) },
    }),
  )
}
