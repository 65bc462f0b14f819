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
