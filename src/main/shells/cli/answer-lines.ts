import type { Answer } from '../../../shared/answer.ts'
import { plain } from './words.ts'

/** A whole answer has no more lines than this: it does not scroll away. */
export const MOST_LINES = 8

/**
 * The answer for a terminal: the headline, a line a range, and where to read on. Ranges that say the same are one; what does not fit is said
 * to be left out, and never cut within a sentence.
 * @param more what to do to see all; nothing where it is seen
 */
export function answerLines(answer: Answer, width: number, more = ''): string[] {
  const last = more === '' ? [] : wrapped(plain(more), width)
  const head = wrapped(plain(answer.headline), width)
  const room = Math.max(1, MOST_LINES - last.length)
  if (head.length >= room) return [...head.slice(0, room), ...last]
  const left = room - head.length
  const whole = laidOut(
    merged(answer.ranges, ({ lead, rest }) => `${lead}${rest}`),
    width,
  )
  // Who comes how far on every range says more than all of it on some.
  const told =
    whole.flat().length <= left
      ? whole
      : laidOut(
          merged(answer.ranges, ({ lead }) => `${lead}.`),
          width,
        )
  const shown = fitting(told, left)
  const rest = told.length - shown.length
  // The line that says so needs a place, too.
  const kept = rest === 0 ? shown : fitting(told, left - 1)
  const omitted = told.length - kept.length
  return [
    ...head,
    ...kept.flat(),
    ...(omitted === 0 ? [] : [`… and ${omitted === 1 ? 'one more range' : `${omitted} more ranges`}.`]),
    ...last,
  ]
}

/** A block of lines a range, its name before the first. */
function laidOut(ranges: readonly { title: string; text: string }[], width: number): string[][] {
  const indent = Math.min(24, Math.max(0, ...ranges.map(({ title }) => [...title].length))) + 2
  return ranges.map(({ title, text }) =>
    wrapped(text, Math.max(20, width - indent)).map(
      (line, i) => `${i === 0 ? cell(title, indent) : ' '.repeat(indent)}${line}`,
    ),
  )
}

/** As many from the first as have room. */
function fitting(blocks: readonly string[][], room: number): string[][] {
  const kept: string[][] = []
  let used = 0
  for (const block of blocks) {
    used += block.length
    if (used > room) break
    kept.push(block)
  }
  return kept
}

/** Neighbours that say the same as one: "from 41–80". */
function merged(
  ranges: Answer['ranges'],
  textOf: (range: Answer['ranges'][number]) => string,
): { title: string; text: string }[] {
  const found: { title: string; text: string; many: boolean }[] = []
  for (const range of ranges) {
    const { title } = range
    const text = plain(textOf(range))
    const before = found.at(-1)
    if (before?.text === text) before.many = true
    else found.push({ title: plain(title), text, many: false })
  }
  return found.map(({ title, text, many }, i) => ({
    title: many ? (i === found.length - 1 ? `from ${title}` : `${title} …`) : title,
    text,
  }))
}

function cell(text: string, width: number): string {
  const shown = [...text].length <= width - 2 ? text : `${[...text].slice(0, width - 3).join('')}…`
  return shown + ' '.repeat(width - [...shown].length)
}

/** Lines no wider than this; a word that is, is a line of its own, cut. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && [...last].length + 1 + [...word].length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map(line => ([...line].length <= width ? line : `${[...line].slice(0, width - 1).join('')}…`))
}
