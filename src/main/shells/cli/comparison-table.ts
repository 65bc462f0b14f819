import type { Comparison } from '../../../shared/comparison.ts'
import type { ClaimOutcome, Reproduction } from '../../../shared/reproduction.ts'
import { tablesOf, type Row, type Table } from '../../services/comparison/tables.ts'
import { answerLines } from './answer-lines.ts'
import { glossaryText } from './glossary.ts'
import { cardNotes, cardTables, claimSentences, summaryOf } from '../../services/reproduction/tables.ts'

export interface TableOptions {
  /** ANSI colours. Default false. */
  colour?: boolean
  /** Columns of the terminal; a wider table goes on below in further blocks. Default 100. */
  width?: number
}

/** The comparison for a terminal: the answer, aligned tables with units in their titles, a verdict for each plan and target, notes, and what the words mean. */
export function renderComparison(comparison: Comparison, { colour = false, width = 100 }: TableOptions = {}): string {
  const style = colour ? ansi : plain
  const verdicts = comparison.contrasts.map(({ verdict }) =>
    bullet(verdict.text, width, text => style(verdict.outcome, text)),
  )
  return joined([
    wrap(
      plainText(
        `${comparison.study}: weights of the ${comparison.weights === 'best' ? 'best validation' : 'last'} epoch`,
      ),
      width,
    )
      .map(line => style('title', line))
      .join('\n'),
    wrap(plainText(comparison.headline), width).join('\n'),
    ...tablesOf(comparison).map(table => renderTable(table, width, style)),
    verdicts.join('\n'),
    comparison.notes.map(note => bullet(note, width, text => text)).join('\n'),
    comparison.contrasts.length > 0 ? `${style('title', 'Words')}\n${glossaryText(width).trimEnd()}` : '',
    comparison.answer.ranges.length > 0 ? renderAnswer(comparison, { colour, width }) : '',
  ])
}

/** The answer alone, in at most eight lines: what a terminal ends with. @param more how to see everything */
export function renderAnswer(
  { answer }: Comparison,
  { colour = false, width = 100, more = '' }: TableOptions & { more?: string } = {},
): string {
  const style = colour ? ansi : plain
  const [first = '', ...lines] = answerLines(answer, width, more)
  return [style('title', first), ...lines].join('\n')
}

const LOOKS: Readonly<Partial<Record<ClaimOutcome, Look>>> = {
  supports: 'better',
  contradicts: 'worse',
  missing: 'void',
}

/** The published study beside the history for a terminal: what each claim comes to and why, then the figures. */
export function renderReproduction(card: Reproduction, { colour = false, width = 100 }: TableOptions = {}): string {
  const style = colour ? ansi : plain
  const [claims, ...tables] = cardTables(card)
  const { authors, identifier, title } = card.source
  return joined([
    wrap(plainText(`${authors}, ${identifier}: ${title}`), width)
      .map(line => style('title', line))
      .join('\n'),
    wrap(plainText(summaryOf(card)), width).join('\n'),
    renderTable(claims!, width, style),
    ...claimSentences(card).map(({ heading, outcome, lines }) =>
      [
        ...wrap(plainText(heading), width).map(line => style('title', line)),
        ...lines.map((line, i) =>
          bullet(line, width, text => (i === 0 ? style(LOOKS[outcome] ?? 'plan', text) : text)),
        ),
      ].join('\n'),
    ),
    ...tables.map(table => renderTable(table, width, style, PAIR_WIDTH)),
    cardNotes(card)
      .map(note => bullet(note, width, text => text))
      .join('\n'),
  ])
}

const joined = (sections: readonly string[]): string => sections.filter(section => section !== '').join('\n\n') + '\n'

type Look = Row['kind'] | 'title' | 'header' | Comparison['contrasts'][number]['verdict']['outcome']
type Style = (look: Look, text: string) => string

const plain: Style = (_, text) => text
const CODES: Partial<Record<Look, string>> = {
  title: '1',
  header: '4',
  limit: '2',
  better: '32',
  worse: '31',
  void: '2',
}
const ansi: Style = (look, text) =>
  CODES[look] === undefined || text === '' ? text : `\u001b[${CODES[look]}m${text}\u001b[0m`

const GAP = '  '
/** Plan titles longer than this are cut: three bins then fit beside them. */
const NAME_WIDTH = 27
/** The longest name of a task with that of a model fits. */
const PAIR_WIDTH = 44

function renderTable(table: Table, width: number, style: Style, nameWidth = NAME_WIDTH): string {
  const rows = table.rows.map(row => ({
    ...row,
    cells: row.cells.map((cell, i) => (i === 0 ? cut(plainText(cell), nameWidth) : plainText(cell))),
  }))
  const columns = table.columns.map(plainText)
  const widths = columns.map((column, i) => Math.max(size(column), ...rows.map(row => size(row.cells[i]!))))
  const line = (cells: readonly string[], shown: readonly number[]): string =>
    shown
      .map(i => (i === 0 ? cells[i]!.padEnd(widths[i]!) : cells[i]!.padStart(widths[i]!)))
      .join(GAP)
      .trimEnd()
  const blocks = split(widths, width).map(shown =>
    [style('header', line(columns, shown)), ...rows.map(row => style(row.kind, line(row.cells, shown)))].join('\n'),
  )
  return [...wrap(plainText(table.title), width).map(text => style('title', text)), blocks.join('\n\n')].join('\n')
}

/** Columns in blocks no wider than `width`, each beginning with the first column; at least one figure a block. */
function split(widths: readonly number[], width: number): number[][] {
  const blocks: number[][] = []
  let used = Infinity
  for (let i = 1; i < widths.length; i++) {
    const needed = GAP.length + widths[i]!
    if (used + needed > width) {
      blocks.push([0])
      used = widths[0]!
    }
    blocks.at(-1)!.push(i)
    used += needed
  }
  return blocks
}

const bullet = (text: string, width: number, style: (text: string) => string): string =>
  wrap(plainText(text), width - 2)
    .map((line, i) => `${i === 0 ? '-' : ' '} ${style(line)}`)
    .join('\n')

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && size(last) + 1 + size(word) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** One line without control characters: a title from a study file must not steer the terminal. */
const plainText = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()

const size = (text: string): number => [...text].length

const cut = (text: string, most: number): string =>
  size(text) <= most ? text : `${[...text].slice(0, most - 1).join('')}…`
