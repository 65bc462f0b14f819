import type { TraceTensor } from '../devices/device.ts'

/** Weights of the moves at steps 1 … n, each row-major: `push` and `replace` [n, q, x, r, y], `pop` [n, q, x, r]. Any positive scale, a step its own. */
export interface MoveWeights {
  readonly states: number
  readonly alphabet: number
  readonly steps: number
  readonly push: ArrayLike<number>
  readonly replace: ArrayLike<number>
  readonly pop: ArrayLike<number>
}

/** Which runs there are: options `window` and `bottom` of the memory. */
export interface RunRules {
  readonly window?: number
  readonly sealed?: boolean
}

/** A move of a run: the state that it enters, the symbol on top after it, and the height of the stack after it (the bottom symbol alone: 1). */
export interface RunMove {
  readonly kind: 'push' | 'replace' | 'pop'
  readonly state: number
  readonly symbol: number
  readonly height: number
}

/** The moves that a nondeterministic stack weighed at each step of a traced string; undefined for other memories. */
export function tracedMoves(trace: Readonly<Record<string, TraceTensor>>): MoveWeights | undefined {
  const [push, replace, pop] = ['push', 'replace', 'pop'].map(name => trace[`memory.${name}Weights`])
  if (!push || !replace || !pop) return undefined
  const rows = push.shape[0]!
  const pairs = Math.sqrt(push.shape[1]!),
    states = pop.shape[1]! / pairs
  // Row 0 of a trace is before the first step.
  const steps = ({ data }: TraceTensor): Float32Array => data.subarray(data.length / rows)
  return {
    states,
    alphabet: pairs / states,
    steps: rows - 1,
    push: steps(push),
    replace: steps(replace),
    pop: steps(pop),
  }
}

/**
 * The run of greatest weight among all runs of `steps` moves (Viterbi 1967, over the recurrences of DuSell & Chiang 2020 with the greatest in place
 * of the sum). Time grows with the cube of the steps, or with the steps times the square of the window.
 * @returns its moves, and the logarithm of its weight; undefined when every run has weight 0
 */
export function mostLikelyRun(
  weights: MoveWeights,
  rules: RunRules = {},
): { readonly moves: readonly RunMove[]; readonly logWeight: number } | undefined {
  const search = new Search(weights, rules)
  return search.best()
}

const PUSH = 1,
  REPLACE = 2,
  POP = 3

/** The best run from time i to time j, by the pairs (q,x) below and (r,y) on top, and how it ends. */
interface Cell {
  /** [pair below, pair on top] */
  readonly weight: Float64Array
  readonly last: Uint8Array
  /** Of a replacement, the pair on top before it; of a pop, the time and state in which what it uncovers was on top. */
  readonly from: Int32Array
  readonly time: Int32Array
}

class Search {
  readonly #weights: MoveWeights
  readonly #pairs: number
  readonly #window: number
  readonly #first: number
  readonly #cells = new Map<number, Cell>()
  /** Best runs up to each time (from -1), by the pair on top, and the time and pair on which their top element stands. */
  readonly #ending: { weight: Float64Array; time: Int32Array; pair: Int32Array }[] = []
  /** For the step at hand, [time][pair][state]: the best way from a pair on top back to it by a pop, and the pair that is popped. */
  #popped: { weight: Float64Array; from: Int32Array }[] = []
  readonly #poppedFrom = new Map<number, Int32Array>()

  constructor(weights: MoveWeights, { window = Infinity, sealed = false }: RunRules) {
    this.#weights = weights
    this.#pairs = weights.states * weights.alphabet
    this.#window = window
    this.#first = sealed ? 0 : -1
  }

