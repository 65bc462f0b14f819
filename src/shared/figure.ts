/**
 * A derived figure in a record that goes through JSON, which has no infinities: those are written out with their sign, and null is a
 * figure that is unknown or does not exist.
 */
export type Figure = number | 'inf' | '-inf' | null

/** NaN is unknown. */
export function writeFigure(value: number | null | undefined): Figure {
  if (value === null || value === undefined || Number.isNaN(value)) return null
  if (Number.isFinite(value)) return value
  return value > 0 ? 'inf' : '-inf'
}

export function readFigure(figure: Figure): number | null {
  if (figure === 'inf') return Infinity
  return figure === '-inf' ? -Infinity : figure
}

/** A record as JSON: infinite numbers keep their sign, what is no number is null, an array of numbers a list. */
export const figuresJson = (record: unknown, indent?: number): string =>
  JSON.stringify(
    record,
    (_, part: unknown) =>
      typeof part === 'number' ? writeFigure(part) : part instanceof Float64Array ? [...part] : part,
    indent,
  )
