import { LabError } from '../../shared/errors.ts'
import type { Options, ValuesOf } from '../../shared/options.ts'
import type { Picked } from '../../shared/study.ts'
import { rowsAt, type Model } from '../model.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import { pickOptimizer } from '../optimizers/pick.ts'
import type { Batch } from './device.ts'

/** What every executor keeps in the same way: names of tensors, counts of updates, and which parameters are trained. */
export abstract class ExecutorBase {
  readonly model: Model
  readonly tensors: readonly string[]
  protected readonly optimizer: Optimizer
  protected readonly options: ValuesOf<Options>
  protected readonly updatesOf: Record<string, number>
  protected trained: readonly string[]

  /** @throws InputError for an unknown optimizer or an option out of range */
  constructor(model: Model, picked: Picked) {
    const { optimizer, options } = pickOptimizer(picked)
    const names = model.parameters.map(({ name }) => name)
    this.model = model
    this.optimizer = optimizer
    this.options = options
    this.tensors = [...names, ...optimizer.slots.flatMap(slot => names.map(name => `${slot}:${name}`))]
    this.updatesOf = Object.fromEntries(names.map(name => [name, 0]))
    this.trained = names
  }

  /** @throws LabError `bad-batch` for strings where the model reads text, the other way round, or for a carried state that is not of these streams */
  protected checkBatch({ size, next, carried }: Batch): void {
    const isText = next !== undefined
    if (isText !== (this.model.reads === 'text'))
      throw new LabError(
        'bad-batch',
        `this model reads ${this.model.reads}; the batch is of ${isText ? 'text' : 'strings'}`,
      )
    if (carried && carried.size !== size)
      throw new LabError('bad-batch', `the state carried on is of ${carried.size} streams; the batch has ${size}`)
  }

  protected rows(update: number, length: number, age = 0): number {
    return rowsAt(this.model, update, length, age)
  }

  /** The tensor's values where they lie. */
  protected abstract view(tensor: string): Float32Array

  read(tensor: string): Float32Array {
    return this.view(tensor).slice()
  }

  write(tensor: string, values: Float32Array): void {
    const own = this.view(tensor)
    if (own.length !== values.length)
      throw new LabError('bad-tensor', `${tensor} has ${own.length} values; ${values.length} were given`)
    own.set(values)
  }

  counts(): Record<string, number> {
    return { ...this.updatesOf }
  }

  setCounts(counts: Readonly<Record<string, number>>): void {
    for (const name of Object.keys(this.updatesOf)) this.updatesOf[name] = counts[name] ?? 0
  }

  setTrainable(parameters: ReadonlySet<string>): void {
    this.trained = this.model.parameters.map(({ name }) => name).filter(name => parameters.has(name))
  }
}
