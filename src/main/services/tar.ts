const BLOCK = 512

/** The regular files of a tar archive (POSIX, GNU and older), in order. @throws Error for what is none */
export function filesInTar(bytes: Uint8Array): { name: string; content: Uint8Array }[] {
  const files: { name: string; content: Uint8Array }[] = []
  const text = (from: number, length: number): string => {
    const field = bytes.subarray(from, from + length)
    const end = field.indexOf(0)
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end))
  }
  let longName: string | undefined
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0;) {
    const sum = bytes.subarray(at, at + BLOCK).reduce((total, byte, k) => total + (k >= 148 && k < 156 ? 32 : byte), 0)
    const size = Number.parseInt(text(at + 124, 12).trim(), 8)
    if (Number.parseInt(text(at + 148, 8).trim(), 8) !== sum || !(size >= 0))
      throw new Error('it is no tar archive, or damaged')
    if (at + BLOCK + size > bytes.length) throw new Error('it ends in the middle of a file')
    const type = String.fromCharCode(bytes[at + 156]!)
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size)
    if (type === '0' || type === '\0') files.push({ name: longName ?? text(at, 100), content })
    longName = longNameIn(type, new TextDecoder().decode(type === 'x' || type === 'L' ? content : new Uint8Array()))
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}

/** The name of the next file, where it is too long for its own header: in a record `length path=NAME` of POSIX, or all that a GNU entry holds. */
function longNameIn(type: string, content: string): string | undefined {
  if (type === 'L') return content.replace(/\0+$/, '')
  return /^\d+ path=(.*)$/m.exec(content)?.[1]
}
