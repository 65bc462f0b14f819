import { depthsOf } from '../../shared/stack-view.ts'
import type { Chance } from '../chance.ts'
import { depthOf, type IdealStack, type PossibleStack } from '../tasks/ideal-stack.ts'
import { fitProbe, type Labelled, type LinearProbe } from './linear-probe.ts'

/**
 * How far a memory does what the ideal stack of its task does, in three parts that know nothing of how the memory codes its contents:
 *
 * - `top`: how well a linear probe of the reading, fitted on other strings, tells the symbol on top (or that there is none): its accuracy,
 *   0 at that of the best constant answer, 1 at that of the best answer that the prefix allows;
 * - `depth`: Pearson correlation of the ideal depth with the memory's, which is what was pushed less what was popped so far, never below 0;
 * - `moves`: cosine of push less pop with the ideal's +1, -1 and 0, step by step: 1 when it always does the same, -1 the reverse.
 *
 * `score` is their mean, parts below 0 counted as 0, parts that cannot be had (null) left out. `chance` is the mean score against ideal
 * stacks that are shifted in time, the probe fitted anew: what a memory scores that has its own rhythm and nothing to do with the task.
 *
 * Limits: it says that a stack can be read off, not that the model uses it. A memory that stores the word by other means can have a high
 * `top`; one that pushes twice for each symbol keeps `depth` and `moves`, one that uses no-op in place of push loses them. A memory of
 * several stacks is judged by the one that fits best. Where the ideal stack is a guess, no memory that commits itself to one stack
 * reaches 1 in `depth` and `moves`.
 */
export interface Fidelity {
  readonly score: number
  readonly chance: number
  readonly top: number | null
  readonly depth: number | null
  readonly moves: number | null
  /** Which of the memory's stacks `depth` and `moves` are of. */
  readonly stack: number
}

/** A string as a memory went through it. */
export interface Observed {
  /** The reading made of the memory after each prefix but the whole string, [symbols, width]. */
  readonly reading: { readonly width: number; readonly values: ArrayLike<number> }
  /** For each stack: push less pop at symbols 1 … n; none where the memory does not say. */
  readonly moves: readonly ArrayLike<number>[]
  /** The ideal after each prefix, [symbols + 1]. */
  readonly ideal: readonly (readonly PossibleStack[])[]
}

/** Readings of more units are not probed: too few steps to fit on. */
const MOST_UNITS = 512
const SHIFTS = 10

/**
 * @param fit strings to fit the probe on @param test others, of a task with `stackSymbols` stack symbols
 * @param random draws the shifts in time that `chance` is made of
 */
export function fidelityOf(
  fit: readonly Observed[],
  test: readonly Observed[],
  { symbols: { length: stackSymbols } }: Pick<IdealStack, 'symbols'>,
  random: Chance,
): Fidelity & { readonly probe: LinearProbe | null } {
  const own = scored(fit.map(expectedOf(stackSymbols)), test.map(expectedOf(stackSymbols)))
  const shifts = Array.from({ length: SHIFTS }, () => {
    const shifted = (string: Expected): Expected => shiftedBy(string, 1 + random.integer(Math.max(1, string.steps - 1)))
    return scored(fit.map(expectedOf(stackSymbols)).map(shifted), test.map(expectedOf(stackSymbols)).map(shifted)).score
  })
  return { ...own, chance: shifts.reduce((sum, score) => sum + score, 0) / SHIFTS }
}

/** A string with what the ideal stack is expected to be, by step: tops [steps, stackSymbols + 1], the last for none. */
interface Expected extends Pick<Observed, 'reading' | 'moves'> {
  readonly steps: number
  readonly classes: number
  readonly tops: Float64Array
  readonly depths: Float64Array
  readonly nets: Float64Array
}

const expectedOf =
  (stackSymbols: number) =>
  ({ reading, moves, ideal }: Observed): Expected => {
    const steps = ideal.length - 1,
      classes = stackSymbols + 1
    const tops = new Float64Array(steps * classes),
      depths = new Float64Array(steps),
      nets = new Float64Array(steps)
    for (let t = 0; t < steps; t++) {
      for (const { stack, probability } of ideal[t]!)
        tops[t * classes + (stack?.symbol ?? stackSymbols)]! += probability
      depths[t] = expectedDepth(ideal[t + 1]!)
      nets[t] = expectedNet(ideal[t + 1]!)
    }
    return { reading, moves, steps, classes, tops, depths, nets }
  }

