const BLOCK = 512
/** Names longer than a path may be are no names. */
const LONGEST_NAME = 64 * 1024

export interface TarBudget {
  /** Entries of any kind. */
  readonly entries: number
  /** Whether a file's content is kept. */
  keeps(name: string): boolean
}

/**
 * The files of a tar archive (POSIX, GNU and older) that are to be kept, in order. The archive comes in pieces; only what is kept stays in
 * memory. @throws Error for what is none, is cut off, or has more entries than it may
 */
export function filesInTar(
  pieces: Iterable<Uint8Array>,
  { entries: most, keeps }: TarBudget,
): { name: string; content: Uint8Array }[] {
  const files: { name: string; content: Uint8Array }[] = []
  const source = new Pieces(pieces)
  let longName: string | undefined
  for (let entries = 0; ; entries++) {
    const block = source.take(BLOCK)
    if (!block || block[0] === 0) return files
    if (entries === most) throw new Error(`it has more than ${most.toLocaleString('en')} entries`)
    const { name, size, type } = headerIn(block)
    const isLong = type === 'x' || type === 'L'
    const isFile = type === '0' || type === '\0'
    if (isLong && size > LONGEST_NAME) throw new Error('it has a name that is too long')
    const kept = isLong || (isFile && keeps(longName ?? name))
    const content = kept ? source.take(size) : source.skip(size)
    if (!content) throw new Error('it ends in the middle of a file')
    if (isFile && kept) files.push({ name: longName ?? name, content })
    longName = isLong ? longNameIn(type, new TextDecoder().decode(content)) : undefined
    source.skip((BLOCK - (size % BLOCK)) % BLOCK)
  }
}

function headerIn(block: Uint8Array): { name: string; size: number; type: string } {
  const text = (from: number, length: number): string => {
    const field = block.subarray(from, from + length)
    const end = field.indexOf(0)
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end))
  }
  let sum = 0
  for (let k = 0; k < BLOCK; k++) sum += k >= 148 && k < 156 ? 32 : block[k]!
  const size = Number.parseInt(text(124, 12).trim(), 8)
  if (Number.parseInt(text(148, 8).trim(), 8) !== sum || !(size >= 0))
    throw new Error('it is no tar archive, or damaged')
  return { name: text(0, 100), size, type: String.fromCharCode(block[156]!) }
}

/** The name of the next file, where it is too long for its own header: in a record `length path=NAME` of POSIX, or all that a GNU entry holds. */
function longNameIn(type: string, content: string): string | undefined {
  if (type === 'L') return content.replace(/\0+$/, '')
  return /^\d+ path=(.*)$/m.exec(content)?.[1]
}

/** Bytes that come in pieces, taken by length. */
class Pieces {
  readonly #source: Iterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array()

  constructor(source: Iterable<Uint8Array>) {
    this.#source = source[Symbol.iterator]()
  }

  /** @returns null where fewer are left */
  take(length: number): Uint8Array | null {
    const parts: Uint8Array[] = []
    return this.#walk(length, part => parts.push(part)) ? Buffer.concat(parts) : null
  }

  /** @returns nothing of them, or null where fewer are left */
  skip(length: number): Uint8Array | null {
    return this.#walk(length, () => {}) ? new Uint8Array() : null
  }

  #walk(length: number, hear: (part: Uint8Array) => void): boolean {
    for (let left = length; left > 0;) {
      if (this.#rest.length === 0) {
        const next = this.#source.next()
        if (next.done) return false
        this.#rest = next.value
        continue
      }
      const part = this.#rest.subarray(0, left)
      hear(part)
      this.#rest = this.#rest.subarray(part.length)
      left -= part.length
    }
    return true
  }
}
