/** How the command line writes what it says often. */

/** 0:07, 12:34, 1:02:03. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (n: number): string => String(n).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** 2026-03-01 12:34:56, in the machine's own time. */
export function moment(time: number | null): string {
  if (time === null) return '–'
  const date = new Date(time)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

export const integer = (value: number): string => value.toLocaleString('en-US')

/** What is rounded to 0 has no sign. */
export function fixed(value: number | null, digits: number): string {
  if (value === null || !Number.isFinite(value)) return '–'
  const text = value.toFixed(digits)
  return Number(text) === 0 ? text.replace('-', '') : text
}

/** A part with its options: `superposition-stack (push hidden)`. */
export function picked({ id, ...options }: { id: string; [option: string]: unknown }): string {
  const given = Object.entries(options).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return given.length > 0 ? `${id} (${given.join(', ')})` : id
}

/** One line without control characters: what is stored must not steer the terminal. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()

/** A word for a shell. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
