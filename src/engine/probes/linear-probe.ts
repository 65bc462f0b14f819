/** Vectors of one width, row by row, with how much each belongs to each class: [count, width] and [count, classes]. */
export interface Labelled {
  readonly count: number
  readonly width: number
  readonly vectors: ArrayLike<number>
  readonly classes: number
  readonly shares: ArrayLike<number>
}

/** The class that a vector most likely belongs to: of the vector that begins at `from`. */
export type LinearProbe = (vectors: ArrayLike<number>, from: number) => number

/** Of the total variance, added to each unit's variance within classes: what is always the same within a class can then be told apart too. */
const RIDGE = 1e-4

/**
 * Linear discriminant analysis (Fisher 1936): classes with means of their own and one covariance. What it tells apart, a linear map with
 * one bias for each class can tell apart. Unchanged, but for the ridge, by any invertible affine map of the vectors.
 */
export function fitProbe({ count, width, vectors, classes, shares }: Labelled): LinearProbe {
  const weights = new Float64Array(classes),
    means = new Float64Array(classes * width),
    mean = new Float64Array(width)
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < classes; c++) {
      const share = shares[i * classes + c]!
      if (share === 0) continue
      weights[c]! += share
      for (let d = 0; d < width; d++) means[c * width + d]! += share * vectors[i * width + d]!
    }
    for (let d = 0; d < width; d++) mean[d]! += vectors[i * width + d]! / count
  }
  for (let c = 0; c < classes; c++) for (let d = 0; d < width; d++) means[c * width + d]! /= weights[c] || 1
  const covariance = within({ count, width, vectors, classes, shares }, means)
  for (let d = 0; d < width; d++) {
    let variance = 0
    for (let i = 0; i < count; i++) variance += (vectors[i * width + d]! - mean[d]!) ** 2 / count
    // A unit that does not change tells nothing, not even by its rounding.
    covariance[d * width + d]! += variance > 1e-12 * mean[d]! ** 2 ? RIDGE * variance : 1
  }
  const factor = cholesky(covariance, width)
  const known = [...weights.keys()].filter(c => weights[c]! > 0)
  const rules = known.map(c => {
    const slope = solve(factor, width, means.subarray(c * width, (c + 1) * width))
    const level = slope.reduce((sum, value, d) => sum + value * means[c * width + d]!, 0) / 2
    return { c, slope, bias: Math.log(weights[c]! / count) - level }
  })
  return (given, from) => {
    let best = -1,
      highest = -Infinity
    for (const { c, slope, bias } of rules) {
      let score = bias
      for (let d = 0; d < width; d++) score += slope[d]! * given[from + d]!
      if (score > highest) {
        highest = score
        best = c
      }
    }
    return best
  }
}

function within({ count, width, vectors, classes, shares }: Labelled, means: Float64Array): Float64Array {
  const sums = new Float64Array(width * width)
  const centred = new Float64Array(width)
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < classes; c++) {
      const share = shares[i * classes + c]! / count
      if (share === 0) continue
      for (let d = 0; d < width; d++) centred[d] = vectors[i * width + d]! - means[c * width + d]!
      for (let d = 0; d < width; d++)
        for (let e = 0; e <= d; e++) sums[d * width + e]! += share * centred[d]! * centred[e]!
    }
  }
  return sums
}

/** Lower factor of a positive definite matrix, of which the lower half is read. */
function cholesky(matrix: Float64Array, width: number): Float64Array {
  const factor = new Float64Array(width * width)
  for (let d = 0; d < width; d++) {
    for (let e = 0; e <= d; e++) {
      let sum = matrix[d * width + e]!
      for (let k = 0; k < e; k++) sum -= factor[d * width + k]! * factor[e * width + k]!
      factor[d * width + e] = d === e ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / factor[e * width + e]!
    }
  }
  return factor
}

function solve(factor: Float64Array, width: number, right: Float64Array): Float64Array {
  const x = right.slice()
  for (let d = 0; d < width; d++) {
    for (let k = 0; k < d; k++) x[d]! -= factor[d * width + k]! * x[k]!
    x[d]! /= factor[d * width + d]!
  }
  for (let d = width - 1; d >= 0; d--) {
    for (let k = d + 1; k < width; k++) x[d]! -= factor[k * width + d]! * x[k]!
    x[d]! /= factor[d * width + d]!
  }
  return x
}
