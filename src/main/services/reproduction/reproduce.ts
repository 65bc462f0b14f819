import { chance } from '../../../engine/chance.ts'
import { tasks } from '../../../engine/tasks/index.ts'
import { InputError } from '../../../shared/errors.ts'
import {
  FORMAL_MODELS,
  FORMAL_TASKS,
  PLANS,
  PTB,
  PTB_MODELS,
  publishedCell,
  SOURCE,
} from '../../../shared/published/das-mali-2024.ts'
import type { Cell, Claim, ProtocolInfo, Reproduction, StudyEvidence } from '../../../shared/reproduction.ts'
import type { Randomness } from '../../../shared/statistics/randomness.ts'
import type { Bootstrap } from '../comparison/summary.ts'
import { count, listed } from '../comparison/words.ts'
import { judgeClaims } from './claims.ts'
import { bySeed, measureCell, planFigures, type EvidenceInput } from './measure.ts'
import { deviationsOf, PUBLISHED_PROTOCOL } from './recognise.ts'

export interface ReproductionOptions {
  /** A protocol's key; default: the first of `protocolsOf`. */
  readonly protocol?: string
  /** For each bootstrap interval; default 5,000. */
  readonly resamples?: number
  /** Chance by name, as for comparisons. */
  readonly random?: (name: string) => Randomness
}

type Protocolled = Pick<EvidenceInput, 'recognised'>

/** The published lengths where the history has them, then others by number of studies; the published ones where there is nothing at all. */
export function protocolsOf(inputs: readonly Protocolled[]): ProtocolInfo[] {
  const found = new Map<string, ProtocolInfo>()
  for (const {
    recognised: { protocol },
  } of inputs)
    if (protocol) found.set(protocol.key, { ...protocol, studies: (found.get(protocol.key)?.studies ?? 0) + 1 })
  if (found.size === 0) return [{ ...PUBLISHED_PROTOCOL, studies: 0 }]
  return [...found.values()].sort(
    (a, b) => Number(b.asPublished) - Number(a.asPublished) || b.studies - a.studies || a.key.localeCompare(b.key),
  )
}

/** Whether a study counts under a protocol: a text has no lengths, and counts under each. */
export const isUnder = ({ recognised }: Protocolled, { key }: ProtocolInfo): boolean =>
  recognised.protocol === null || recognised.protocol.key === key

/** @throws InputError for a protocol that the history does not have */
export function chooseProtocol(protocols: readonly ProtocolInfo[], asked: string | undefined): ProtocolInfo {
  if (asked === undefined) return protocols[0]!
  const found = protocols.find(({ key }) => key === asked)
  if (found) return found
  throw new InputError('protocol', asked, protocols.map(({ key }) => key).join(', '))
}

/**
 * The published study beside what the history has of it. Pure: the same input gives the same record, to the last digit.
 * @param inputs studies that stand for a part of the published one, with at least one run that counts, oldest first
 * @throws InputError for a protocol that none of them has
 */
export function reproduce(
  inputs: readonly EvidenceInput[],
  leftOut: Reproduction['leftOut'],
  options: ReproductionOptions = {},
): Reproduction {
  const { resamples = 5_000, random = name => chance(0).fork(name) } = options
  const bootstrap: Bootstrap = { resamples, random }
  const protocols = protocolsOf(inputs)
  const protocol = chooseProtocol(protocols, options.protocol)
  const { used, twice } = onePerPair(inputs.filter(input => isUnder(input, protocol)))
  const cells = allCells(used)
  return {
    source: SOURCE,
    protocols,
    protocol,
    tasks: [...FORMAL_TASKS.map(id => ({ id, title: tasks[id]!.title })), { id: PTB, title: 'Penn Treebank' }],
    models: [
      ...FORMAL_MODELS.map(({ id, title }) => ({ id, title, task: 'formal' as const })),
      ...PTB_MODELS.map(({ id, title }) => ({ id, title, task: 'text' as const })),
    ],
    cells,
    coverage: coverageOf(cells, protocol),
    claims: judgeClaims(used, bootstrap).map(claim =>
      claim.id === 'ptb-perplexity' || protocol.asPublished ? claim : onOtherLengths(claim, protocol),
    ),
    studies: used.map(evidenceOf),
    leftOut: [...leftOut, ...twice],
    caveats: caveatsOf(used),
  }
}

/** For each task and model the study with the most runs that count; of equals the newest. Studies are not mixed: their budgets may differ. */
function onePerPair(inputs: readonly EvidenceInput[]): { used: EvidenceInput[]; twice: Reproduction['leftOut'] } {
  const best = new Map<string, EvidenceInput>()
  const pairOf = ({ recognised: { task, model } }: EvidenceInput): string => `${task} ${model}`
  for (const input of inputs) {
    const other = best.get(pairOf(input))
    if (!other || countedRuns(input) >= countedRuns(other)) best.set(pairOf(input), input)
  }
  const twice = inputs
    .filter(input => best.get(pairOf(input)) !== input)
    .map(({ studyId, name, recognised: { task, model } }) => ({
      studyId,
      name,
      reason: `another study of ${model} on ${task} has more runs that count, or is newer`,
    }))
  return { used: [...best.values()].sort((a, b) => order(a) - order(b)), twice }
}

const order = ({ recognised: { task, model } }: EvidenceInput): number =>
  100 * [...(FORMAL_TASKS as readonly string[]), PTB].indexOf(task) +
  [...FORMAL_MODELS, ...PTB_MODELS].findIndex(({ id }) => id === model)

