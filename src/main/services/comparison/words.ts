import { MEASURES, type Bounds, type Target } from '../../../shared/comparison.ts'
import { readFigure, type Figure } from '../../../shared/figure.ts'
import {
  countText,
  decimalsOf,
  figureText,
  intervalText,
  listText,
  probabilityIs,
  probabilityText,
  rangeName,
  signedText,
  withInterval,
} from '../../../shared/number-format.ts'

/** Figures as people read them, in a comparison. */

export const figure = (value: Figure): string => figureText(value)
export const signed = (value: Figure): string => signedText(value)
export const probability = probabilityText
export const pIs = probabilityIs
export const count = countText
export const listed = listText

/** [−0.05, −0.012], in the digits of its width. */
export const range = (bounds: Bounds): string =>
  intervalText(bounds, decimalsOf(bounds, Math.max(...[bounds.low, bounds.high].map(sizeOf))))

const sizeOf = (end: Figure): number => {
  const value = readFigure(end)
  return value === null || !Number.isFinite(value) ? 0 : Math.abs(value)
}

/** A figure with its interval, in the interval's digits. */
export const spread = (value: Figure, interval: Bounds | null): string => withInterval(value, interval)
/** The same of a difference, with its sign. */
export const signedSpread = (value: Figure, interval: Bounds | null): string =>
  withInterval(value, interval, { signed: true })

/** "cross-entropy difference on 200–400", "retention". */
export const targetName = ({ measure, bin }: Target): string =>
  bin === null ? MEASURES[measure].title : `${MEASURES[measure].title} on ${rangeName(bin)}`

/** " nats per symbol" or nothing. */
export const unitAfter = ({ measure }: Target): string =>
  MEASURES[measure].unit === '' ? '' : ` ${MEASURES[measure].unit}`

/** Three decimals, or three significant digits from 100 on. */
export const fixed = (value: Figure): string => {
  const number = readFigure(value)
  return figureText(value, number !== null && Math.abs(number) < 100 ? 3 : undefined)
}
