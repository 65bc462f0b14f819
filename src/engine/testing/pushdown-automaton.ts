/** A pushdown automaton run move by move: the slow twin of the memories that sum over all runs, and of the search for the best one. */

export type Move =
  | { readonly kind: 'push' | 'replace'; readonly state: number; readonly symbol: number }
  | { readonly kind: 'pop'; readonly state: number }

/** `pushedAt`: the step that pushed the element, 0 for the bottom one. */
export interface Element {
  readonly symbol: number
  readonly pushedAt: number
}
/** `start`: the pair of state and symbol that it began in, 0 for the one that the automaton begins in. */
export interface Run {
  readonly start: number
  readonly state: number
  readonly stack: readonly Element[]
  readonly moves: readonly Move[]
  /** Column of the move at each step. */ readonly used: readonly { row: number; column: number }[]
}

export interface Rules {
  readonly states: number
  readonly alphabet: number
  readonly window?: number
  readonly sealed?: boolean
}

/** Moves from one state and symbol in the order of the study: all pushes, all replacements, all pops. */
export function movesOf({ states: Q, alphabet: S }: Rules): Move[] {
  const pairs = Array.from({ length: Q * S }, (_, k) => ({ state: Math.floor(k / S), symbol: k % S }))
  return [
    ...pairs.map(pair => ({ kind: 'push' as const, ...pair })),
    ...pairs.map(pair => ({ kind: 'replace' as const, ...pair })),
    ...Array.from({ length: Q }, (_, state) => ({ kind: 'pop' as const, state })),
  ]
}

/** All runs of exactly `steps` moves from one pair of state and bottom symbol, or from several. */
export function runsOf(rules: Rules, steps: number, starts: readonly number[] = [0]): Run[] {
  if (steps === 0)
    return starts.map(start => ({
      start,
      state: Math.floor(start / rules.alphabet),
      stack: [{ symbol: start % rules.alphabet, pushedAt: 0 }],
      moves: [],
      used: [],
    }))
  const moves = movesOf(rules)
  return runsOf(rules, steps - 1, starts).flatMap(run =>
    moves.flatMap((move, column) => {
      const stack = after(run.stack, move, steps)
      if (stack.length === 0 || !mayStand(stack, rules, steps)) return []
      const row = run.state * rules.alphabet + run.stack.at(-1)!.symbol
      return [
        {
          start: run.start,
          state: move.state,
          stack,
          moves: [...run.moves, move],
          used: [...run.used, { row, column }],
        },
      ]
    }),
  )
}

function after(stack: readonly Element[], move: Move, step: number): readonly Element[] {
  if (move.kind === 'push') return [...stack, { symbol: move.symbol, pushedAt: step }]
  if (move.kind === 'pop') return stack.slice(0, -1)
  return stack.with(-1, { symbol: move.symbol, pushedAt: stack.at(-1)!.pushedAt })
}

function mayStand(stack: readonly Element[], { window = Infinity, sealed = false }: Rules, step: number): boolean {
  const { pushedAt } = stack.at(-1)!
  return pushedAt - 1 >= step - window && !(sealed && pushedAt === 0)
}
