export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

const GAP = '  '

/** Rows under their titles, columns as wide as their longest cell. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, i) => Math.max(size(title), ...rows.map(row => size(row[i]!))))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => pad(cell, widths[i]!, columns[i]!.align))
      .join(GAP)
      .trimEnd()
  return [columns.map(({ title }) => title), ...rows].map(row => `${line(row)}\n`).join('')
}

/** Names with their values, one a line. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => size(name)))
  return pairs.map(([name, value]) => `${pad(name, width)}${GAP}${value}`.trimEnd() + '\n').join('')
}

const size = (text: string): number => [...text].length
const pad = (text: string, width: number, align: Column['align'] = 'left'): string =>
  align === 'left' ? text + ' '.repeat(width - size(text)) : ' '.repeat(width - size(text)) + text
