/**
 * Columns of equally many numbers as bytes, each column whichever way is the shortest: whole numbers in one, two or four bytes each,
 * evenly spaced ones by their first and their step, all others as Float64. They come back to the bit.
 */

const [FLOATS, BYTES, SHORTS, WORDS, LINE] = [0, 1, 2, 3, 4] as const
const LINE_BYTES = 17
const INTEGERS = [
  { tag: BYTES, width: 1, most: 0xff },
  { tag: SHORTS, width: 2, most: 0xffff },
  { tag: WORDS, width: 4, most: 0xffffffff },
] as const

export function packColumns(columns: readonly (readonly number[])[]): Uint8Array {
  const packed = columns.map(packColumn)
  const bytes = new Uint8Array(packed.reduce((sum, column) => sum + column.length, 0))
  let at = 0
  for (const column of packed) {
    bytes.set(column, at)
    at += column.length
  }
  return bytes
}

/** @param length of each column */
export function unpackColumns(bytes: Uint8Array, length: number): number[][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const columns: number[][] = []
  for (let at = 0; at < bytes.length;) {
    const column = new Array<number>(length)
    const read = reader(view, at)
    for (let i = 0; i < length; i++) column[i] = read.value(i)
    columns.push(column)
    at += 1 + (read.width === null ? LINE_BYTES - 1 : read.width * length)
  }
  return columns
}

function reader(view: DataView, at: number): { width: number | null; value: (i: number) => number } {
  const from = at + 1
  switch (view.getUint8(at)) {
    case FLOATS:
      return { width: 8, value: i => view.getFloat64(from + 8 * i, true) }
    case BYTES:
      return { width: 1, value: i => view.getUint8(from + i) }
    case SHORTS:
      return { width: 2, value: i => view.getUint16(from + 2 * i, true) }
    case WORDS:
      return { width: 4, value: i => view.getUint32(from + 4 * i, true) }
    case LINE: {
      const [first, step] = [view.getFloat64(from, true), view.getFloat64(from + 8, true)]
      return { width: null, value: i => first + i * step }
    }
    default:
      throw new RangeError(`numbers packed in an unknown way: ${view.getUint8(at)}`)
  }
}

function packColumn(values: readonly number[]): Uint8Array {
  const { tag, width } = INTEGERS.find(({ most }) => values.every(value => isIndex(value, most))) ?? {
    tag: FLOATS,
    width: 8,
  }
  const line = 1 + width * values.length > LINE_BYTES ? lineOf(values) : null
  if (line) return line
  const packed = new Uint8Array(1 + width * values.length)
  const view = new DataView(packed.buffer)
  packed[0] = tag
  values.forEach((value, i) => {
    const at = 1 + width * i
    if (width === 1) view.setUint8(at, value)
    else if (width === 2) view.setUint16(at, value, true)
    else if (width === 4) view.setUint32(at, value, true)
    else view.setFloat64(at, value, true)
  })
  return packed
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
  return packed
}
