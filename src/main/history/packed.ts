/**
 * Columns of numbers as bytes, whichever way is the shortest: whole numbers in one, two or four bytes each, evenly spaced ones by their
 * first and their step, all others as Float64. They come back to the bit.
 */

const [FLOATS, BYTES, SHORTS, WORDS, LINE] = [0, 1, 2, 3, 4] as const
const LINE_BYTES = 21
const LIMITS = [
  [BYTES, 1, 0xff],
  [SHORTS, 2, 0xffff],
  [WORDS, 4, 0xffffffff],
] as const

export function packNumbers(values: readonly number[]): Uint8Array {
  const integers = LIMITS.find(([, , most]) => values.every(value => isIndex(value, most)))
  const width = integers?.[1] ?? 8
  const line = 1 + width * values.length > LINE_BYTES ? lineOf(values) : null
  if (line) return line
  const packed = new Uint8Array(1 + width * values.length)
  const view = new DataView(packed.buffer)
  packed[0] = integers?.[0] ?? FLOATS
  values.forEach((value, i) => {
    const at = 1 + width * i
    if (width === 1) view.setUint8(at, value)
    else if (width === 2) view.setUint16(at, value, true)
    else if (width === 4) view.setUint32(at, value, true)
    else view.setFloat64(at, value, true)
  })
  return packed
}

export function unpackNumbers(packed: Uint8Array): number[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const column = (width: number, read: (at: number) => number): number[] =>
    Array.from({ length: (packed.length - 1) / width }, (_, i) => read(1 + width * i))
  switch (packed[0]) {
    case FLOATS:
      return column(8, at => view.getFloat64(at, true))
    case BYTES:
      return column(1, at => view.getUint8(at))
    case SHORTS:
      return column(2, at => view.getUint16(at, true))
    case WORDS:
      return column(4, at => view.getUint32(at, true))
    case LINE: {
      const [first, step] = [view.getFloat64(1, true), view.getFloat64(9, true)]
      return Array.from({ length: view.getUint32(17, true) }, (_, i) => first + i * step)
    }
    default:
      throw new RangeError(`numbers packed in an unknown way: ${packed[0]}`)
  }
}

/** -0 is no whole number here: it would not come back. */
const isIndex = (value: number, most: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= most && !Object.is(value, -0)

function lineOf(values: readonly number[]): Uint8Array | null {
  const [first, second] = [values[0]!, values[1]!]
  const step = second - first
  if (!values.every((value, i) => Object.is(value, first + i * step))) return null
  const packed = new Uint8Array(LINE_BYTES)
  const view = new DataView(packed.buffer)
  packed[0] = LINE
  view.setFloat64(1, first, true)
  view.setFloat64(9, step, true)
  view.setUint32(17, values.length, true)
  return packed
}
