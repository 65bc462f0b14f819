import { PTB, type FigureId, type PublishedPlan } from '../../../shared/published/das-mali-2024.ts'
import type { Cell, ClaimOutcome, Reproduction } from '../../../shared/reproduction.ts'
import { STANDARD_PLANS } from '../../../shared/study.ts'
import type { Table } from '../comparison/tables.ts'
import { count, fixed, listed } from '../comparison/words.ts'

/** The card as tables and sentences, before they are laid out: for the terminal and for Markdown. */

export const OUTCOME_TITLES: Readonly<Record<ClaimOutcome, string>> = {
  supports: 'supported',
  contradicts: 'contradicted',
  'other-lengths': 'cannot say: other lengths',
  'too-few-seeds': 'cannot say: too few seeds',
  open: 'cannot say: open',
  missing: 'missing',
}

const ABSENT = '–'

/** One table for each plan with a measured cell, and what was run. */
export function cardTables(card: Reproduction): Table[] {
  const plans = Object.keys(STANDARD_PLANS) as PublishedPlan[]
  return [
    claimTable(card),
    ...plans.flatMap(plan => planTable(card, plan)),
    ...treebankTable(card),
    ...studyTable(card),
  ]
}

const claimTable = ({ claims }: Reproduction): Table => ({
  title: 'Claims of the study, by our figures',
  columns: ['claim', 'pairs', 'seeds', 'outcome'],
  rows: claims.map(({ id, outcome, pairs, difference }) => ({
    kind: outcome === 'supports' ? 'better' : outcome === 'contradicts' ? 'worse' : 'plan',
    cells: [
      id,
      `${pairs.measured} of ${pairs.published}`,
      difference ? String(difference.seeds) : ABSENT,
      OUTCOME_TITLES[outcome],
    ],
  })),
})

const SHOWN: readonly { figure: FigureId; title: (card: Reproduction) => string }[] = [
  { figure: 'validation-perplexity', title: () => 'val. ppl' },
  ...([0, 1, 2] as const).map(bin => ({
    figure: `accuracy-${bin}` as FigureId,
    title: ({ protocol }: Reproduction) => `acc. ${protocol.bins[bin]?.join('-') ?? bin}`,
  })),
  { figure: 'retention', title: () => 'retention' },
]

function treebankTable({ cells }: Reproduction): Table[] {
  const measured = cells.filter(cell => cell.measured && cell.task === PTB)
  if (measured.length === 0) return []
  return [
    {
      title:
        'Penn Treebank, test perplexity: published / ours, of the run with the best validation loss (median of all seeds)',
      columns: ['model, plan', 'seeds', 'test perplexity'],
      rows: measured.map(cell => ({
        kind: 'plan',
        cells: [
          `${cell.model}, ${cell.plan}`,
          String(cell.measured!.seeds.length),
          besideEachOther(cell, 'test-perplexity'),
        ],
      })),
    },
  ]
}

function planTable(card: Reproduction, plan: PublishedPlan): Table[] {
  const cells = card.cells.filter(cell => cell.plan === plan && cell.measured && cell.task !== PTB)
  if (cells.length === 0) return []
  return [
    {
      title: `${STANDARD_PLANS[plan]!.title}: published / ours, of the run with the best validation loss (median of all seeds)`,
      columns: ['task, model', 'seeds', ...SHOWN.map(({ title }) => title(card))],
      rows: cells.map(cell => ({
        kind: 'plan',
        cells: [
          `${cell.task}, ${cell.model}`,
          String(cell.measured!.seeds.length),
          ...SHOWN.map(({ figure }) => besideEachOther(cell, figure)),
        ],
      })),
    },
  ]
}

function besideEachOther({ published, measured }: Cell, figure: FigureId): string {
  const theirs = published?.[figure]
  const ours = measured?.figures[figure]
  return `${theirs === undefined ? ABSENT : theirs.toFixed(figure === 'test-perplexity' ? 1 : 2)} / ${ours ? `${fixed(ours.chosen)} (${fixed(ours.median)})` : ABSENT}`
}

