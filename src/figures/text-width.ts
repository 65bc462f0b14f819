/**
 * Widths of letters in hundredths of the font's size: those of DejaVu Sans, the widest of the fonts that figures are set in, so that what has
 * room here has room wherever a file is opened, and a file is the same whoever writes it.
 */
const WIDTHS: Readonly<Record<number, string>> = {
  28: "'ijlIJ",
  32: ' ,.·',
  36: '/:;\\|f-',
  40: '()[]t!r',
  50: '"*_`–',
  53: 'sz?',
  55: 'c',
  60: 'LFkvxyPTYaoe',
  64: 'ESbdghnpqu$0123456789{}K',
  70: 'AVBRXZC',
  79: 'UHNDG&OQ',
  85: 'w#+<=>^~M−×≤≥∞≠±→',
  88: '⊣⊥∅',
  95: '■▢',
  100: 'mW%@…✻',
}
const WIDTH_OF = new Map(
  Object.entries(WIDTHS).flatMap(([width, letters]) => [...letters].map(letter => [letter, Number(width) / 100])),
)
/** Accents over letters and other alphabets. */
const OTHER = 0.66
const WIDE =
  /[\u{1100}-\u{11ff}\u{2e80}-\u{a4cf}\u{ac00}-\u{d7ff}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{1f000}-\u{1ffff}]/u
const MARK = /\p{M}/u
const BOLD = 1.16

/** Width of a text, at least as large as any of the figures' fonts draws it. @param size of the font, pixels */
export function textWidth(text: string, size: number, weight = 400): number {
  let em = 0
  for (const letter of text.normalize('NFC'))
    em += WIDTH_OF.get(letter) ?? (MARK.test(letter) ? 0 : WIDE.test(letter) ? 1 : OTHER)
  return em * size * (weight >= 500 ? BOLD : 1)
}

/** The text, or as much of its beginning as has room. */
export function clipped(text: string, width: number, size: number, weight?: number): string {
  if (textWidth(text, size, weight) <= width) return text
  const letters = [...text]
  while (letters.length > 0 && textWidth(`${letters.join('')}…`, size, weight) > width) letters.pop()
  return `${letters.join('').trimEnd()}…`
}

/** Words in lines of at most this width, all as short as so few lines can be; null where a word is wider. */
export function wrapped(text: string, width: number, size: number, weight?: number): string[] | null {
  const words = text.split(/\s+/).filter(word => word !== '')
  const widths = words.map(word => textWidth(word, size, weight))
  if (widths.some(own => own > width)) return null
  const fewest = greedy(words, width, size, weight)
  if (fewest.length < 2) return fewest
  let [narrow, wide] = [Math.max(...widths), width]
  while (wide - narrow > 1) {
    const middle = (narrow + wide) / 2
    if (greedy(words, middle, size, weight).length > fewest.length) narrow = middle
    else wide = middle
  }
  return greedy(words, wide, size, weight)
}

function greedy(words: readonly string[], width: number, size: number, weight?: number): string[] {
  const lines: string[] = []
  for (const word of words) {
    const longer = lines.length > 0 ? `${lines.at(-1)!} ${word}` : word
    if (lines.length > 0 && textWidth(longer, size, weight) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/** The same where words that are too wide are clipped. */
export const inLines = (text: string, width: number, size: number, weight?: number): string[] =>
  wrapped(
    text
      .split(/\s+/)
      .map(word => clipped(word, width, size, weight))
      .join(' '),
    width,
    size,
    weight,
  ) ?? [clipped(text, width, size, weight)]
