import { readFigure, type Figure } from './figure.ts'

/** Numbers as interface and figures write them. A minus is a minus sign; nothing known is a dash. */

export type NumberFormat = 'plain' | 'whole' | 'share'

export const UNKNOWN = '–'

const minus = (text: string): string => text.replaceAll('-', '−')
const grouped = new Intl.NumberFormat('en-US')

/** Three significant digits: 0.0312, 12.3, 1,770, 1.8e6. */
export function short(figure: Figure | undefined, digits = 3): string {
  const value = readFigure(figure ?? null)
  if (value === null || Number.isNaN(value)) return UNKNOWN
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e6 || size < 1e-4) return minus(value.toExponential(1).replace('e+', 'e'))
  if (size >= 10 ** digits) return minus(grouped.format(Math.round(value)))
  return minus(value.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size)))))
}

/** 0.834 or 83.4 %. */
export const share = (value: number | null | undefined, digits = 1): string =>
  value === null || value === undefined || Number.isNaN(value) ? UNKNOWN : `${minus((value * 100).toFixed(digits))} %`

export const whole = (value: number | null | undefined): string =>
  value === null || value === undefined || Number.isNaN(value) ? UNKNOWN : minus(grouped.format(Math.round(value)))

export const signed = (figure: Figure, digits = 3): string =>
  (readFigure(figure) ?? 0) > 0 ? `+${short(figure, digits)}` : short(figure, digits)

/** A tick or reading in the format of its axis. `step`: distance between ticks, which decides the digits. */
export function formatted(value: number, format: NumberFormat = 'plain', step?: number): string {
  if (format === 'whole') return whole(value)
  const digits =
    step === undefined || step <= 0
      ? undefined
      : Math.max(0, -Math.floor(Math.log10(step * (format === 'share' ? 100 : 1)) + 1e-9))
  if (format === 'share') return digits === undefined ? share(value) : share(value, digits)
  if (digits === undefined || Math.abs(value) >= 1e6 || digits > 6) return short(value)
  return minus(value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }))
}
