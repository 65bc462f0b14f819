import type { Across, AcrossRow } from '../../../shared/across.ts'
import { MEASURES } from '../../../shared/comparison.ts'
import { allSeeds, lines } from './csv.ts'
import { latexTable } from './latex.ts'
import { escapeMarkdown, markdownTable } from './markdown.ts'
import type { Table } from './tables.ts'
import { probability, signedSpread, spread } from './words.ts'

/** Studies side by side as tables for the terminal, Markdown and LaTeX, and as CSV. */

const title = ({ measure, end }: Across): string =>
  `${MEASURES[measure].title}${measure === 'retention' ? '' : ` on the ${end} strings`}, mean over seeds`
const model = ({ controllerId, memoryId }: AcrossRow): string =>
  memoryId === 'none' ? controllerId : `${controllerId}, ${memoryId}`

function meansTable(across: Across): Table {
  return {
    title: `${title(across)} [95 % interval]`,
    columns: ['Task', 'Model', 'Study', ...across.plans.map(plan => plan.title)],
    rows: across.rows.map(row => ({
      kind: 'plan',
      cells: [
        row.taskTitle,
        model(row),
        row.name,
        ...across.plans.map(({ id }) => {
          const cell = row.cells[id]
          return cell ? spread(cell.summary.mean, cell.summary.meanInterval) : '–'
        }),
      ],
    })),
  }
}

/** Where a run diverged, its pair has no difference: how many of each study and plan are left out. */
function leftOutTable(across: Across): Table[] {
  const rows = across.rows.filter(({ cells }) => Object.values(cells).some(cell => cell !== null && cell.leftOut > 0))
  if (rows.length === 0) return []
  const plans = across.plans.filter(({ id }) => id !== across.reference)
  return [
    {
      title: 'Pairs of runs that differences leave out, of which one diverged',
      columns: ['Task', 'Model', 'Study', ...plans.map(plan => plan.title)],
      rows: rows.map(row => ({
        kind: 'plan',
        cells: [
          row.taskTitle,
          model(row),
          row.name,
          ...plans.map(({ id }) => (row.cells[id] ? String(row.cells[id].leftOut) : '–')),
        ],
      })),
    },
  ]
}

function overallTable({ overall, plans, reference }: Across): Table {
  return {
    title: `Against ${plans.find(({ id }) => id === reference)?.title ?? 'nothing'}, over all studies`,
    columns: [
      'Plan',
      'Difference [95 % interval]',
      'Holm p',
      'Studies',
      'Seeds',
      'Pairs left out',
      'Better in',
      'Worse in',
    ],
    rows: overall.map(one => ({
      kind: one.outcome === 'better' || one.outcome === 'worse' ? one.outcome : 'plan',
      cells: [
        one.title,
        signedSpread(one.mean, one.interval),
        probability(one.holmP),
        String(one.studies),
        String(one.seeds),
        String(one.leftOut),
        String(one.better),
        String(one.worse),
      ],
    })),
  }
}

const tables = (across: Across): Table[] => [
  meansTable(across),
  ...(across.overall.length > 0 ? [overallTable(across)] : []),
  ...leftOutTable(across),
]

export const acrossMarkdown = (across: Across): string =>
  [
    '# Studies side by side',
    ...tables(across).map(markdownTable),
    across.overall.map(({ text }) => `- ${escapeMarkdown(text)}`).join('\n'),
  ]
    .filter(part => part !== '')
    .join('\n\n') + '\n'

export const acrossLatex = (across: Across): string =>
  tables(across)
    .map(table => latexTable(table, `${table.title}.`))
    .join('\n')

/** One row for each study, plan and seed. */
export const acrossCsv = (across: Across): string =>
  lines(
    ['study', 'name', 'task', 'controller', 'memory', 'bin', 'measure', 'plan', 'seed', 'value'],
    across.rows.flatMap(row =>
      across.plans.flatMap(({ id }) =>
        allSeeds(row.cells[id]?.summary).map(({ seed, value }) => [
          row.studyId,
          row.name,
          row.taskId,
          row.controllerId,
          row.memoryId,
          row.bin,
          across.measure,
          id,
          seed,
          value,
        ]),
      ),
    ),
  )
