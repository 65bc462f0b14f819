import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LabError } from '../errors.ts'
import { decodeFrame, encodeFrame } from './frame.ts'

const number = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0), fc.integer())
const key = fc.oneof(fc.string(), fc.constantFrom('$', '$$', '$f8', 'constructor', '__proto__'))
const arrays = fc.oneof(
  fc.float64Array({ maxLength: 20 }),
  fc.float32Array({ maxLength: 20 }),
  fc.int32Array({ maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }),
)
const value = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    number,
    fc.boolean(),
    fc.constant(null),
    arrays,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map(entries => Object.fromEntries(entries)),
  ),
})).value

/** As bytes that come off a socket lie: anywhere in a larger buffer. */
function moved(frame: Uint8Array, by: number): Uint8Array {
  const buffer = new Uint8Array(frame.length + by)
  buffer.set(frame, by)
  return buffer.subarray(by)
}

describe('frames', () => {
  it('give back what was put in, wherever they lie in memory', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 9 }), (given, by) => {
        const lying = moved(encodeFrame(given), by)
        expect(isDeepStrictEqual(decodeFrame(lying), given)).toBe(true)
        expect(isDeepStrictEqual(decodeFrame(Buffer.from(lying.buffer, lying.byteOffset, lying.length)), given)).toBe(
          true,
        )
      }),
    )
  })

  it('keep every bit of a number', () => {
    const numbers = [NaN, -0, Infinity, -Infinity, 5e-324, 0.1, Number.MAX_VALUE]
    const back = decodeFrame(encodeFrame(numbers)) as number[]
    back.forEach((n, i) => expect(Object.is(n, numbers[i])).toBe(true))
  })

  it('leave undefined out of records', () => {
    expect(decodeFrame(encodeFrame({ a: undefined, b: [undefined] }))).toStrictEqual({ b: [null] })
  })

  it('set no prototype', () => {
    const back = decodeFrame(encodeFrame(JSON.parse('{"$a":1,"__proto__":{"polluted":true}}'))) as Record<
      string,
      unknown
    >
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(back.polluted).toBeUndefined()
  })

  it.each([
    ['a function', () => 1],
    ['a map', new Map()],
    ['a date', new Date(0)],
    ['a bigint', 1n],
    ['a loop', loop()],
  ])('refuse %s', (_, bad) => {
    expect(() => encodeFrame({ bad })).toThrow(TypeError)
  })

  it('carry a million numbers as they are', () => {
    const floats = Float32Array.from({ length: 1_000_000 }, (_, i) => Math.sin(i))
    const frame = encodeFrame({ floats })
    expect(frame.length).toBeLessThan(4_000_100)
    expect(decodeFrame(frame)).toStrictEqual({ floats })
  })

  it('fail with bad-frame, whatever the bytes', () => {
    const frame = encodeFrame({ a: Float64Array.of(1, 2), b: [{ $: 'x' }] })
    const broken = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.integer({ min: 0, max: frame.length - 1 }), fc.integer({ min: 0, max: 255 }))
        .map(([at, byte]) => frame.map((b, i) => (i === at ? byte : b))),
      fc.integer({ min: 0, max: frame.length - 1 }).map(length => frame.slice(0, length)),
    )
    fc.assert(
      fc.property(broken, bytes => {
        try {
          decodeFrame(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(LabError)
          expect((error as LabError).code).toBe('bad-frame')
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['an array past the end', { $: ['f8', 0, 1e9] }],
    ['a negative offset', { $: ['u1', -8, 1] }],
    ['an unknown array', { $: ['f2', 0, 0] }],
    ['an inherited kind', { $: ['constructor', 0, 0] }],
    ['an inherited number', { $: 'toString' }],
    ['no tag', { $: {} }],
  ])('refuse %s', (_, tag) => {
    const json = new TextEncoder().encode(JSON.stringify(tag))
    const frame = new Uint8Array(4 + json.length)
    new DataView(frame.buffer).setUint32(0, json.length, true)
    frame.set(json, 4)
    expect(() => decodeFrame(frame)).toThrow(expect.objectContaining({ code: 'bad-frame' }))
  })

  it('refuse nesting that would exhaust the stack', () => {
    const json = new TextEncoder().encode(`${'['.repeat(100_000)}"$"${']'.repeat(100_000)}`)
    const frame = new Uint8Array(4 + json.length)
    new DataView(frame.buffer).setUint32(0, json.length, true)
    frame.set(json, 4)
    expect(() => decodeFrame(frame)).toThrow(expect.objectContaining({ code: 'bad-frame' }))
  })
})

function loop(): unknown {
  const a: unknown[] = []
  a.push(a)
  return a
}