/** Those of plans that the published study has. */
const countedRuns = ({ recognised, figures }: EvidenceInput): number =>
  figures.plans.filter(({ id }) => recognised.plans.has(id)).reduce((sum, { seeds }) => sum + seeds.length, 0)

function allCells(used: readonly EvidenceInput[]): Cell[] {
  const cell = (task: string, model: string, plan: Cell['plan']): Cell => {
    const input = used.find(({ recognised }) => recognised.task === task && recognised.model === model)
    return {
      task,
      model,
      plan,
      published: publishedCell(task, model, plan)?.figures ?? null,
      measured: input ? measureCell(input, plan) : null,
    }
  }
  return [
    ...FORMAL_TASKS.flatMap(task => FORMAL_MODELS.flatMap(({ id }) => PLANS.map(plan => cell(task, id, plan)))),
    ...PTB_MODELS.flatMap(({ id }) => PLANS.map(plan => cell(PTB, id, plan))),
  ]
}

function evidenceOf(input: EvidenceInput): StudyEvidence {
  const { studyId, name, spec, recognised, figures, runs, machines } = input
  const counted = figures.plans.filter(({ id, seeds }) => recognised.plans.has(id) && seeds.length > 0)
  const counts = new Map(counted.map(({ id, seeds }) => [id, seeds]))
  return {
    studyId,
    name,
    task: recognised.task,
    model: recognised.model,
    runs: countedRuns(input),
    planned: recognised.plans.size * spec.seeds.length,
    seeds: [...new Set(counted.flatMap(({ seeds }) => seeds))].sort((a, b) => a - b),
    plans: counted.map(({ id }) => recognised.plans.get(id)!),
    trainStrings: recognised.protocol ? spec.data.train.strings : null,
    validationStrings: recognised.protocol ? spec.data.validation.strings : null,
    testStrings: figures.bins.map(({ strings }) => strings),
    epochs: spec.training.epochs,
    seconds: runs
      .filter(({ planId, seed }) => counts.get(planId)?.includes(seed))
      .reduce((sum, { seconds }) => sum + seconds, 0),
    machines: [...machines],
    deviations: deviationsOf(spec),
  }
}

function coverageOf(cells: readonly Cell[], { asPublished }: ProtocolInfo): Reproduction['coverage'] {
  const published = cells.filter(cell => cell.published)
  const measured = published.filter(cell => cell.measured)
  const counted = measured.filter(({ task }) => asPublished || task === PTB)
  return { measured: counted.length, onOtherLengths: measured.length - counted.length, published: published.length }
}

/** What is shown on other lengths neither supports nor contradicts what is claimed of the published ones. */
function onOtherLengths(claim: Claim, { trainLengths, bins }: ProtocolInfo): Claim {
  const shown = { supports: 'There it is as claimed.', contradicts: 'There it is contrary to the claim.' }[
    claim.outcome as string
  ]
  return {
    ...claim,
    outcome: shown ? 'other-lengths' : claim.outcome,
    text: shown ? `${claim.text} ${shown}` : claim.text,
    caveats: [
      ...claim.caveats,
      `Ours are of other lengths: trained on ${trainLengths.join(' to ')} symbols, tested in ${listed(bins.map(range => range.join('–')))}. They do not count as the published study.`,
    ],
  }
}

function caveatsOf(used: readonly EvidenceInput[]): string[] {
  return [
    "The study's captions contradict each other on what its letters freeze. Its LSTM rows decide it: m is the memory frozen, c the controller.",
    'Its figures are of the best of 10 restarts by validation loss. Compare them with the run that we would have chosen in the same way, and look at the spread over seeds beside it: perplexity in the last bin differs tenfold and more from seed to seed.',
    'It does not state its seeds, its number of test strings, its hardware, since when parts are frozen, to which part the weights belong that read the memory, or whether the embedding is trained when the controller is frozen. Here parts are frozen from their initial weights, the reading weights belong to the controller, and the embedding is frozen only where nothing but the classifier is trained.',
    ...control(used),
  ]
}

/** The LSTM has no memory: under "memory frozen" it must be the same run as under full training. */
function control(used: readonly EvidenceInput[]): string[] {
  const agreed: boolean[] = []
  for (const input of used.filter(({ spec }) => spec.model.memory.id === 'none')) {
    const [full, frozen] = [planFigures(input, 'full'), planFigures(input, 'frozen-memory')]
    if (!full || !frozen) continue
    // Where the frozen plan stands with the runs of full training there is nothing to see.
    const trained = new Set(input.runs.map(({ planId, seed }) => `${planId} ${seed}`))
    const both = full.seeds.filter(seed => trained.has(`${full.id} ${seed}`) && trained.has(`${frozen.id} ${seed}`))
    for (const seed of both.filter(seed => frozen.seeds.includes(seed))) {
      agreed.push(
        input.recognised.bins.every(
          bin =>
            bySeed(full.bins[bin]?.['cross-entropy']).get(seed) ===
            bySeed(frozen.bins[bin]?.['cross-entropy']).get(seed),
        ),
      )
    }
  }
  if (agreed.length === 0) return []
  const same = agreed.filter(Boolean).length
  return [
    `Control: the LSTM has no memory to freeze, and ${same === agreed.length ? `all ${count(same, 'pair')} of its runs agree to the last digit` : `only ${same} of ${agreed.length} pairs of its runs agree`}. In the published tables the two differ by up to 10 points of perplexity on the Penn Treebank: that is their noise.`,
  ]
}
