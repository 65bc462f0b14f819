import { chance } from '../../../engine/chance.ts'
import type { Across, AcrossCell, AcrossRow, End, Overall } from '../../../shared/across.ts'
import { fails, type Standing } from '../../../shared/answer.ts'
import { MEASURES, type Comparison, type Measure, type PlanSummary, type Summary } from '../../../shared/comparison.ts'
import { holm } from '../../../shared/statistics/holm.ts'
import { mean } from '../../../shared/statistics/mean.ts'
import type { Randomness } from '../../../shared/statistics/randomness.ts'
import { targetLimits } from '../../../shared/target-limits.ts'
import { differencesOf } from '../differences.ts'
import { LEVEL } from './contrast.ts'
import { pool, type PairDifferences, type Pooled } from './pooled.ts'
import { CONFIDENCE, intervalOf, type Bootstrap } from './summary.ts'
import { excludesZero } from './verdict.ts'
import { count, figure, pIs, signedSpread } from './words.ts'

/** A study with what its plans reach. */
export interface AcrossInput extends Pick<
  AcrossRow,
  'studyId' | 'name' | 'taskId' | 'taskTitle' | 'controllerId' | 'memoryId'
> {
  readonly comparison: Comparison
  /** What is told apart between studies. */
  readonly configuration: object
}

export interface AcrossOptions {
  readonly measure: Measure
  readonly end: End
  /** A plan's id; default: the plan without frozen parts that most studies have. */
  readonly reference?: string
  /** Only these plans, and the reference. */
  readonly plans?: readonly string[]
  readonly resamples?: number
  readonly random?: (name: string) => Randomness
}

/** Puts studies side by side. Pure: the same input gives the same record, to the last digit. */
export function across(
  inputs: readonly AcrossInput[],
  { measure, end, plans: asked, resamples = 5_000, random = name => chance(0).fork(name), ...options }: AcrossOptions,
): Across {
  const bootstrap: Bootstrap = { resamples, random }
  const reference = options.reference ?? commonest(inputs.flatMap(({ comparison }) => comparison.reference ?? []))
  const plans = [
    ...new Map(
      inputs.flatMap(({ comparison }) => comparison.plans.map(({ id, title }) => [id, { id, title }] as const)),
    ).values(),
  ].filter(({ id }) => asked === undefined || id === reference || asked.includes(id))
  const rows = inputs.map(input =>
    rowOf(
      input,
      plans.map(({ id }) => id),
      reference,
      measure,
      end,
      bootstrap,
    ),
  )
  const empty = (row: AcrossRow): boolean => plans.every(({ id }) => row.cells[id] === null)
  const others = plans.filter(({ id }) => id !== reference)
  const pooled = others.flatMap(plan => {
    const found = overallOf(plan, inputs, reference, measure, end, bootstrap)
    return found ? [found] : []
  })
  const adjusted = holm(pooled.map(({ p }) => p))
  const kept = inputs.filter((_, i) => !empty(rows[i]!))
  return {
    weights: inputs[0]?.comparison.weights ?? 'best',
    measure,
    end,
    confidence: CONFIDENCE,
    reference,
    plans,
    rows: rows.filter(row => !empty(row)),
    overall: pooled.map((one, i) =>
      judged({ ...one, holmP: adjusted[i]! }, plans.find(({ id }) => id === reference)?.title ?? '', measure),
    ),
    differences: differencesOf(kept.map(({ configuration }) => configuration)),
    leftOut: rows
      .filter(empty)
      .map(({ studyId, name }) => ({ studyId, name, reason: `no plan has a figure of ${MEASURES[measure].title}` })),
  }
}

function commonest(ids: readonly string[]): string | null {
  const counts = new Map<string, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return [...counts].reduce<[string | null, number]>((best, [id, n]) => (n > best[1] ? [id, n] : best), [null, 0])[0]
}

const binAt = ({ bins }: Comparison, measure: Measure, end: End): string | null =>
  measure === 'retention' ? null : ((end === 'longest' ? bins.at(-1) : bins[0])?.name ?? null)

function summaryOf(plan: PlanSummary | undefined, measure: Measure, bin: string | null): Summary | null {
  if (measure === 'retention') return plan?.retention ?? null
  return bin === null ? null : (plan?.bins[bin]?.[measure] ?? null)
}

/** Where a plan stands on the bin of the figures; retention says nothing from the floor of the shortest. */
const standingIn = ({ answer }: Comparison, plan: string, bin: string | null): Standing =>
  answer.cells.find(cell => cell.plan === plan && cell.range === (bin ?? answer.ranges[0]?.name))?.standing ?? 'unknown'

const planIn = ({ plans }: Comparison, id: string): PlanSummary | undefined => plans.find(plan => plan.id === id)

interface Differences {
  /** By seed; finite. */ readonly finite: ReadonlyMap<number, number>
  /** Pairs of which a run diverged. */ readonly leftOut: number
  /** Both plans are at the floor: their difference says nothing. */ readonly atFloor: boolean
}

