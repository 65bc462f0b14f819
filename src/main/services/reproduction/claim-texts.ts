import {
  FORMAL_TASKS,
  PROTOCOL,
  PTB,
  publishedCell,
  PUBLISHED_CELLS,
  type FigureId,
  type PublishedCell,
  type PublishedPlan,
} from '../../../shared/published/das-mali-2024.ts'
import { mean } from '../../../shared/statistics/mean.ts'

/** What the published study claims, what its own tables say of it, and what has to be kept in mind. */

/** The mean difference between frozen memory and full training has a direction. */
export interface ShiftClaim extends Told {
  readonly kind: 'shift'
  readonly figure: FigureId
  readonly direction: 'higher' | 'lower'
  /** Pairs in which a plan is not clearly above the trivial predictor say nothing. */
  readonly floorCounts: boolean
}

/** Some pair of task and model reaches a retention. */
export interface ReachClaim extends Told {
  readonly kind: 'reach'
  readonly plan: PublishedPlan
  readonly reach: 'above' | 'below'
  readonly limit: number
}

interface Told {
  readonly id: string
  readonly tasks: readonly string[]
  readonly claim: string
  readonly measure: string
  readonly published: string
  readonly caveats: readonly string[]
}

export type ClaimSpec = ShiftClaim | ReachClaim

const text = (value: number, digits: number): string => value.toFixed(digits).replace('-', '−')
const signed = (value: number, digits: number): string => (value > 0 ? `+${text(value, digits)}` : text(value, digits))

/** Without the LSTM, which has no memory to freeze. */
const stacks = (tasks: readonly string[], plan: PublishedPlan): PublishedCell[] =>
  PUBLISHED_CELLS.filter(cell => cell.plan === plan && tasks.includes(cell.task) && !cell.model.startsWith('lstm'))

/** As printed: rounded to the digits of the tables. */
function publishedChanges(tasks: readonly string[], figure: FigureId): number[] {
  return stacks(tasks, 'full').map(
    ({ task, model, figures }) =>
      Math.round(1e4 * (publishedCell(task, model, 'frozen-memory')!.figures[figure]! - figures[figure]!)) / 1e4,
  )
}

function changesInWords(figure: FigureId, digits: number): string {
  const changes = publishedChanges(FORMAL_TASKS, figure)
  const [higher, equal, lower] = [1, 0, -1].map(sign => changes.filter(change => Math.sign(change) === sign).length)
  return `Its tables: ${signed(mean(changes)!, digits)} on average over ${changes.length} pairs of task and model, ${higher} higher, ${equal} equal, ${lower} lower.`
}

function extreme(plan: PublishedPlan, pick: 'largest' | 'smallest'): string {
  const cells = stacks(FORMAL_TASKS, plan).sort((a, b) => a.figures.retention! - b.figures.retention!)
  const { model, task, figures } = cells.at(pick === 'largest' ? -1 : 0)!
  return `${pick} ${text(figures.retention!, 2)} (${model} on ${task}, ${figures['accuracy-0']} to ${figures['accuracy-2']})`
}

const meanRetention = (plan: PublishedPlan): string =>
  text(mean(stacks(FORMAL_TASKS, plan).map(({ figures }) => figures.retention!))!, 3)

const PAIRED = `Ours are paired: runs of one seed share initial weights, data and learning rate. Theirs are the best of ${PROTOCOL.restarts} independent restarts of each plan.`
const FLOOR =
  'The trivial predictor, which repeats the previous symbol, retains all of its accuracy; what is not clearly above it in the first bin is left out.'

export const CLAIMS: readonly ClaimSpec[] = [
  {
    kind: 'shift',
    id: 'ptb-perplexity',
    tasks: [PTB],
    figure: 'test-perplexity',
    direction: 'lower',
    floorCounts: false,
    claim: 'Freezing the memory lowers test perplexity on the Penn Treebank, from 123.5 to 120.5.',
    measure: 'ln test perplexity, frozen memory less full training of the same model, mean over the stack models',
    published: `Its table, model by model: ${stacks([PTB], 'full')
      .map(({ model }, i) => `${model} ${signed(publishedChanges([PTB], 'test-perplexity')[i]!, 1)}`)
      .join(', ')}.`,
    caveats: [
      '123.5 is VRNS 3-3-5 fully trained, 120.5 is RNS 4-5 with its memory frozen: two different models.',
      'The LSTM has no memory to freeze, and its two figures are 119.8 and 129.8: two draws of one procedure differ by 10, more than the claim.',
      'That m is the memory frozen is shown by the formal tasks; for this table it is inferred. Nothing is published here for a frozen controller.',
      'The fully trained LSTM (119.8) is better than every stack model. 123.5 to 120.5 is 2.4 %; the study says 1.73 %.',
    ],
  },
  {
    kind: 'shift',
    id: 'retention',
    tasks: FORMAL_TASKS,
    figure: 'retention',
    direction: 'higher',
    floorCounts: true,
    claim: 'With frozen memory, models keep more of their accuracy on longer strings than fully trained ones.',
    measure:
      'accuracy in the last bin / accuracy in the first, frozen memory less full training, mean over pairs of task and stack model',
    published: `${changesInWords('retention', 3)} Mean retention ${meanRetention('frozen-memory')} with frozen memory, ${meanRetention('full')} fully trained, ${meanRetention('frozen-controller')} with the controller frozen.`,
    caveats: [
      FLOOR,
      'Retention also rises when a model learns less in the first place.',
      'The one striking case of its tables, Superposition hidden on count-3 (0.82 fully trained, 0.98 frozen), can be the seeds alone.',
      PAIRED,
    ],
  },
  {
    kind: 'reach',
    id: 'retention-90',
    tasks: FORMAL_TASKS,
    plan: 'frozen-memory',
    reach: 'above',
    limit: 0.9,
    claim: 'With frozen memory, models keep up to 90 % of their performance on longer strings.',
    measure: 'retention of at least 0.9 in some pair of task and stack model, whole interval',
    published: `Its tables, frozen memory: ${extreme('frozen-memory', 'largest')}.`,
    caveats: [
      FLOOR,
      "The mean of 0.9 in its tables belongs to the frozen controller, most of whose figures are the trivial predictor's.",
    ],
  },
  {
    kind: 'reach',
    id: 'drop-60',
    tasks: FORMAL_TASKS,
    plan: 'full',
    reach: 'below',
    limit: 0.4,
    claim: 'Fully trained models lose 60 % of their performance on longer strings.',
    measure: 'retention of at most 0.4 in some pair of task and stack model, whole interval',
    published: `Its tables, fully trained: ${extreme('full', 'smallest')}; the mean is ${meanRetention('full')}.`,
    caveats: ['One cell of 28: the worst case, not the rule.', FLOOR],
  },
  {
    kind: 'shift',
    id: 'long-accuracy',
    tasks: FORMAL_TASKS,
    figure: 'accuracy-2',
    direction: 'higher',
    floorCounts: false,
    claim: 'Freezing the memory improves accuracy on the longest strings.',
    measure: 'accuracy in the last bin, frozen memory less full training, mean over pairs of task and stack model',
    published: changesInWords('accuracy-2', 3),
    caveats: [
      `In the first bin accuracy changes by ${changesInWords('accuracy-0', 3).replace('Its tables: ', '')}`,
      'A change of 0.004 is less than the last printed digit.',
      PAIRED,
    ],
  },
]
