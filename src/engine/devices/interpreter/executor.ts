import { LabError } from '../../../shared/errors.ts'
import type { Picked } from '../../../shared/study.ts'
import { broadcast, multiply, scalar, stateBefore } from '../../algebra/operations.ts'
import { sizeOf, tracing, type Shape, type Tensor } from '../../algebra/tensor.ts'
import { reverse, tracedTensors, type Model } from '../../model.ts'
import { normsOf } from '../../optimizers/pick.ts'
import { ExecutorBase } from '../executor-base.ts'
import type { Batch, BatchScore, Carried, Executor, StepResult, TraceTensor } from '../device.ts'
import type { Arithmetic } from './arithmetic.ts'
import { evaluate } from './evaluate.ts'
import { Interpreter, type Left, type Strings } from './interpreter.ts'

/** Trains and evaluates by interpreting the traced graphs with any `Arithmetic`. Weights and slots are float32. */
export class InterpretedExecutor<T> extends ExecutorBase implements Executor {
  readonly #arithmetic: Arithmetic<T>
  readonly #interpreter: Interpreter<T>
  readonly #values = new Map<string, Float32Array>()

  constructor(model: Model, picked: Picked, arithmetic: Arithmetic<T>) {
    super(model, picked)
    this.#arithmetic = arithmetic
    this.#interpreter = new Interpreter(model, arithmetic)
    for (const tensor of this.tensors) this.#values.set(tensor, new Float32Array(sizeOf(this.#shape(tensor))))
  }

  step(batch: Batch, { learningRate, clipNorm }: { learningRate: number; clipNorm: number | null }): StepResult {
    const { loss, gradients, carried } = this.gradients(batch)
    const squares = this.model.parameters
      .filter(({ name }) => gradients.has(name))
      .map(
        ({ name, component }) =>
          [component, gradients.get(name)!.reduce((sum, value) => sum + value * value, 0)] as const,
      )
    const { scale, ...norms } = normsOf(squares, clipNorm)
    for (const [name, gradient] of gradients) this.#update(name, gradient, learningRate, scale)
    return { loss, ...norms, carried }
  }

  gradients(batch: Batch): { loss: number; gradients: Map<string, Float32Array>; carried: Carried | undefined } {
    this.checkBatch(batch)
    const found = this.#interpreter.gradients(
      stringsOf(batch),
      name => this.#weights(name),
      reverse(this.model, new Set(this.trained)),
      batch,
    )
    return {
      loss: found.loss,
      carried: this.#carried(batch, found.left),
      gradients: new Map(
        this.trained.map(name => [
          name,
          Float32Array.from(found.gradients.get(name) ?? new Float32Array(sizeOf(this.#shape(name)))),
        ]),
      ),
    }
  }

  evaluate(batch: Batch): BatchScore {
    this.checkBatch(batch)
    const { nats, correct, predictions, left } = this.#interpreter.score(
      stringsOf(batch),
      name => this.#weights(name),
      batch,
    )
    if (this.model.reads === 'strings') return { nats, correct }
    const afterFirst = <T>(values: { filter(keep: (value: number, k: number) => boolean): T }): T =>
      values.filter((_, k) => k % (batch.length + 1) > 0)
    return {
      nats,
      correct,
      predictions: { nats: afterFirst(predictions.nats), correct: afterFirst(predictions.correct) },
      carried: this.#carried(batch, left),
    }
  }

  #carried({ size }: Batch, { age, states }: Left): Carried | undefined {
    if (this.model.reads === 'strings') return undefined
    return {
      size,
      age,
      states: new Map(
        [...states].map(([name, values]) => [
          name,
          forEach(Float32Array.from(values), size, this.model.graph.states.get(name)!, this.rows(0, 0, age)),
        ]),
      ),
    }
  }

