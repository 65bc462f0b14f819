const UTF16 = [
  [0xff, 0xfe],
  [0xfe, 0xff],
] as const

/** A text's bytes read, its byte order mark left out; or what is wrong with them, and where. */
export function utf8(
  bytes: Uint8Array,
): { readonly text: string; readonly problem: null } | { readonly text: ''; readonly problem: string } {
  const [first, second] = bytes
  const isUtf16 =
    UTF16.some(mark => mark.every((byte, i) => bytes[i] === byte)) ||
    (bytes.length >= 2 && (first === 0) !== (second === 0))
  if (isUtf16) return { text: '', problem: 'this is UTF-16: save it anew as UTF-8' }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), problem: null }
  } catch {
    return { text: '', problem: firstProblem(bytes) }
  }
}

const encoder = new TextEncoder()
const REPLACEMENT = '\ufffd'

function firstProblem(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  let [offset, from] = [0, 0]
  for (;;) {
    const at = text.indexOf(REPLACEMENT, from)
    if (at < 0) return 'it holds bytes that are none'
    offset += encoder.encode(text.slice(from, at)).length
    // The character itself may stand in a sound text.
    const isWritten = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd
    if (!isWritten) {
      const line = text.slice(0, at).split('\n').length
      const hex = (bytes[offset] ?? 0).toString(16).toUpperCase().padStart(2, '0')
      return `byte ${offset + 1}, 0x${hex} in line ${line}, belongs to no character; texts in Latin-1 or Windows-1252 must be saved anew`
    }
    offset += 3
    from = at + 1
  }
}
