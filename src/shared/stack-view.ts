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
  z.strictObject({ kind: z.literal('automaton'), distribution: name, states: count, alphabet: count, window: count, sealed: z.boolean() }),
])
export type StackView = z.output<typeof StackView>
