import { expect, it } from 'vitest'
import { controllers } from './controllers/index.ts'
import { memories } from './memories/index.ts'
import { buildModel } from './model.ts'
import { INPUTS } from './testing/drawn.ts'

/** Checkpoints, freeze plans and the history name parameters: what has a name keeps it. */
it('names and shapes of all parameters are those of the golden file', async () => {
  const elman = { id: 'elman', units: 3 },
    none = { id: 'none' }
  const models = [
    ...Object.values(controllers).flatMap(({ id, examples }) =>
      examples.map(
        options =>
          [
            { id, ...options },
            { id: 'superposition-stack', widths: [2] },
          ] as const,
      ),
    ),
    ...Object.values(memories).flatMap(({ id, examples }) =>
      examples.map(options => [elman, { id, ...options }] as const),
    ),
    [elman, none] as const,
  ]
  const lines = models.flatMap(([controller, memory]) => [
    `${JSON.stringify(controller)} ${JSON.stringify(memory)}`,
    ...buildModel({ controller, memory }, INPUTS).parameters.map(
      ({ name, shape }) => `  ${name} [${shape.join(', ')}]`,
    ),
  ])
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../test/golden/parameter-names.txt')
})
