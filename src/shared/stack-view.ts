import { z } from 'zod'

const name = z.string()
const count = z.number().int().min(1)

/**
 * How a memory's stack can be seen in what it traces: what stands under which name. The memory declares it; whoever looks at traces goes
 * by it and by no memory's id.
 */
export const StackView = z.discriminatedUnion('kind', [
  /** Stacks in superposition. `actions` [stacks, 3]: shares of push, pop and no-op; `cells` [depth, units]: contents side by side, `widths` units of each stack. */
  z.strictObject({ kind: z.literal('superposition'), actions: name, cells: name, widths: z.array(count) }),
  /** One stack with strengths. `push`, `pop` []: how much; `strengths` [depth], `cells` [depth, units]. */
  z.strictObject({ kind: z.literal('strengths'), push: name, pop: name, strengths: name, cells: name }),
  /** All runs of a pushdown automaton at once. `distribution` [states · alphabet]: weight of all runs by state and symbol on top; runs are forgotten after `window` steps; `sealed`: the bottom symbol is covered for good. */
  z.strictObject({
    kind: z.literal('automaton'),
    distribution: name,
    states: count,
    alphabet: count,
    window: count,
    sealed: z.boolean(),
  }),
])
export type StackView = z.output<typeof StackView>

interface Values {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

/**
 * Push less pop at symbols 1 … n of a traced string, for each stack, from tensors [n + 1, …] by name. None for an automaton, whose
 * runs do several things at once.
 */
export function netMoves(view: StackView, tensor: (name: string) => Values | undefined): Float64Array[] {
  if (view.kind === 'superposition') {
    const {
      shape: [columns = 1, stacks = 0, actions = 3],
      data,
    } = tensor(view.actions) ?? { shape: [], data: [] }
    return Array.from({ length: stacks }, (_, stack) =>
      Float64Array.from({ length: columns - 1 }, (_, t) => {
        const at = ((t + 1) * stacks + stack) * actions
        return data[at]! - data[at + 1]!
      }),
    )
  }
  if (view.kind === 'automaton') return []
  const [push, pop] = [tensor(view.push), tensor(view.pop)]
  return push && pop
    ? [Float64Array.from({ length: push.data.length - 1 }, (_, t) => push.data[t + 1]! - pop.data[t + 1]!)]
    : []
}

/** What a stack holds after each step when so much was pushed, less what was popped; never less than nothing. */
export function depthsOf(moves: ArrayLike<number>): Float64Array {
  let depth = 0
  return Float64Array.from(moves, net => {
    depth = Math.max(0, depth + net)
    return depth
  })
}
