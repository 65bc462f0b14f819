const ROUNDS = 64
const BLOCK = 64

/** The first 32 bits of the fractional part of `root`. */
const fraction = (root: number): number => Math.floor((root - Math.floor(root)) * 0x1_0000_0000) | 0

const PRIMES = firstPrimes(ROUNDS)
const CONSTANTS = Int32Array.from(PRIMES, prime => fraction(Math.cbrt(prime)))
const START = Int32Array.from(PRIMES.slice(0, 8), prime => fraction(Math.sqrt(prime)))

/**
 * SHA-256 (FIPS 180-4) of the concatenation of `chunks`, in hexadecimal. Synchronous and the same in every runtime: some of those
 * that the lab runs in have no global `crypto`.
 */
export function sha256(chunks: Iterable<Uint8Array>): string {
  const hash = START.slice()
  const schedule = new Int32Array(ROUNDS)
  const pending = new Uint8Array(2 * BLOCK)
  let held = 0
  let total = 0
  for (const chunk of chunks) {
    total += chunk.length
    let from = 0
    if (held > 0) {
      from = Math.min(BLOCK - held, chunk.length)
      pending.set(chunk.subarray(0, from), held)
      held += from
      if (held < BLOCK) continue
      compress(hash, schedule, pending, 0)
      held = 0
    }
    for (; from + BLOCK <= chunk.length; from += BLOCK) compress(hash, schedule, chunk, from)
    pending.set(chunk.subarray(from))
    held = chunk.length - from
  }
  finish(hash, schedule, pending, held, total)
  return Array.from(hash, word => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

/** The bytes of a typed array, as they lie in memory. */
export const bytesOf = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

function finish(hash: Int32Array, schedule: Int32Array, pending: Uint8Array, held: number, total: number): void {
  const end = held + 9 <= BLOCK ? BLOCK : 2 * BLOCK
  pending.fill(0, held, end)
  pending[held] = 0x80
  new DataView(pending.buffer).setBigUint64(end - 8, BigInt(total) * 8n)
  for (let at = 0; at < end; at += BLOCK) compress(hash, schedule, pending, at)
}

function compress(hash: Int32Array, w: Int32Array, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const from = at + 4 * i
    w[i] = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!
  }
  for (let i = 16; i < ROUNDS; i++) {
    const early = w[i - 15]!
    const late = w[i - 2]!
    const sigma0 = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3)
    const sigma1 = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10)
    w[i] = (w[i - 16]! + sigma0 + w[i - 7]! + sigma1) | 0
  }
  let a = hash[0]!,
    b = hash[1]!,
    c = hash[2]!,
    d = hash[3]!,
    e = hash[4]!,
    f = hash[5]!,
    g = hash[6]!,
    h = hash[7]!
  for (let i = 0; i < ROUNDS; i++) {
    const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const first = (h + sum1 + ((e & f) ^ (~e & g)) + CONSTANTS[i]! + w[i]!) | 0
    const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const second = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  hash[0]! += a
  hash[1]! += b
  hash[2]! += c
  hash[3]! += d
  hash[4]! += e
  hash[5]! += f
  hash[6]! += g
  hash[7]! += h
}

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n++) if (primes.every(prime => n % prime !== 0)) primes.push(n)
  return primes
}