function differencesBySeed(
  comparison: Comparison,
  plan: string,
  reference: string | null,
  measure: Measure,
  end: End,
): Differences {
  const bin = binAt(comparison, measure, end)
  const [own, other] = [plan, reference].map(id =>
    id === null ? null : summaryOf(planIn(comparison, id), measure, bin),
  )
  const before = new Map(other?.values.map(({ seed, value }) => [seed, value]))
  const finite = (own?.values ?? []).flatMap(({ seed, value }): [number, number][] => {
    const from = before.get(seed)
    return typeof value === 'number' && typeof from === 'number' ? [[seed, value - from]] : []
  })
  const theirs = new Set(seedsOf(other))
  return {
    finite: new Map(finite),
    leftOut: seedsOf(own).filter(seed => theirs.has(seed)).length - finite.length,
    atFloor: [plan, reference].every(id => id !== null && fails(standingIn(comparison, id, bin))),
  }
}

/** Of the runs that count, whether they have the figure or not. */
const seedsOf = (summary: Summary | null | undefined): number[] =>
  summary ? [...summary.values.map(({ seed }) => seed), ...summary.missing] : []

const NO_DIFFERENCES: Differences = { finite: new Map(), leftOut: 0, atFloor: false }

function rowOf(
  { comparison, studyId, name, taskId, taskTitle, controllerId, memoryId }: AcrossInput,
  plans: readonly string[],
  reference: string | null,
  measure: Measure,
  end: End,
  bootstrap: Bootstrap,
): AcrossRow {
  const bin = binAt(comparison, measure, end)
  const cell = (plan: string): AcrossCell | null => {
    const summary = summaryOf(planIn(comparison, plan), measure, bin)
    if (!summary) return null
    const { finite, leftOut } =
      plan === reference ? NO_DIFFERENCES : differencesBySeed(comparison, plan, reference, measure, end)
    const values = [...finite.values()]
    const interval = values.length === 0 ? null : intervalOf(values, 'mean', bootstrap)
    return {
      summary,
      standing: standingIn(comparison, plan, bin),
      difference: values.length === 0 ? null : { mean: mean(values)!, interval, pairs: values.length },
      leftOut,
    }
  }
  return {
    studyId,
    name,
    taskId,
    taskTitle,
    controllerId,
    memoryId,
    bin,
    ...targetLimits(comparison, { measure, bin }),
    cells: Object.fromEntries(plans.map(plan => [plan, cell(plan)])),
  }
}

type Open = Omit<Overall, 'outcome' | 'text'>

const NOTHING: ReadonlyMap<number, number> = new Map()

function overallOf(
  { id, title }: { id: string; title: string },
  inputs: readonly AcrossInput[],
  reference: string | null,
  measure: Measure,
  end: End,
  bootstrap: Bootstrap,
): Omit<Open, 'holmP'> | null {
  const found = inputs.map(({ comparison }) => differencesBySeed(comparison, id, reference, measure, end))
  const pairs = inputs.map(({ studyId, memoryId }, i): PairDifferences => ({
    task: studyId,
    model: memoryId,
    differences: found[i]!.atFloor ? NOTHING : found[i]!.finite,
  }))
  const pooled: Pooled | null = pool(pairs, `across/${id}/${measure}/${end}`, bootstrap)
  if (!pooled) return null
  const { pairs: studies, ...rest } = pooled
  const leftOut = found.reduce((sum, one) => sum + (one.atFloor ? 0 : one.leftOut), 0)
  const means = pairs.flatMap(({ differences }) => (differences.size > 0 ? [mean([...differences.values()])!] : []))
  const sign = MEASURES[measure].better === 'higher' ? 1 : -1
  return {
    plan: id,
    title,
    ...rest,
    studies,
    leftOut,
    atFloor: found.filter(one => one.atFloor && one.finite.size > 0).length,
    better: means.filter(d => sign * d > 0).length,
    worse: means.filter(d => sign * d < 0).length,
  }
}

function judged(one: Open, reference: string, measure: Measure): Overall {
  const { mean: by, interval, holmP, smallestP, title, studies, seeds, leftOut, atFloor, better, worse } = one
  const { unit, title: name, better: direction } = MEASURES[measure]
  const settled = interval !== null && excludesZero(interval) && holmP <= LEVEL
  const outcome =
    better + worse === 0 ? 'same' : settled ? (by > 0 === (direction === 'higher') ? 'better' : 'worse') : 'open'
  const numbers = `${signedSpread(by, interval)}${unit === '' ? '' : ` ${unit}`} ${name} over ${studies} ${studies === 1 ? 'study' : 'studies'} and ${count(seeds, 'seed')}; better in ${better}, worse in ${worse}${leftOut > 0 ? `; ${count(leftOut, 'pair')} of runs left out, of which one diverged` : ''}${atFloor > 0 ? `; ${atFloor} ${atFloor === 1 ? 'study' : 'studies'} left out, where both are at the floor` : ''}`
  const sure =
    outcome === 'open' && smallestP > LEVEL
      ? `so few seeds cannot give a p below ${figure(smallestP)}`
      : pIs('Holm p', holmP)
  const head = {
    better: `${title} is better than ${reference}`,
    worse: `${title} is worse than ${reference}`,
    open: `${title} is not shown to differ from ${reference}`,
    same: `${title} does exactly as ${reference}`,
  }[outcome]
  return { ...one, outcome, text: `${head}: ${numbers}; ${sure}.` }
}