function studyTable({ studies }: Reproduction): Table[] {
  if (studies.length === 0) return []
  return [
    {
      title: 'What was run',
      columns: ['study', 'runs', 'seeds', 'strings', 'epochs', 'hours', 'machine'],
      rows: studies.map(({ task, model, runs, planned, seeds, trainStrings, epochs, seconds, machines }) => ({
        kind: 'plan',
        cells: [
          `${task}, ${model}`,
          `${runs} of ${planned}`,
          String(seeds.length),
          trainStrings === null ? 'a text' : trainStrings.toLocaleString('en-US'),
          String(epochs),
          (seconds / 3600).toFixed(2),
          machines.join('; ') || 'unknown',
        ],
      })),
    },
  ]
}

/** Each claim in full: what it says, what the study's tables say, what ours say, and what to keep in mind. */
export function claimSentences({
  claims,
}: Reproduction): { heading: string; outcome: ClaimOutcome; lines: string[] }[] {
  return claims.map(({ id, claim, measure, published, outcome, text, caveats }) => ({
    heading: `${id}: ${claim}`,
    outcome,
    lines: [
      `${OUTCOME_TITLES[outcome][0]!.toUpperCase()}${OUTCOME_TITLES[outcome].slice(1)}. ${text}`,
      `Measured: ${measure}.`,
      published,
      ...caveats,
    ],
  }))
}

/** One sentence on how much there is. */
export function summaryOf({ coverage, protocol, studies, claims }: Reproduction): string {
  const said = (outcome: ClaimOutcome): number => claims.filter(claim => claim.outcome === outcome).length
  const parts = (
    [
      ['supports', 'supported'],
      ['contradicts', 'contradicted'],
    ] as const
  ).flatMap(([outcome, word]) => (said(outcome) > 0 ? [`${said(outcome)} ${word}`] : []))
  const rest = claims.length - said('supports') - said('contradicts')
  const judged = [...parts, ...(rest > 0 ? [`${rest} without an answer`] : [])]
  const other =
    coverage.onOtherLengths === 0
      ? ''
      : ` ${coverage.onOtherLengths} were measured on other lengths (${protocol.trainLengths.join('–')} symbols, tested to ${protocol.bins.at(-1)?.[1]}), which does not count as the published study.`
  return `${coverage.measured} of ${coverage.published} published cells measured, by ${count(counting(studies, protocol), 'study').replace('studys', 'studies')}.${other} Of ${claims.length} claims: ${listed(judged)}.`
}

const counting = (studies: Reproduction['studies'], { asPublished }: Reproduction['protocol']): number =>
  studies.filter(({ task }) => asPublished || task === PTB).length

/** Published cells without a run, task by task; null: none. */
function missingOf({ cells, tasks }: Reproduction): string | null {
  const parts = tasks.flatMap(({ id }) => {
    const published = cells.filter(cell => cell.task === id && cell.published)
    const missing = published.filter(cell => !cell.measured)
    if (missing.length === 0) return []
    if (missing.length === published.length) return [`${id} (all)`]
    const models = [...new Set(missing.map(({ model }) => model))].map(model => {
      const plans = missing.filter(cell => cell.model === model).map(({ plan }) => plan)
      return plans.length === published.filter(cell => cell.model === model).length
        ? model
        : `${model} ${plans.join(' and ')}`
    })
    return [`${id} (${models.join(', ')})`]
  })
  return parts.length === 0 ? null : parts.join('; ')
}

/** What is said besides: caveats, what is missing, how the studies differ from the published one, and what was left out. */
export function cardNotes(card: Reproduction): string[] {
  const { caveats, studies, leftOut } = card
  const missing = missingOf(card)
  const same = new Map<string, number>()
  for (const { deviations } of studies)
    for (const deviation of deviations) same.set(deviation, (same.get(deviation) ?? 0) + 1)
  const differing = [...same].map(([deviation, n]) =>
    n === studies.length ? deviation : `${deviation} in ${n} of ${studies.length} studies`,
  )
  return [
    ...caveats,
    ...(differing.length > 0 ? [`Other than published: ${listed(differing)}.`] : []),
    ...(missing === null ? [] : [`Not run: ${missing}.`]),
    ...leftOut.map(({ name, reason }) => `Left out, ${name}: ${reason}.`),
  ]
}
