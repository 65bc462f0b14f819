import type { Randomness } from '../randomness.ts'

/** Randomness for tests of this folder, which cannot reach the engine's: a Weyl sequence through MurmurHash3's finisher. */
export function testRandomness(seed: number): Randomness {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  const uniform = (): number => {
    state = (state + 0x9e3779b9) | 0
    let word = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
    return ((word ^ (word >>> 16)) >>> 0) / 0x1_0000_0000
  }
  return { uniform, integer: bound => Math.floor(uniform() * bound) }
}
