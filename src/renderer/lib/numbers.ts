import { readFigure, type Figure } from '../../shared/figure.ts'
import type { NumberFormat } from '../charts/figure.ts'

/** Numbers as the interface writes them. A minus is a minus sign; nothing known is a dash. */

export const UNKNOWN = '–'

const minus = (text: string): string => text.replaceAll('-', '−')
const grouped = new Intl.NumberFormat('en-US')

/** Three significant digits: 0.0312, 12.3, 1,770, 1.8e+6. */
export function short(figure: Figure | undefined, digits = 3): string {
  const value = readFigure(figure ?? null)
  if (value === null || Number.isNaN(value)) return UNKNOWN
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e6 || size < 1e-4) return minus(value.toExponential(digits - 1).replace('e+', 'e'))
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

/** "1 run", "12,000 runs". */
export const count = (n: number, noun: string, plural = `${noun}s`): string =>
  `${grouped.format(n)} ${n === 1 ? noun : plural}`

/** 45 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return UNKNOWN
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  if (s < 3600) return parts(Math.floor(s / 60), 'min', s % 60, 's')
  const minutes = Math.round(s / 60)
  if (minutes < 24 * 60) return parts(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.round(s / 3600)
  return parts(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

const parts = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  `${large} ${largeUnit}${small > 0 ? ` ${small} ${smallUnit}` : ''}`

/** 812 B, 3.4 MB. */
export function bytes(size: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let at = 0
  for (; size >= 1000 && at < units.length - 1; at++) size /= 1000
  return `${at === 0 ? size : size.toFixed(size < 10 ? 1 : 0)} ${units[at]}`
}

/** A date asks the locale anew for each of its names, which takes longer than all else in a table's row. */
const monthName = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' })
const MONTHS = Array.from({ length: 12 }, (_, month) => monthName.format(Date.UTC(2000, month)))
const twoDigits = (n: number): string => String(n).padStart(2, '0')

/** Today 14:05; 3 Nov 14:05; 3 Nov 2025. */
export function moment(time: number | null, now = Date.now()): string {
  if (time === null) return UNKNOWN
  const [at, today] = [new Date(time), new Date(now)]
  const clock = `${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`
  if (at.toDateString() === today.toDateString()) return `today ${clock}`
  const day = `${at.getDate()} ${MONTHS[at.getMonth()]!}`
  return at.getFullYear() === today.getFullYear() ? `${day} ${clock}` : `${day} ${at.getFullYear()}`
}

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
