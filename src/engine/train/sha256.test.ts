import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bytesOf, sha256 } from './sha256.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

it('gives the published digests (FIPS 180-4 examples)', () => {
  expect(sha256([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(sha256([text('abc')])).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(sha256([text('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')])).toBe(
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  )
})

it('equals an independent implementation however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), chunks => {
      const reference = createHash('sha256')
      for (const chunk of chunks) reference.update(chunk)
      expect(sha256(chunks)).toBe(reference.digest('hex'))
    }),
    { numRuns: 300 },
  )
})

it('hashes a part of a larger buffer as that part alone', () => {
  const part = new Float32Array(Float32Array.from([1, 2, 3, 4]).buffer, 4, 2)
  expect(sha256([bytesOf(part)])).toBe(sha256([bytesOf(Float32Array.from([2, 3]))]))
})
