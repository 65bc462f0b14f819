import type { Comparison } from '../../../shared/comparison.ts'
import { tablesOf, type Row, type Table } from './tables.ts'

/** The comparison as Markdown (GitHub's tables): headline, tables, verdicts, notes. Rows that are shown to be better are bold. */
export function comparisonMarkdown(comparison: Comparison): string {
  const sentences = [...comparison.contrasts.map(contrast => contrast.verdict.text), ...comparison.notes]
  return (
    [
      `# ${escapeMarkdown(comparison.study)}`,
      escapeMarkdown(comparison.headline),
      ...tablesOf(comparison).map(markdownTable),
      sentences.map(text => `- ${escapeMarkdown(text)}`).join('\n'),
    ]
      .filter(part => part !== '')
      .join('\n\n') + '\n'
  )
}

export function markdownTable({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    `**${escapeMarkdown(title)}**`,
    '',
    line(columns.map(escapeMarkdown)),
    line(columns.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(row => line(cellsOf(row))),
  ].join('\n')
}

const cellsOf = ({ cells, kind }: Row): string[] =>
  cells.map(cell => {
    const text = escapeMarkdown(cell)
    if (text === '') return text
    return kind === 'better' ? `**${text}**` : kind === 'limit' ? `*${text}*` : text
  })

/** Text that Markdown shows as it is, on one line. */
export const escapeMarkdown = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>#|~&$]/g, '\\$&')
