import type * as TensorFlow from '@tensorflow/tfjs'
import type { Options, ValuesOf } from '../../../shared/options.ts'
import { multiply, stateBefore } from '../../algebra/operations.ts'
import { tracing, type Tensor } from '../../algebra/tensor.ts'
import type { Model } from '../../model.ts'
import type { Optimizer } from '../../optimizers/optimizer.ts'
import { normsOf } from '../../optimizers/pick.ts'
import type { Asked, Stepped } from '../cohort/engine.ts'
import type { ParameterLayout } from '../cohort/parameter-layout.ts'
import { evaluate } from '../interpreter/evaluate.ts'
import type { Population, TensorFlowJs, Value } from './population.ts'

/** The optimizer's rule, for all parameters of all runs at once. */
export class Updates {
  readonly #tf: TensorFlowJs
  readonly #ops: Population
  readonly #model: Model
  readonly #optimizer: Optimizer
  readonly #parameters: ParameterLayout
  readonly #graph: { readonly weight: Tensor; readonly slots: Readonly<Record<string, Tensor>> }
  readonly #owners: TensorFlow.Tensor1D

  constructor(
    tf: TensorFlowJs,
    ops: Population,
    model: Model,
    { optimizer, options }: { optimizer: Optimizer; options: ValuesOf<Options> },
    parameters: ParameterLayout,
  ) {
    this.#tf = tf
    this.#ops = ops
    this.#model = model
    this.#optimizer = optimizer
    this.#parameters = parameters
    this.#graph = updateGraph(optimizer, options, parameters.floats)
    this.#owners = tf.keep(tf.tensor1d(parameters.owners(), 'int32'))
  }

  dispose(): void {
    this.#owners.dispose()
  }

  /** Sections after the update, clipped gradient by run and frozen parameters as they were. */
  updated(
    group: readonly Asked[],
    steppeds: readonly Stepped[],
    sections: readonly TensorFlow.Tensor[],
    flat: TensorFlow.Tensor,
  ): TensorFlow.Tensor[] {
    const tf = this.#tf,
      runs = group.length
    const { floats, places } = this.#parameters
    const components = new Map(this.#model.parameters.map(({ name, component }) => [name, component]))
    const scales = group.map(
      ({ update }, k) =>
        normsOf(
          [...steppeds[k]!.squares].map(([name, square]) => [components.get(name)!, square] as const),
          update?.clipNorm ?? null,
        ).scale,
    )
    /** A number of each run and parameter, [runs, 1, 1] where a run's parameters agree, else [runs, 1, floats]. */
    const spread = (numberOf: (asked: Asked, name: string) => number | undefined): Value => {
      const table = group.map(asked => [...places.keys()].map(name => numberOf(asked, name)))
      const agreed = table.map(row => new Set(row.filter(number => number !== undefined)))
      if (agreed.every(({ size }) => size <= 1))
        return this.#ops.value(
          tf.tensor(
            agreed.map(([number = 0]) => number),
            [runs, 1, 1],
          ),
          [floats],
        )
      const numbers = tf.tensor(
        table.flat().map(number => number ?? 0),
        [runs, places.size],
      )
      return this.#ops.value(tf.reshape(tf.gather(numbers, this.#owners, 1), [runs, 1, floats]), [floats])
    }
    const known = new Map<Tensor, Value>()
    evaluate(
      [this.#graph.weight, ...Object.values(this.#graph.slots)],
      known,
      this.#ops,
      { before: 0, after: 0 },
      ({ op }) => {
        const { name } = op as { name: string }
        if (name === SCALE) return this.#ops.value(tf.tensor(scales, [runs, 1, 1]), [floats])
        if (name.startsWith(NUMBER))
          return spread((asked, parameter) => asked.update?.scalars.get(parameter)?.[name.slice(NUMBER.length)])
        const x =
          name === GRADIENT
            ? tf.reshape(flat, [runs, 1, floats])
            : sections[name === WEIGHT ? 0 : 1 + this.#optimizer.slots.indexOf(name)]!
        return this.#ops.value(x, [floats])
      },
    )
    const next = [this.#graph.weight, ...this.#optimizer.slots.map(slot => this.#graph.slots[slot]!)].map(tensor =>
      this.#ops.spread(known.get(tensor)!, runs, 1),
    )
    if (group.every(({ share: { trained } }) => trained.length === places.size)) return next
    const isTrained = spread(({ share: { trained } }, name) => Number(trained.includes(name)))
    const mask = tf.cast(this.#ops.spread(isTrained, runs, 1), 'bool')
    return next.map((values, k) => tf.where(mask, values, sections[k]!))
  }
}

const WEIGHT = 'weight',
  GRADIENT = 'gradient',
  NUMBER = 'number ',
  SCALE = 'scale'

/** The optimizer's rule for all parameters in a row. */
function updateGraph(
  optimizer: Optimizer,
  options: ValuesOf<Options>,
  floats: number,
): { weight: Tensor; slots: Readonly<Record<string, Tensor>> } {
  const names = Object.keys(optimizer.scalars(1, 1, options))
  return tracing(() => {
    const leaf = (name: string): Tensor => stateBefore(name, [floats])
    return optimizer.update(
      {
        weight: leaf(WEIGHT),
        gradient: multiply(leaf(SCALE), leaf(GRADIENT)),
        slots: Object.fromEntries(optimizer.slots.map(slot => [slot, leaf(slot)])),
        scalars: Object.fromEntries(names.map(name => [name, leaf(`${NUMBER}${name}`)])),
      },
      options,
    )
  })
}
