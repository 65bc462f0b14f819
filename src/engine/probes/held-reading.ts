import type { TraceTensor } from '../devices/device.ts'
import type { Weights } from '../train/weights.ts'

const READING = 'controller.reading.weights'
const BIAS = 'controller.input.bias'

/** Whether a controller with these weights reads a memory. */
export const readsMemory = (weights: Weights): boolean => weights.has(READING)

/**
 * The same model with its reading held at a constant vector, so that the controller is told nothing by the memory: what the constant adds to
 * the first layer goes into its bias, and the weights of the reading become zero ("mean ablation", as in Wang et al. 2022, arXiv:2211.00593).
 * @param constant [reading]
 */
export function heldReading(weights: Weights, constant: ArrayLike<number>): Weights {
  const [own, bias] = [weights.get(READING)!, weights.get(BIAS)!]
  const width = constant.length
  const shifted = bias.map((value, row) => {
    let sum = value
    for (let column = 0; column < width; column++) sum += own[row * width + column]! * constant[column]!
    return sum
  })
  return new Map(weights).set(READING, new Float32Array(own.length)).set(BIAS, shifted)
}

/** Means of the readings that the steps of some strings were given, [reading]. @param readings `memory.reading` of their traces, [n + 1, …] */
export function meanReading(readings: readonly TraceTensor[]): Float64Array {
  const width = readings[0]!.shape.slice(1).reduce((size, side) => size * side, 1)
  const sums = new Float64Array(width)
  let steps = 0
  for (const { shape, data } of readings) {
    // Row t is what step t was given; row 0 stands before the first.
    for (let at = width; at < shape[0]! * width; at++) sums[at % width]! += data[at]!
    steps += shape[0]! - 1
  }
  return sums.map(sum => (steps === 0 ? 0 : sum / steps))
}
