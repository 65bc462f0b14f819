import { getIn, setIn, type Content } from './content.ts'

export type Range = readonly [number, number]

/** How many times the longest training string a test string may be before that is worth a word. */
export const FAR = 10

export function rangeOf(value: unknown): Range | null {
  if (!Array.isArray(value) || value.length !== 2) return null
  const [low, high] = value as unknown[]
  const isLength = (end: unknown): end is number => typeof end === 'number' && Number.isInteger(end) && end >= 0
  return isLength(low) && isLength(high) && low <= high && high > 0 ? [low, high] : null
}

/** A range of lengths as it stands to training on `to`, where it stood so to training on `from`. */
function along([low, high]: Range, from: Range, to: Range): Range {
  const moved = (length: number): number => {
    if (length === from[0]) return to[0]
    if (length === from[1]) return to[1]
    // A bin that begins behind another one's end still does.
    if (length === from[1] + 1) return to[1] + 1
    return Math.max(0, Math.round((length * to[1]) / from[1]))
  }
  const ends = [moved(low), moved(high)] as const
  return [Math.min(...ends), Math.max(...ends, 1)]
}

/**
 * The content with validation and test lengths moved along with those of training, in proportion; bins named after their lengths are
 * renamed. Null where there is nothing to move: validation is on the lengths of training already, or some range is none.
 */
export function movedAlong(
  content: Content,
  read: (path: string) => unknown,
): { content: Content; longest: number } | null {
  const to = rangeOf(read('data.train.lengths'))
  const from = rangeOf(read('data.validation.lengths'))
  if (!to || !from || (from[0] === to[0] && from[1] === to[1])) return null
  const bins = read('evaluation.bins')
  const known = Array.isArray(bins) ? bins : []
  let longest = 0
  let previous: { old: number; now: number } | null = null
  const moved = known.map((bin: unknown) => {
    const own = rangeOf(getIn(bin, 'lengths'))
    if (!own) return bin
    let [low, high] = along(own, from, to)
    if (previous && own[0] === previous.old + 1) low = Math.min(previous.now + 1, high)
    previous = { old: own[1], now: high }
    high = Math.max(high, low)
    longest = Math.max(longest, high)
    const name = getIn(bin, 'name') === own.join('-') ? `${low}-${high}` : getIn(bin, 'name')
    return setIn(setIn(bin, 'lengths', [low, high]), 'name', name)
  })
  const next = setIn(content, 'data.validation.lengths', [...to])
  return { content: known.length > 0 ? setIn(next, 'evaluation.bins', moved) : next, longest }
}

/** How often the longest training string goes into the longest test string, where that is far; null where it is not. */
export function farTimes(training: unknown, bins: readonly unknown[]): number | null {
  const trained = rangeOf(training)
  const longest = Math.max(0, ...bins.map(bin => rangeOf(getIn(bin, 'lengths'))?.[1] ?? 0))
  return trained && longest > FAR * trained[1] ? longest / trained[1] : null
}
