import type { Figure } from './figure.ts'

/** The numbers of a figure, a point a row (RFC 4180): to be drawn again elsewhere. */
export function figureCsv(figure: Figure): string {
  const rows: (string | number)[][] = [['series', 'part', figure.x.title || 'x', figure.y.title || 'y', 'low', 'high']]
  for (const line of figure.lines) {
    for (let i = 0; i < line.x.length; i++)
      rows.push([line.label, 'line', line.x[i]!, line.y[i]!, line.low?.[i] ?? '', line.high?.[i] ?? ''])
    for (const member of line.members ?? [])
      for (let i = 0; i < member.x.length; i++)
        rows.push([line.label, member.label, member.x[i]!, member.y[i]!, '', ''])
  }
  for (const box of figure.boxes ?? []) {
    for (const { label, value } of box.values) rows.push([box.label, label, box.x, value, '', ''])
    rows.push([box.label, 'mean', box.x, box.mean, box.interval?.[0] ?? '', box.interval?.[1] ?? ''])
  }
  for (const { x, label } of figure.marks ?? []) rows.push([label, 'mark', x, '', '', ''])
  return rows.map(row => row.map(field).join(',')).join('\r\n') + '\r\n'
}

function field(value: string | number): string {
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value)
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
