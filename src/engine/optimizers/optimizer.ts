import type { Options, ValuesOf } from '../../shared/options.ts'
import type { Tensor } from '../algebra/index.ts'

/**
 * An update rule, element by element over one parameter. Slots are kept by parameter name and start as zeros; a frozen parameter's
 * slots and count stand still.
 */
export interface Optimizer<O extends Options = Options, S extends string = string, N extends string = string> {
  readonly id: string
  readonly title: string
  readonly source: string
  readonly options: O
  readonly slots: readonly S[]
  /** Numbers that all elements share, for the parameter's update number `count` (from 1), in float64. */
  scalars(rate: number, count: number, options: ValuesOf<O>): Record<N, number>
  update(
    element: {
      weight: Tensor
      gradient: Tensor
      slots: Readonly<Record<S, Tensor>>
      scalars: Readonly<Record<N, Tensor>>
    },
    options: ValuesOf<O>,
  ): { weight: Tensor; slots: Record<S, Tensor> }
}

export function defineOptimizer<const O extends Options, const S extends string, N extends string>(
  optimizer: Optimizer<O, S, N>,
): Optimizer {
  return optimizer as unknown as Optimizer
}
