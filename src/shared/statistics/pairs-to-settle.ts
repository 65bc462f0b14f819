import { mean } from './mean.ts'
import { ascending, checkMeasurements } from './measurements.ts'
import { pairsToExcludeZero, type PairsNeeded } from './pairs-needed.ts'
import { standardDeviation } from './standard-deviation.ts'

/** From here on the exact test is as good as Student's, and counting its patterns takes long. */
const FEW = 14
/** Studies played for each number of pairs: the chance is known to ± .01. */
const STUDIES = 2000

/**
 * How many pairs until the exact sign-flip test of the mean difference gives a two-sided p of at most `level` with the given chance, assuming
 * that differences are normal and keep the mean and standard deviation of the sample. So few pairs can only give so many p-values: Student's
 * formula promises too much there, so that up to 14 pairs the test itself is played out.
 * @returns null for fewer than 2 pairs or infinite differences
 */
export function pairsToSettle(
  differences: readonly number[],
  { level = 0.05, power = 0.8 }: { level?: number; power?: number } = {},
): PairsNeeded | null {
  const spread = standardDeviation(checkMeasurements(differences, 'differences'))
  if (spread === null) return null
  const rough = pairsToExcludeZero(differences, { confidence: 1 - level, power })!.total
  const effect = spread === 0 ? Infinity : Math.abs(mean(differences)!) / spread
  // The smallest p is 2 / 2^n.
  const fewest = Math.ceil(Math.log2(2 / level) - 1e-9)
  let total = Math.max(fewest, Math.min(rough - 1, FEW))
  while (total <= FEW && powerOf(total, effect, level) < power) total++
  if (total > FEW) total = Math.max(total, rough)
  return { total, further: Math.max(0, total - differences.length) }
}

const KEPT = 10_000
const kept = new Map<string, number>()

/** The chance that so many pairs with this mean, in standard deviations to two places, settle the test. Always the same studies are played. */
function powerOf(pairs: number, effect: number, level: number): number {
  const key = `${pairs} ${effect.toFixed(2)} ${level}`
  const known = kept.get(key)
  if (known !== undefined) return known
  if (kept.size >= KEPT) kept.clear()
  const power = playedPower(pairs, effect === Infinity ? effect : Number(effect.toFixed(2)), level)
  kept.set(key, power)
  return power
}

function playedPower(pairs: number, effect: number, level: number): number {
  const normal = normals()
  const most = level * 2 ** (pairs - 1)
  let settled = 0
  for (let i = 0; i < STUDIES; i++) {
    const differences = Array.from({ length: pairs }, () => (effect === Infinity ? 1 : effect + normal()))
    if (patternsAsFar(differences, most) <= most) settled++
  }
  return settled / STUDIES
}

/** In how many ways signs can be flipped so that the sum is at least as far above 0 as seen is away from it; counting ends above `most`. */
function patternsAsFar(differences: readonly number[], most: number): number {
  const sizes = ascending(differences.map(Math.abs))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  // Flipping positive signs takes twice their size off the sum.
  const room = (total - Math.abs(differences.reduce((sum, d) => sum + d, 0))) / 2 + total * 1e-12
  let found = 1
  const flip = (from: number, left: number): void => {
    for (let i = from; i < sizes.length && sizes[i]! <= left && found <= most; i++) {
      found++
      flip(i + 1, left - sizes[i]!)
    }
  }
  flip(0, room)
  return found
}

/** Standard normal draws, two at a time (Box & Muller 1958). */
function normals(): () => number {
  const uniform = uniforms()
  let spare: number | null = null
  return () => {
    if (spare !== null) {
      const value = spare
      spare = null
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
    const angle = 2 * Math.PI * uniform()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}

/** Uniform draws, always the same: a Weyl sequence through MurmurHash3's finisher. */
function uniforms(): () => number {
  let state = 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let word = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
    return ((word ^ (word >>> 16)) >>> 0) / 0x1_0000_0000
  }
}
