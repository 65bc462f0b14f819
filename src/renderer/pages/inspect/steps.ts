/** Where step t of `count` stands in a width, and back. Columns are equally wide and fill it. */
export const leftOf = (t: number, count: number, width: number): number => t * width / count
export const stepAt = (x: number, count: number, width: number): number => width <= 0 ? 0 : Math.max(0, Math.min(count - 1, Math.floor(x * count / width)))

/** Where a key takes the cursor; null for keys that do not move it. A page is a tenth of the string. */
export function moved(key: string, t: number, count: number): number | null {
  const page = Math.max(2, Math.round(count / 10))
  const by: Readonly<Record<string, number>> = { ArrowLeft: t - 1, ArrowRight: t + 1, PageUp: t - page, PageDown: t + page, Home: 0, End: count - 1 }
  const to = Object.hasOwn(by, key) ? by[key]! : null
  return to === null ? null : Math.max(0, Math.min(count - 1, to))
}

/** Round distances between tick labels, at least `apart` pixels from each other. */
export function ticks(count: number, width: number, apart = 56): number[] {
  const least = count * apart / Math.max(1, width)
  const size = 10 ** Math.floor(Math.log10(Math.max(1, least)))
  const step = [1, 2, 5, 10].map(m => m * size).find(s => s >= least)!
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step)
}
