import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** The one source of randomness: passed as an argument, forked by name, saved with checkpoints. */
export interface Chance {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number
  /** Uniform in 0 … bound-1, without bias. */
  integer(bound: number): number
  /** An independent stream that depends only on how this one was made and on `name`, not on what was drawn from it. */
  fork(name: string): Chance
  /** Everything needed to go on from here. */
  save(): SavedChance
}

export interface SavedChance {
  readonly origin: number
  readonly state: readonly number[]
}

/** @param seed a whole number from 0 to 2^32 - 1 */
export function chance(seed: number): Chance {
  const generator = xoroshiro128plus(mix(seed >>> 0, 'start') | 0)
  // The library spreads 32 bits over a 128-bit state; its first numbers still show the seed's pattern.
  for (let i = 0; i < 16; i++) generator.next()
  return build(seed >>> 0, generator)
}

export function restoreChance({ origin, state }: SavedChance): Chance {
  return build(origin, xoroshiro128plusFromState(state))
}

function build(origin: number, generator: ReturnType<typeof xoroshiro128plus>): Chance {
  const word = (): number => generator.next() >>> 0
  return {
    uniform: () => ((word() >>> 5) * 0x400_0000 + (word() >>> 6)) / 0x20_0000_0000_0000,
    integer(bound) {
      const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound)
      let drawn = word()
      while (drawn >= limit) drawn = word()
      return drawn % bound
    },
    fork: name => chance(mix(origin, name)),
    save: () => ({ origin, state: [...generator.getState()] }),
  }
}

/** 32-bit mixture of a seed and a name: FNV-1a over the name, finished as MurmurHash3 does. */
function mix(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) >>> 0
  for (const unit of name) hash = Math.imul(hash ^ unit.codePointAt(0)!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
