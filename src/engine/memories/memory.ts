import type { Options, ValuesOf } from '../../shared/options.ts'
import type { StackView } from '../../shared/stack-view.ts'
import type { Shape, Tensor } from '../algebra/index.ts'
import type { DeclaredGroups } from '../parameters.ts'

/**
 * How many rows a growing memory keeps after update u of a string of length n. `reachable`: min(u, n - u, limit), for memories
 * whose rows move up by at most one a step, so that deeper ones can never be read again (exact). `all`: u.
 */
export interface RowRule {
  readonly kept: 'reachable' | 'all'
  readonly limit: number
  /** The memory's option that sets the limit. */ readonly option: string
}

/** Rows kept after `update` steps of a string of `length` symbols. */
export function rowsKept(rule: RowRule | undefined, update: number, length: number): number {
  if (!rule) return 0
  return rule.kept === 'all' ? Math.min(update, rule.limit) : Math.min(update, length - update, rule.limit)
}

/** Rows kept `update` steps into a chunk of a text, `age` symbols after the text's start: what comes after is unknown, so only the limit counts. */
export const rowsCarried = (rule: RowRule | undefined, update: number, age: number): number =>
  rule ? Math.min(age + update, rule.limit) : 0

export type TensorsOf<G> = { readonly [K in keyof G]: { readonly [N in keyof G[K]]: Tensor } }
type Named<S> = { readonly [K in keyof S]: Tensor }

/**
 * A memory: a pure step function over the algebra, for one example. The controller reads `reading(state)`, computes its hidden
 * vector, and `step` updates the memory with it. Gradients, kernels, batches, freezing and traces come from this alone.
 */
export interface Memory<
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
  /** Weights by group, for a controller with `hidden` units. */
  params(sizes: { hidden: number }, options: ValuesOf<O>): G
  /**
   * Shapes of the state, which starts as zeros. A first axis `before` holds the rows of a growing memory and needs `rows`; a second one
   * too holds something for pairs of rows, and can only be appended to.
   */
  state(sizes: { hidden: number }, options: ValuesOf<O>): S
  rows?(options: ValuesOf<O>): RowRule
  /** What the controller gets, a vector; `undefined` for no memory. */
  reading(state: Named<S>, p: TensorsOf<G>, options: ValuesOf<O>): Tensor | undefined
  /** @param hidden the controller's output of this step, [hidden] */
  step(
    state: Named<S>,
    hidden: Tensor,
    p: TensorsOf<G>,
    options: ValuesOf<O>,
  ): { state: Named<S>; trace?: Readonly<Record<string, Tensor>> }
  /**
   * What stands along the first axis of what is traced (of the state and of `reading` too), where each place has a meaning of its own.
   * A name of two parts, `from → to` or `whole: part`, says that it belongs to its neighbours with the same first part.
   */
  labels?(options: ValuesOf<O>): Readonly<Record<string, readonly string[]>>
  /** Where the memory is a stack: which of the names in its state and trace show it. */
  stack?(sizes: { hidden: number }, options: ValuesOf<O>): StackView
}

export function defineMemory<
  const O extends Options,
  const G extends DeclaredGroups,
  const S extends Record<string, Shape>,
>(memory: Memory<O, G, S>): Memory {
  return memory as unknown as Memory
}
