import type { Batch, Carried } from '../devices/device.ts'

/** A stream cut into columns that are read side by side, all but the last of the same length. */
export interface Streams {
  readonly words: Int32Array
  /** What stands before the first word. */
  readonly before: number
  /** Words of a column. */
  readonly length: number
  readonly chunks: readonly Chunk[]
}

/** What a step reads: words from … to - 1 of the first `size` columns. */
export interface Chunk {
  readonly from: number
  readonly to: number
  readonly size: number
}

/** @param columns at most so many @param steps words of a chunk; the chunk in which the last column ends is cut in two */
export function cut(
  words: Int32Array,
  { columns, steps, before }: { columns: number; steps: number; before: number },
): Streams {
  const length = Math.ceil(words.length / columns)
  const full = Math.floor(words.length / length)
  const rest = words.length - full * length
  const ends = new Set([rest, length])
  const chunks: Chunk[] = []
  for (let from = 0; from < length;) {
    const next = Math.min(from - (from % steps) + steps, ...[...ends].filter(end => end > from))
    chunks.push({ from, to: next, size: full + (from < rest ? 1 : 0) })
    from = next
  }
  return { words, before, length, chunks }
}

/** Every word is predicted once, from the one before it: a column's first from the last of the column before. */
export function batchAt(
  { words, before, length }: Streams,
  { from, to, size }: Chunk,
  carried: Carried | null,
): Batch & { readonly next: Int32Array } {
  const symbols = new Int32Array(size * (to - from))
  const next = new Int32Array(size)
  for (let column = 0; column < size; column++) {
    const start = column * length
    for (let k = from; k < to; k++)
      symbols[column * (to - from) + k - from] = start + k === 0 ? before : words[start + k - 1]!
    next[column] = words[start + to - 1]!
  }
  return { size, length: to - from, symbols, next, carried: carried ? firstStreams(carried, size) : undefined }
}

/** The state of the first `size` streams. */
function firstStreams(carried: Carried, size: number): Carried {
  if (carried.size === size) return carried
  return {
    ...carried,
    size,
    states: new Map(
      [...carried.states].map(([name, values]) => [name, values.slice(0, (values.length / carried.size) * size)]),
    ),
  }
}
