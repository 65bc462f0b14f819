export type Cell = string | number | boolean | null

/**
 * A table as comma-separated values (RFC 4180, lines ended by \n), its columns' names first. Numbers in the shortest form that reads
 * back to the same bits; null is an empty field, an empty string a quoted one.
 */
export function csv(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map(row => `${row.map(field).join(',')}\n`).join('')
}

function field(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return Object.is(cell, -0) ? '-0' : String(cell)
  return cell === '' || /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
