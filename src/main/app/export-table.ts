import type { FileOut, RunRow, SortColumn } from '../../shared/contract/index.ts'
import { figuresJson } from '../../shared/figure.ts'
import { csv, type Cell } from '../services/csv.ts'
import { textFile } from './files.ts'
import { COLUMN_VALUES } from './run-table.ts'

type Format = 'csv' | 'json' | 'latex' | 'markdown'

const TIMES: readonly SortColumn[] = ['queued', 'started', 'ended']

/** Rows of the run table, with full precision in CSV and JSON and four digits for readers. */
export function exportTable(rows: readonly RunRow[], columns: readonly SortColumn[], format: Format): FileOut {
  const table = rows.map(row => columns.map(column => cell(row, column)))
  switch (format) {
    case 'csv':
      return textFile(
        'runs.csv',
        csv(
          ['run', ...columns],
          table.map((cells, i) => [rows[i]!.id, ...cells]),
        ),
      )
    case 'json':
      return textFile(
        'runs.json',
        `${figuresJson(
          table.map((cells, i) => ({
            run: rows[i]!.id,
            ...Object.fromEntries(columns.map((column, k) => [column, cells[k]])),
          })),
          2,
        )}\n`,
      )
    case 'latex':
      return textFile('runs.tex', latex(columns, table))
    case 'markdown':
      return textFile('runs.md', markdown(columns, table))
  }
}

function cell(row: RunRow, column: SortColumn): Cell {
  if (column === 'starred') return row.starred
  const value = COLUMN_VALUES[column](row)
  return TIMES.includes(column) && typeof value === 'number' ? new Date(value).toISOString() : value
}

const shown = (value: Cell): string =>
  value === null
    ? '–'
    : typeof value === 'number'
      ? Number.isInteger(value)
        ? String(value)
        : String(Number(value.toPrecision(4)))
      : String(value)
const isNumeric = (table: readonly (readonly Cell[])[], column: number): boolean =>
  table.some(cells => typeof cells[column] === 'number')

function markdown(columns: readonly string[], table: readonly (readonly Cell[])[]): string {
  const escape = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>#|~&$]/g, '\\$&')
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return (
    line(columns) +
    line(columns.map((_, i) => (isNumeric(table, i) ? '---:' : '---'))) +
    table.map(cells => line(cells.map(value => escape(shown(value))))).join('')
  )
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '–': '--',
}

function latex(columns: readonly string[], table: readonly (readonly Cell[])[]): string {
  const escape = (text: string): string =>
    text.replace(/\s+/g, ' ').replace(/[\\~^<>|–&%$#_{}]/g, sign => LATEX[sign] ?? `\\${sign}`)
  const line = (cells: readonly string[]): string => `  ${cells.map(escape).join(' & ').replace(/^\[/, '{}[')} \\\\\n`
  return `\\begin{tabular}{${columns.map((_, i) => (isNumeric(table, i) ? 'r' : 'l')).join('')}}\n  \\toprule\n${line(columns)}  \\midrule\n${table.map(cells => line(cells.map(shown))).join('')}  \\bottomrule\n\\end{tabular}\n`
}