  trace(symbols: Int32Array, rows = Infinity): Record<string, TraceTensor> {
    const { graph } = this.model
    const follow = (which: 'step' | 'output', tensors: ReadonlyMap<string, Tensor>): [string, TraceTensor][] => {
      const values = this.#interpreter.follow([...symbols], name => this.#weights(name), which, [...tensors.values()])
      return [...tensors].map(([name, tensor], k) => [
        name,
        this.#stack(
          tensor,
          values.map(step => step[k]!),
          { length: symbols.length, which, rows },
        ),
      ])
    }
    return Object.fromEntries([
      ...follow('step', tracedTensors(graph)),
      ...follow('output', new Map([['output.probabilities', graph.probabilities]])),
    ])
  }

  dispose(): void {
    this.#values.clear()
  }

  /** Steps 0 … n, growing rows padded to the deepest. */
  #stack(
    { shape }: Tensor,
    steps: readonly Float64Array[],
    { length, which, rows }: { length: number; which: 'step' | 'output'; rows: number },
  ): TraceTensor {
    const deepest = Math.min(rows, Math.max(0, ...Array.from({ length: length + 1 }, (_, t) => this.rows(t, length))))
    const sizes = shape.map(dim => (typeof dim === 'number' ? dim : deepest))
    const size = sizes.reduce((a, b) => a * b, 1)
    const data = new Float32Array((length + 1) * size)
    steps.forEach((values, k) => data.set(values.subarray(0, size), (which === 'step' ? k + 1 : k) * size))
    return { shape: [length + 1, ...sizes], data }
  }

  #update(name: string, gradient: Float32Array, learningRate: number, scale: number): void {
    const count = ++this.updatesOf[name]!
    const numbers: Record<string, number> = { ...this.optimizer.scalars(learningRate, count, this.options), scale }
    const shape = [...this.#shape(name)]
    const { slots } = this.optimizer
    this.#arithmetic.scoped(() => {
      const { weight, slots: next } = tracing(() => {
        const spread = (key: string): Tensor => broadcast(scalar(key), shape)
        const leaf = (key: string): Tensor => stateBefore(key, shape)
        return this.optimizer.update(
          {
            weight: leaf('weight'),
            gradient: multiply(spread('scale'), leaf('gradient')),
            slots: Object.fromEntries(slots.map(slot => [slot, leaf(slot)])),
            scalars: Object.fromEntries(Object.keys(numbers).map(key => [key, spread(key)])),
          },
          this.options,
        )
      })
      const stored: Record<string, Float32Array> = {
        weight: this.view(name),
        gradient,
        ...Object.fromEntries(slots.map(slot => [slot, this.view(`${slot}:${name}`)])),
      }
      const known = new Map<Tensor, T>()
      evaluate([weight, ...Object.values(next)], known, this.#arithmetic, { before: 0, after: 0 }, ({ op }) =>
        op.kind === 'scalar'
          ? this.#arithmetic.full(numbers[op.name]!, [])
          : this.#arithmetic.shared(stored[(op as { name: string }).name]!, shape),
      )
      const results = [[name, weight] as const, ...slots.map(slot => [`${slot}:${name}`, next[slot]!] as const)].map(
        ([key, tensor]) => [key, this.#arithmetic.values(known.get(tensor)!)] as const,
      )
      for (const [key, values] of results) this.view(key).set(values)
    })
  }

  #weights(name: string): { values: Float32Array; shape: readonly number[] } {
    return { values: this.view(name), shape: this.#shape(name) }
  }

  #shape(tensor: string): readonly number[] {
    const name = tensor.split(':').at(-1)
    return this.model.parameters.find(info => info.name === name)!.shape
  }

  protected override view(tensor: string): Float32Array {
    const found = this.#values.get(tensor)
    if (!found) throw new LabError('bad-tensor', `there is no tensor ${tensor}`)
    return found
  }
}

/** One copy for each of `size` examples where all share one. */
function forEach(values: Float32Array, size: number, shape: Shape, rows: number): Float32Array {
  const own = shape.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : rows), 1)
  return values.length === own * size ? values : Float32Array.from({ length: own * size }, (_, k) => values[k % own]!)
}

function stringsOf({ size, length, symbols }: Batch): Strings {
  return Array.from({ length: size }, (_, k) => [...symbols.subarray(k * length, (k + 1) * length)])
}
