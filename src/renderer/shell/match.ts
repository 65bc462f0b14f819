/** A fuzzy match: letters of the pattern in order. Higher is better; null for none. */
export interface Match {
  readonly score: number
  /** Indices of the letters that matched. */ readonly at: readonly number[]
}

/** Words of the pattern may stand in any order; each must match. Beginnings of words and letters in a row count most. */
export function match(pattern: string, text: string): Match | null {
  const words = pattern
    .toLowerCase()
    .split(/\s+/)
    .filter(word => word !== '')
  const at = new Set<number>()
  let score = 0
  for (const word of words) {
    const found = matchWord(word, text)
    if (!found) return null
    score += found.score
    for (const i of found.at) at.add(i)
  }
  return { score: score - text.length * 0.01, at: [...at].sort((a, b) => a - b) }
}

function matchWord(word: string, text: string): Match | null {
  const lower = text.toLowerCase()
  const whole = wholeAt(word, lower)
  if (whole >= 0)
    return { score: word.length * 3 + (begins(lower, whole) ? 6 : 0), at: Array.from(word, (_, i) => whole + i) }
  const at: number[] = []
  let score = 0
  for (const letter of word) {
    const from = (at.at(-1) ?? -1) + 1
    const next = nextOf(letter, lower, from)
    if (next < 0) return null
    score += begins(lower, next) ? 2 : next === from && at.length > 0 ? 1.5 : 0.2
    at.push(next)
  }
  return score >= word.length * 0.9 ? { score, at } : null
}

/** Where the word stands whole; at the beginning of a word if it does anywhere. */
function wholeAt(word: string, text: string): number {
  const first = text.indexOf(word)
  for (let i = first; i >= 0; i = text.indexOf(word, i + 1)) if (begins(text, i)) return i
  return first
}

/** The next place of a letter; the next beginning of a word before any other, if there is one near. */
function nextOf(letter: string, text: string, from: number): number {
  const plain = text.indexOf(letter, from)
  if (plain === from) return plain
  for (let i = plain; i >= 0; i = text.indexOf(letter, i + 1)) if (begins(text, i)) return i
  return plain
}

const begins = (text: string, i: number): boolean => i === 0 || /[\s\-·:/(]/.test(text[i - 1]!)

/** Those that match, best first; all in their order for an empty pattern. */
export function ranked<T>(
  pattern: string,
  items: readonly T[],
  text: (item: T) => string,
): { item: T; at: readonly number[] }[] {
  if (pattern.trim() === '') return items.map(item => ({ item, at: [] }))
  return items
    .flatMap(item => {
      const found = match(pattern, text(item))
      return found ? [{ item, ...found }] : []
    })
    .sort((a, b) => b.score - a.score)
}
