/** Words for some numbers, as an option declares them: `{ 'no limit': 1_000_000 }`. */
export type Words = Readonly<Record<string, number>>

/** What a field shows of what stands at its path: text that is no number as it is. */
export function numberText(value: unknown, words: Words = {}): string {
  if (value === null || value === undefined) return ''
  return Object.entries(words).find(([, number]) => number === value)?.[0] ?? String(value)
}

/** What is meant by a text. @returns undefined: nothing; null: the beginning of a word, which may still become one */
export function numberFrom(text: string, words: Words = {}): number | string | undefined | null {
  const said = text.trim().replace(/\s+/g, ' ').toLowerCase()
  if (said === '') return undefined
  if (!Number.isNaN(Number(said))) return Number(said)
  const word = Object.keys(words).find(one => one.startsWith(said))
  if (word === said) return words[word]!
  return word === undefined ? text : null
}
