import { UNKNOWN } from '../../shared/numbers.ts'

export { formatted, share, short, signed, UNKNOWN, whole } from '../../shared/numbers.ts'

/** Numbers as the interface writes them. */

const grouped = new Intl.NumberFormat('en-US')

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

/** A time that is known to its order alone, without more digits than that: about 20 s, about 3 min, about 2 days. */
export function about(seconds: number): string {
  const units: readonly (readonly [unit: string, seconds: number, until: number])[] = [
    ['s', 1, 90],
    ['min', 60, 90],
    ['h', 3600, 36],
    ['days', 86_400, 60],
    ['months', 30 * 86_400, Infinity],
  ]
  const [unit, size] = units.find(([, size, until]) => seconds < size * until) ?? units[4]!
  const n = seconds / size
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, n))))
  return `about ${grouped.format(Math.max(1, n < 10 ? Math.round(n) : Math.round(n / (step / 2)) * (step / 2)))} ${unit}`
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

/** 14:05:32, of a moment that is not long ago. */
export function time(moment: number): string {
  const at = new Date(moment)
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(':')
}

/** Today 14:05; 3 Nov 14:05; 3 Nov 2025. */
export function moment(time: number | null, now = Date.now()): string {
  if (time === null) return UNKNOWN
  const [at, today] = [new Date(time), new Date(now)]
  const clock = `${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`
  if (at.toDateString() === today.toDateString()) return `today ${clock}`
  const day = `${at.getDate()} ${MONTHS[at.getMonth()]!}`
  return at.getFullYear() === today.getFullYear() ? `${day} ${clock}` : `${day} ${at.getFullYear()}`
}
