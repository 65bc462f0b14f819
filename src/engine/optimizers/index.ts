// Made by `npm run gen`. Adding a file to this folder is all that is needed.
import adam from './adam.ts'
import momentum from './momentum.ts'
import rmsprop from './rmsprop.ts'
import sgd from './sgd.ts'
import type { Optimizer } from './optimizer.ts'

export const optimizers: Readonly<Record<string, Optimizer>> = {
  adam,
  momentum,
  rmsprop,
  sgd,
}
