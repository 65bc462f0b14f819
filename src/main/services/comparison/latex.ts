import type { Comparison } from '../../../shared/comparison.ts'
import { tablesOf, type Row, type Table } from './tables.ts'

/** The comparison's tables as LaTeX (needs booktabs), each with a caption that says what its figures are. Rows that are shown to be better are bold. */
export function comparisonLatex(comparison: Comparison): string {
  const seeds = comparison.plans.map(plan => plan.seeds.length).filter(n => n > 0)
  const n =
    seeds.length === 0
      ? ''
      : ` ${countText(Math.min(...seeds), Math.max(...seeds))} for each plan; weights of the ${comparison.weights === 'best' ? 'best validation' : 'last'} epoch.`
  return tablesOf(comparison)
    .map(table => latexTable(table, `${comparison.study}: ${table.title}.${n}`))
    .join('\n')
}

const countText = (fewest: number, most: number): string =>
  fewest === most ? `${fewest} ${fewest === 1 ? 'seed' : 'seeds'}` : `${fewest} to ${most} seeds`

export function latexTable({ columns, rows }: Table, caption: string): string {
  return [
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${escape(caption)}}`,
    `  \\begin{tabular}{l${'r'.repeat(columns.length - 1)}}`,
    '    \\toprule',
    `    ${columns.map(escape).join(' & ')} \\\\`,
    '    \\midrule',
    ...body(rows),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n')
}

const body = (rows: readonly Row[]): string[] =>
  rows.flatMap((row, i) => {
    const rule = row.kind === 'limit' && rows[i - 1]?.kind !== 'limit' ? ['    \\midrule'] : []
    const cells = row.cells.map(cell => (row.kind === 'better' ? `\\textbf{${escape(cell)}}` : escape(cell)))
    // A row that begins with [ would be taken for an argument of the \\ before it.
    return [...rule, `    ${cells.join(' & ').replace(/^\[/, '{}[')} \\\\`]
  })

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  // Whatever the document's font encoding is.
  '"': "''",
  '−': '$-$',
  '…': '\\dots{}',
  '∞': '$\\infty$',
  '–': '--',
  '·': '$\\cdot$',
  '×': '$\\times$',
}

/** Text that LaTeX sets as it is, on one line; a hyphen before a digit is a minus sign. */
const escape = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[\\~^<>|"∞–−…·×&%$#_{}]/g, sign => SPECIAL[sign] ?? `\\${sign}`)
    .replace(/(^|[[ ])-(?=[\d.$])/g, '$1$-$')
