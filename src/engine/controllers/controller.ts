import type { Options, ValuesOf } from '../../shared/options.ts'
import type { Shape, Tensor } from '../algebra/index.ts'
import type { TensorsOf } from '../memories/memory.ts'
import type { DeclaredGroups } from '../parameters.ts'

type Named<S> = { readonly [K in keyof S]: Tensor }

/** Sizes that a controller is built for: input vector, and reading of the memory (0: none). */
export interface ControllerSizes {
  readonly inputs: number
  readonly reading: number
}

/** A recurrent controller: a pure step function over the algebra, for one example. */
export interface Controller<
  O extends Options = Options,
  G extends DeclaredGroups = DeclaredGroups,
  S extends Record<string, Shape> = Record<string, Shape>,
> {
  readonly id: string
  readonly title: string
  /** Author, year and identifier of the paper that defines it. */
  readonly source: string
  readonly options: O
  /** Small settings that differ in kind, for the law suite; the defaults are not among them. */
  readonly examples: readonly Readonly<Record<string, unknown>>[]
  params(sizes: ControllerSizes, options: ValuesOf<O>): G
  /** Shapes of the state, which starts as zeros. */
  state(options: ValuesOf<O>): S
  /** The vector that drives memory and classifier, [units]. */
  output(state: Named<S>, options: ValuesOf<O>): Tensor
  /** @param input [inputs] @param reading [reading], `undefined` without a memory */
  step(
    state: Named<S>,
    input: Tensor,
    reading: Tensor | undefined,
    p: TensorsOf<G>,
    options: ValuesOf<O>,
  ): { state: Named<S>; trace?: Readonly<Record<string, Tensor>> }
}

export function defineController<const O extends Options, G extends DeclaredGroups, S extends Record<string, Shape>>(
  controller: Controller<O, G, S>,
): Controller {
  return controller as unknown as Controller
}
