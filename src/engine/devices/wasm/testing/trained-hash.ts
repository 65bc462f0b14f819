import { createHash } from 'node:crypto'
import { buildModel } from '../../../model.ts'
import { INPUTS, lively, randomBatch } from '../../../testing/drawn.ts'
import { WasmExecutor } from '../executor.ts'

/** Trains small models for some steps; prints how this processor rounds and the SHA-256 of all that a checkpoint holds. `portable` as argument. */
const portable = process.argv[2] === 'portable'
const hash = createHash('sha256')
let arithmetic = ''
for (const memory of [{ id: 'superposition-stack' }, { id: 'nondeterministic-stack', states: 2, alphabet: 2 }]) {
  // Large enough for the kernels of large products too.
  const model = buildModel({ controller: { id: 'lstm', units: 20 }, memory }, INPUTS)
  const executor = new WasmExecutor(model, { id: 'adam' }, undefined, { portable })
  for (const [name, values] of lively(model, 7)) executor.write(name, values)
  for (let step = 0; step < 20; step++)
    executor.step(randomBatch(10, 4 + (step % 9), INPUTS, step), { learningRate: 0.01, clipNorm: 1 })
  for (const name of executor.tensors) hash.update(executor.read(name))
  arithmetic = executor.arithmetic
}
process.stdout.write(JSON.stringify({ arithmetic, hash: hash.digest('hex') }))
