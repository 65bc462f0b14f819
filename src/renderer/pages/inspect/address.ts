import { MOST_SYMBOLS, type TraceString, type TraceWeights } from '../../../shared/contract/traces.ts'
import type { Subject } from './inspection.ts'

/** What is looked at, as it stands in the page's address: back, reload and links find it again. */

type Query = Readonly<Record<string, string>>

/** What is longer is not written into an address. */
const MOST_TEXT = 500
const MOST_ID = 300

export function stringQuery(string: TraceString | null): Query {
  if (string === null) return {}
  if ('text' in string) return string.text.length <= MOST_TEXT ? { text: string.text } : {}
  if ('symbols' in string) return string.symbols.length <= MOST_TEXT ? { symbols: string.symbols.join('.') } : {}
  return {
    length: String(string.length),
    ...(string.seed === undefined || string.seed === 0 ? {} : { seed: String(string.seed) }),
  }
}

/** null where the address holds no string that could be one. */
export function stringFrom({ text, symbols, length, seed }: Query): TraceString | null {
  if (text !== undefined) return { text }
  if (symbols !== undefined && /^\d{1,5}(\.\d{1,5})*$/.test(symbols)) return { symbols: symbols.split('.').map(Number) }
  const known = whole(length, MOST_SYMBOLS)
  return known === null ? null : { length: known, seed: whole(seed, 0xffff_ffff) ?? 0 }
}

const whole = (text: string | undefined, most: number): number | null =>
  text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= most ? Number(text) : null

/** `last`, or `12` for those after twelve epochs; the best need not be named. */
export const weightsText = (weights: TraceWeights): string | undefined =>
  weights === 'best' ? undefined : weights === 'last' ? 'last' : String(weights.epoch)
export function weightsFrom(text: string | undefined): TraceWeights {
  if (text === 'last') return 'last'
  const epoch = whole(text, 1_000_000)
  return epoch === null ? 'best' : { epoch }
}
export const sameWeights = (a: TraceWeights, b: TraceWeights): boolean => weightsText(a) === weightsText(b)

const named = (key: string, weights: TraceWeights): Query => {
  const text = weightsText(weights)
  return text === undefined ? {} : { [key]: text }
}
export const firstQuery = ({ weights }: Subject): Query => named('weights', weights)
/** The second run: its id, and its weights where they are not the best. */
export const secondQuery = (second: Subject | null): Query =>
  second === null ? {} : { against: second.runId, ...named('againstWeights', second.weights) }
export const secondFrom = ({ against, againstWeights }: Query): Subject | null =>
  against === undefined || against === '' || against.length > MOST_ID
    ? null
    : { runId: against, weights: weightsFrom(againstWeights) }