export const expectedDepth = (possible: readonly PossibleStack[]): number =>
  possible.reduce((sum, { stack, probability }) => sum + probability * depthOf(stack), 0)
const expectedNet = (possible: readonly PossibleStack[]): number =>
  possible.reduce(
    (sum, { move, probability }) => sum + probability * (move === 'push' ? 1 : move === 'pop' ? -1 : 0),
    0,
  )

function shiftedBy(string: Expected, by: number): Expected {
  const turned = (values: Float64Array, width = 1): Float64Array =>
    values.map((_, i) => values[(i + by * width) % values.length]!)
  return {
    ...string,
    tops: turned(string.tops, string.classes),
    depths: turned(string.depths),
    nets: turned(string.nets),
  }
}

function scored(
  fit: readonly Expected[],
  test: readonly Expected[],
): Omit<Fidelity, 'chance'> & { readonly probe: LinearProbe | null } {
  const { top, probe } = topOf(fit, test)
  const stacks = Math.min(...test.map(({ moves }) => moves.length))
  const each = Array.from({ length: stacks }, (_, stack) => ({
    stack,
    depth: depthFit(test, stack),
    moves: movesFit(test, stack),
  }))
  const best = each.reduce(
    (a, b) => ((b.depth ?? 0) + (b.moves ?? 0) > (a.depth ?? 0) + (a.moves ?? 0) ? b : a),
    each[0] ?? { stack: 0, depth: null, moves: null },
  )
  const parts = [top, best.depth, best.moves].filter(part => part !== null)
  const score = parts.length === 0 ? 0 : parts.reduce((sum, part) => sum + Math.max(0, part), 0) / parts.length
  return { score, top, ...best, probe }
}

function topOf(fit: readonly Expected[], test: readonly Expected[]): { top: number | null; probe: LinearProbe | null } {
  const known = pooled(fit),
    asked = pooled(test)
  if (known.width === 0 || known.width > MOST_UNITS || known.count === 0 || asked.count === 0)
    return { top: null, probe: null }
  const probe = fitProbe(known)
  const { count, width, classes, vectors, shares } = asked
  const often = frequent(known)
  let right = 0,
    constant = 0,
    best = 0
  for (let i = 0; i < count; i++) {
    right += shares[i * classes + probe(vectors, i * width)]!
    constant += shares[i * classes + often]!
    best += Math.max(...Array.from({ length: classes }, (_, c) => shares[i * classes + c]!))
  }
  return { top: best - constant > 1e-9 * count ? (right - constant) / (best - constant) : null, probe }
}

/** All steps at which the ideal stack is known. */
function pooled(strings: readonly Expected[]): Labelled {
  const width = strings[0]?.reading.width ?? 0,
    classes = strings[0]?.classes ?? 1
  const vectors: number[] = [],
    shares: number[] = []
  for (const {
    reading: { values },
    tops,
    steps,
  } of strings) {
    for (let t = 0; t < steps; t++) {
      const own = tops.subarray(t * classes, (t + 1) * classes)
      if (!own.some(share => share > 0)) continue
      for (let d = 0; d < width; d++) vectors.push(values[t * width + d]!)
      shares.push(...own)
    }
  }
  return { count: shares.length / classes, width, vectors, classes, shares }
}

function frequent({ count, classes, shares }: Labelled): number {
  const sums = new Float64Array(classes)
  for (let i = 0; i < count * classes; i++) sums[i % classes]! += shares[i]!
  return sums.indexOf(Math.max(...sums))
}

function depthFit(strings: readonly Expected[], stack: number): number | null {
  const own = strings.flatMap(({ moves }) => [...depthsOf(moves[stack]!)]),
    ideal = strings.flatMap(({ depths }) => [...depths])
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [a, b] = [mean(own), mean(ideal)]
  return cosine(
    own.map(value => value - a),
    ideal.map(value => value - b),
  )
}

const movesFit = (strings: readonly Expected[], stack: number): number | null =>
  cosine(
    strings.flatMap(({ moves }) => Array.from(moves[stack]!)),
    strings.flatMap(({ nets }) => [...nets]),
  )

/** 0 for a memory of which all numbers are 0; null where the ideal's are. */
function cosine(own: readonly number[], ideal: readonly number[]): number | null {
  let product = 0,
    a = 0,
    b = 0
  own.forEach((value, i) => {
    product += value * ideal[i]!
    a += value * value
    b += ideal[i]! ** 2
  })
  if (b <= 1e-12 * ideal.length) return null
  return a <= 1e-12 * own.length ? 0 : product / Math.sqrt(a * b)
}