  best(): { moves: RunMove[]; logWeight: number } | undefined {
    const { steps } = this.#weights
    const start = (): Float64Array => new Float64Array(this.#pairs).fill(-Infinity).with(0, 0)
    const nowhere = (): Int32Array => new Int32Array(this.#pairs).fill(-1)
    for (const _ of [-1, 0]) this.#ending.push({ weight: start(), time: nowhere(), pair: nowhere() })
    if (this.#first < 0) this.#cell(-1, 0).weight[0] = 0
    for (let j = 1; j <= steps; j++) this.#step(j)
    const { weight } = this.#ending[steps + 1]!
    const top = weight.reduce((best, value, pair) => (value > weight[best]! ? pair : best), 0)
    return weight[top] === -Infinity
      ? undefined
      : { moves: withHeights(this.#movesTo(steps, top), this.#weights.alphabet), logWeight: weight[top]! }
  }

  #step(j: number): void {
    const earliest = Math.max(this.#first, j - this.#window)
    this.#popBack(j, earliest)
    for (let i = earliest; i < j; i++) {
      const cell = this.#cell(i, j)
      if (i === j - 1) this.#push(cell, j)
      else this.#replaceAndUncover(cell, i, j)
    }
    const ending = {
      weight: new Float64Array(this.#pairs).fill(-Infinity),
      time: new Int32Array(this.#pairs),
      pair: new Int32Array(this.#pairs),
    }
    for (let i = earliest; i < j; i++) {
      const below = this.#ending[i + 1]!.weight,
        { weight } = this.#cell(i, j)
      for (let pair = 0; pair < this.#pairs; pair++) {
        for (let top = 0; top < this.#pairs; top++) {
          const value = below[pair]! + weight[pair * this.#pairs + top]!
          if (value <= ending.weight[top]!) continue
          ending.weight[top] = value
          ending.time[top] = i
          ending.pair[top] = pair
        }
      }
    }
    this.#ending.push(ending)
  }

  #push({ weight, last }: Cell, j: number): void {
    for (let k = 0; k < weight.length; k++) {
      weight[k] = Math.log(this.#weights.push[(j - 1) * weight.length + k]!)
      last[k] = PUSH
    }
  }

  /** Best ways to leave, by a pop at step j, what was put on top of each pair at each time. */
  #popBack(j: number, earliest: number): void {
    const { states, pop } = this.#weights
    this.#popped = []
    for (let k = Math.max(0, earliest + 1); k <= j - 2; k++) {
      const { weight } = this.#cell(k, j - 1)
      const found = {
        weight: new Float64Array(this.#pairs * states).fill(-Infinity),
        from: new Int32Array(this.#pairs * states),
      }
      for (let pair = 0; pair < this.#pairs; pair++) {
        for (let top = 0; top < this.#pairs; top++) {
          const until = weight[pair * this.#pairs + top]!
          if (until === -Infinity) continue
          for (let state = 0; state < states; state++) {
            const value = until + Math.log(pop[((j - 1) * this.#pairs + top) * states + state]!)
            if (value <= found.weight[pair * states + state]!) continue
            found.weight[pair * states + state] = value
            found.from[pair * states + state] = top
          }
        }
      }
      this.#popped[k] = found
      this.#poppedFrom.set(this.#key(k, j), found.from)
    }
  }

  #replaceAndUncover(cell: Cell, i: number, j: number): void {
    const { states, alphabet, replace } = this.#weights
    const { weight: before } = this.#cell(i, j - 1)
    const offer = (at: number, value: number, kind: number, from: number, time: number): void => {
      if (value <= cell.weight[at]!) return
      cell.weight[at] = value
      cell.last[at] = kind
      cell.from[at] = from
      cell.time[at] = time
    }
    for (let below = 0; below < this.#pairs; below++) {
      for (let old = 0; old < this.#pairs; old++) {
        const until = before[below * this.#pairs + old]!
        if (until === -Infinity) continue
        for (let top = 0; top < this.#pairs; top++)
          offer(
            below * this.#pairs + top,
            until + Math.log(replace[((j - 1) * this.#pairs + old) * this.#pairs + top]!),
            REPLACE,
            old,
            -1,
          )
      }
      for (let k = i + 1; k <= j - 2; k++) {
        const under = this.#cell(i, k).weight,
          popped = this.#popped[k]!.weight
        for (let pair = 0; pair < this.#pairs; pair++) {
          const until = under[below * this.#pairs + pair]!
          if (until === -Infinity) continue
          for (let state = 0; state < states; state++)
            offer(
              below * this.#pairs + state * alphabet + (pair % alphabet),
              until + popped[pair * states + state]!,
              POP,
              pair,
              k,
            )
        }
      }
    }
  }

  #key(i: number, j: number): number {
    return (i + 1) * (this.#weights.steps + 2) + j
  }

  #cell(i: number, j: number): Cell {
    const found = this.#cells.get(this.#key(i, j))
    if (found) return found
    const size = this.#pairs * this.#pairs
    const made: Cell = {
      weight: new Float64Array(size).fill(-Infinity),
      last: new Uint8Array(size),
      from: new Int32Array(size),
      time: new Int32Array(size),
    }
    this.#cells.set(this.#key(i, j), made)
    return made
  }

  /** Moves 1 … j of the best run that ends in `top`. */
  #movesTo(j: number, top: number): { kind: RunMove['kind']; pair: number }[] {
    const moves: { kind: RunMove['kind']; pair: number }[] = []
    const open: { i: number; j: number; below: number; top: number }[] = []
    for (let at = { j, top }; at.j > 0 || (this.#first < 0 && at.j === 0);) {
      const { time, pair } = this.#ending[at.j + 1]!
      const [i, below] = at.j === 0 ? [-1, 0] : [time[at.top]!, pair[at.top]!]
      open.push({ i, j: at.j, below, top: at.top })
      at = { j: i, top: below }
    }
    for (let run = open.pop(); run; run = open.pop()) {
      const { i, below, top: pair } = run
      const at = below * this.#pairs + pair
      const cell = this.#cell(i, run.j)
      if (cell.last[at] === PUSH) moves[run.j - 1] = { kind: 'push', pair }
      else if (cell.last[at] === REPLACE) {
        moves[run.j - 1] = { kind: 'replace', pair }
        open.push({ i, j: run.j - 1, below, top: cell.from[at]! })
      } else if (cell.last[at] === POP) {
        const under = cell.from[at]!,
          time = cell.time[at]!
        moves[run.j - 1] = { kind: 'pop', pair }
        const state = Math.floor(pair / this.#weights.alphabet)
        open.push(
          { i, j: time, below, top: under },
          {
            i: time,
            j: run.j - 1,
            below: under,
            top: this.#poppedFrom.get(this.#key(time, run.j))![under * this.#weights.states + state]!,
          },
        )
      }
    }
    return moves
  }
}

function withHeights(moves: readonly { kind: RunMove['kind']; pair: number }[], alphabet: number): RunMove[] {
  let height = 1
  return moves.map(({ kind, pair }) => {
    height += kind === 'push' ? 1 : kind === 'pop' ? -1 : 0
    return { kind, state: Math.floor(pair / alphabet), symbol: pair % alphabet, height }
  })
}
