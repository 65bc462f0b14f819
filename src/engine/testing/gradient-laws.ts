import { describe, expect, it } from 'vitest'
import { chance, type Chance } from '../chance.ts'
import { Interpreter } from '../devices/interpreter/interpreter.ts'
import { reverse, type Model } from '../model.ts'
import { INPUTS, lively, randomBatch, stringsOf } from './drawn.ts'
import { float64 } from './float64.ts'

/** Steps that slopes are measured with, until two agree: a steep loss needs a small one, rounding speaks for a large one. */
const STEPS = [1e-3, 2.5e-4, 6e-5, 1.5e-5]
/** A kink near a weight is stepped over: the weight is moved by these, one after the other. */
const MOVES = [0, 4e-3, -7e-3, 2.3e-2]
const TOLERANCE = 1e-6
/** Elements of each parameter that are looked at. */
const SAMPLES = 3

/** A function's slope at 0, by fourth-order central differences; null where steps of no size agree, as at a kink. */
export function slopeOf(f: (offset: number) => number, scale: number): number | null {
  const central = (h: number): number => (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
  for (const h of STEPS) {
    const [wide, narrow] = [central(h), central(h / 2)]
    // Richardson: the error of a fourth-order difference falls to a sixteenth.
    const slope = narrow + (narrow - wide) / 15
    if (Math.abs(narrow - wide) < TOLERANCE * Math.max(Math.abs(slope), scale)) return slope
  }
  return null
}

/** Whether the function has the same slope on both sides of 0. */
function isSmooth(f: (offset: number) => number, scale: number): boolean {
  const h = STEPS.at(-1)!
  const side = (step: number): number => (4 * f(step) - f(2 * step) - 3 * f(0)) / (2 * step)
  const [left, right] = [side(-h), side(h)]
  return Math.abs(left - right) < 1e-3 * Math.max(Math.abs(left), Math.abs(right), scale)
}

/**
 * Where the derived gradients of a model differ from what its loss does, in words; empty where they are right. Both in float64.
 * Kinks (relu, minimum, maximum) near a weight are stepped over.
 * @param seed of the weights
 */
export function gradientFaults(model: Model, seed: number, size: number, length: number): string[] {
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]))
  const interpreter = new Interpreter(model, float64)
  const weights = new Map([...lively(model, seed)].map(([name, values]) => [name, Float64Array.from(values)]))
  const read = (name: string) => ({ values: weights.get(name)!, shape: shapes.get(name)! })
  const strings = stringsOf(randomBatch(size, length, INPUTS, 11))
  const reversed = reverse(model, new Set(shapes.keys()))
  const derive = (): ReadonlyMap<string, Float64Array> => interpreter.gradients(strings, read, reversed).gradients
  const loss = (): number => interpreter.score(strings, read).nats.reduce((a, b) => a + b, 0) / size
  const gradients = derive()
  const scale = 1e-3 * Math.max(...[...gradients.values()].flatMap(values => [...values].map(Math.abs)))

  const faultAt = (name: string, k: number): string | null => {
    const values = weights.get(name)!
    const kept = values[k]!
    try {
      for (const move of MOVES) {
        const own = kept + move
        const at = (offset: number): number => {
          values[k] = own + offset
          return loss()
        }
        const slope = slopeOf(at, scale)
        values[k] = own
        const derived = (move === 0 ? gradients : derive()).get(name)?.[k] ?? 0
        if (slope !== null && Math.abs(derived - slope) < TOLERANCE * Math.max(Math.abs(slope), scale)) return null
        if (slope !== null && isSmooth(at, scale)) return wrong(`${name}[${k}]`, derived, slope)
      }
      return `${name}[${k}]: the loss has no slope at any of ${MOVES.length} weights near ${kept}: it jumps, or bends everywhere. Look for greater, equal or where on values that change with the weights, or for numbers that are not finite.`
    } finally {
      values[k] = kept
    }
  }
  return [...weights].flatMap(
    ([name, values]) => notFinite(name, gradients.get(name)) ?? sampled(values, chance(5), k => faultAt(name, k)),
  )
}

function sampled(values: Float64Array, draw: Chance, faultAt: (k: number) => string | null): string[] {
  return Array.from({ length: SAMPLES }, () => faultAt(draw.integer(values.length))).filter(fault => fault !== null)
}

const notFinite = (name: string, gradient: Float64Array | undefined): string[] | undefined =>
  gradient?.every(Number.isFinite) === false
    ? [`${name}: its gradient is not finite. Look for log, sqrt or a division at zero, or exp of something large.`]
    : undefined

const wrong = (where: string, derived: number, slope: number): string =>
  `${where}: the derived gradient is ${derived}, but the loss rises by ${slope} for each unit of that weight. Measured steps agree with each other, so no kink is to blame: look for detach where a gradient should pass, or for a gradient in the algebra that is not that of its function.`

/** The derived reverse graph against differences of the forward graph, both in float64. */
export function gradientLaws(name: string, model: Model): void {
  describe(`gradients of ${name}`, () => {
    it.each([
      [1, 1],
      [2, 6],
    ])('equal finite differences for %i strings of length %i', (size, length) => {
      expect(gradientFaults(model, 7, size, length)).toEqual([])
    })
  })
}

/** Parameters that none of the models that have them makes use of, in words: their gradient is zero throughout. */
export function unusedParameters(models: readonly Model[]): string[] {
  const names = new Set<string>(),
    used = new Set<string>()
  for (const model of models) {
    const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]))
    const weights = lively(model, 7)
    const { gradients } = new Interpreter(model, float64).gradients(
      stringsOf(randomBatch(2, 6, INPUTS, 11)),
      name => ({ values: Float64Array.from(weights.get(name)!), shape: shapes.get(name)! }),
      reverse(model, new Set(shapes.keys())),
    )
    for (const name of shapes.keys()) {
      names.add(name)
      if (gradients.get(name)?.some(value => value !== 0)) used.add(name)
    }
  }
  return [...names]
    .filter(name => !used.has(name))
    .map(
      name =>
        `${name} is declared, but its gradient is zero in every example: the step does not use it, or nothing reaches it through a detach, greater or equal.`,
    )
}
