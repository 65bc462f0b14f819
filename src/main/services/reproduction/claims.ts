import type { Bounds, Summary } from '../../../shared/comparison.ts'
import { readFigure } from '../../../shared/figure.ts'
import { publishedCell, PUBLISHED_CELLS, type FigureId } from '../../../shared/published/das-mali-2024.ts'
import type { Claim, ClaimOutcome } from '../../../shared/reproduction.ts'
import { holm } from '../../../shared/statistics/holm.ts'
import { fewestPairs, LEVEL } from '../comparison/contrast.ts'
import { ENOUGH_SEEDS } from '../comparison/notes.ts'
import { known, type Bootstrap, type BySeed } from '../comparison/summary.ts'
import { count, figure, listed, pIs, signedSpread, spread } from '../comparison/words.ts'
import { excludesZero } from '../comparison/verdict.ts'
import { CLAIMS, type ClaimSpec, type ReachClaim, type ShiftClaim } from './claim-texts.ts'
import type { PlanFigures } from './figures.ts'
import { bySeed, planFigures, type EvidenceInput } from './measure.ts'
import { pool, type PairDifferences, type Pooled } from '../comparison/pooled.ts'

/** How the measured figures stand to each claim. @param inputs studies under one protocol, one for each task and model */
export function judgeClaims(inputs: readonly EvidenceInput[], bootstrap: Bootstrap): Claim[] {
  const shifts = new Map(
    CLAIMS.filter(claim => claim.kind === 'shift').map(claim => [
      claim.id,
      shiftOf(claim, evidenceFor(claim, inputs), bootstrap),
    ]),
  )
  const tested = [...shifts].flatMap(([id, { pooled }]) => (pooled ? [{ id, p: pooled.p }] : []))
  const corrected = new Map(holm(tested.map(({ p }) => p)).map((p, i) => [tested[i]!.id, p]))
  return CLAIMS.map(claim => {
    const told = {
      id: claim.id,
      claim: claim.claim,
      measure: claim.measure,
      published: claim.published,
      caveats: [...claim.caveats],
    }
    const judged =
      claim.kind === 'reach'
        ? judgeReach(claim, evidenceFor(claim, inputs))
        : judgeShift(claim, shifts.get(claim.id)!, corrected.get(claim.id) ?? 1, tested.length)
    return { ...told, ...judged }
  })
}

type Judged = Pick<Claim, 'outcome' | 'text' | 'difference' | 'pairs'>

/** Models without a memory have nothing to freeze. */
const evidenceFor = ({ tasks }: ClaimSpec, inputs: readonly EvidenceInput[]): EvidenceInput[] =>
  inputs.filter(({ recognised, spec }) => tasks.includes(recognised.task) && spec.model.memory.id !== 'none')

const publishedPairs = ({ tasks }: ClaimSpec): number =>
  PUBLISHED_CELLS.filter(
    ({ task, model, plan }) =>
      plan === 'full' &&
      tasks.includes(task) &&
      !model.startsWith('lstm') &&
      publishedCell(task, model, 'frozen-memory'),
  ).length

interface Shift {
  readonly pooled: Pooled | null
  readonly pairs: readonly PairDifferences[]
  /** Named: `rns-3-3 on count-3`. */ readonly floored: readonly string[]
  /** Pairs of runs without a finite difference. */ readonly lost: number
}

function shiftOf(claim: ShiftClaim, inputs: readonly EvidenceInput[], bootstrap: Bootstrap): Shift {
  const pairs: PairDifferences[] = []
  const floored: string[] = []
  let lost = 0
  for (const input of inputs) {
    const [full, frozen] = [planFigures(input, 'full'), planFigures(input, 'frozen-memory')]
    if (!full || !frozen) continue
    const { task, model } = input.recognised
    if (claim.floorCounts && (full.atFloor === true || frozen.atFloor === true)) {
      floored.push(`${model} on ${task}`)
      continue
    }
    const [theirs, ours] = [valuesOf(full, claim.figure, input), valuesOf(frozen, claim.figure, input)]
    const differences = new Map(
      known(ours).flatMap(([seed, value]): [number, number][] =>
        Number.isFinite(value - (theirs.get(seed) ?? NaN)) ? [[seed, value - theirs.get(seed)!]] : [],
      ),
    )
    lost += full.seeds.filter(seed => frozen.seeds.includes(seed) && !differences.has(seed)).length
    if (differences.size > 0) pairs.push({ task, model, differences })
  }
  return { pooled: pool(pairs, `reproduction/${claim.id}`, bootstrap), pairs, floored, lost }
}

function valuesOf(plan: PlanFigures, figure: FigureId, { recognised: { bins } }: EvidenceInput): BySeed {
  if (figure === 'retention') return bySeed(plan.retention)
  if (figure === 'test-perplexity') return bySeed(plan.bins[bins.at(-1)!]?.['cross-entropy'])
  return bySeed(plan.bins[bins[Number(figure.at(-1))]!]?.accuracy)
}

function judgeShift(claim: ShiftClaim, { pooled, pairs, floored, lost }: Shift, holmP: number, family: number): Judged {
  const of = publishedPairs(claim)
  const coverage = { measured: pairs.length + floored.length, published: of }
  const outside = [
    ...(floored.length > 0 ? [`Not clearly above the trivial predictor, and left out: ${listed(floored)}.`] : []),
    ...(lost > 0 ? [`${count(lost, 'pair')} of runs left out, of which one diverged.`] : []),
  ]
  const said = (outcome: ClaimOutcome, ...sentences: string[]): Judged => ({
    outcome,
    text: [...sentences, ...outside].join(' '),
    difference: pooled && {
      mean: pooled.mean,
      interval: pooled.interval,
      p: pooled.p,
      holmP,
      pairs: pooled.pairs,
      seeds: pooled.seeds,
    },
    pairs: coverage,
  })
  if (pooled === null)
    return said(
      'missing',
      floored.length > 0 ? 'No pair that says anything.' : `No run of ${of} pairs of task and model.`,
    )

  const sign = (value: number): number => (claim.direction === 'higher' ? value : -value)
  const claimed = pairs.filter(({ differences }) => sign(meanOf(differences)) > 0).length
  const size = `${signedSpread(pooled.mean, pooled.interval)}${claim.figure === 'test-perplexity' ? ' nats per symbol' : ''}`
  const seen = `${size} over ${count(pooled.pairs, 'pair')} and ${count(pooled.seeds, 'seed')}, ${claim.direction} in ${claimed} of ${pooled.pairs}`
  const least = fewestPairs(family)
  if (pooled.smallestP * family > LEVEL)
    return said(
      'too-few-seeds',
      `${seen}; the smallest p that ${count(pooled.seeds, 'seed')} can give is ${figure(pooled.smallestP)}${family > 1 ? `, before it is corrected for ${family} claims` : ''}: at least ${least} seeds are needed.`,
    )
  const excludes = pooled.interval !== null && excludesZero(pooled.interval)
  const p = pIs('Holm-corrected p', holmP)
  if (!excludes || holmP > LEVEL) return said('open', `${seen}; ${p}.`)
  // A few pairs cannot speak for a claim about all of them.
  if (2 * pooled.pairs < of)
    return said('open', `${seen}; ${p}; but ${pooled.pairs} of ${of} pairs are too few to speak for all.`)
  return said(sign(pooled.mean) > 0 ? 'supports' : 'contradicts', `${seen}; ${p}.`)
}

const meanOf = (differences: ReadonlyMap<number, number>): number =>
  [...differences.values()].reduce((sum, d) => sum + d, 0) / differences.size

const lowOf = ({ low }: Bounds): number => readFigure(low) ?? -Infinity
const highOf = ({ high }: Bounds): number => readFigure(high) ?? Infinity
const meanIn = ({ retention }: { retention: Summary }): number => readFigure(retention.mean) ?? 0

function judgeReach(claim: ReachClaim, inputs: readonly EvidenceInput[]): Judged {
  const of = publishedPairs(claim)
  const above = claim.reach === 'above'
  const measured = inputs.flatMap(input => {
    const plan = planFigures(input, claim.plan)
    return plan?.retention
      ? [
          {
            name: `${input.recognised.model} on ${input.recognised.task}`,
            retention: plan.retention,
            atFloor: plan.atFloor,
            seeds: plan.retention.values.length,
          },
        ]
      : []
  })
  const eligible = measured.filter(({ atFloor }) => atFloor !== true)
  const settled = eligible.filter(({ seeds }) => seeds >= ENOUGH_SEEDS)
  const far = (value: number): number => (above ? value : -value)
  const [best] = eligible.toSorted((a, b) => far(meanIn(b)) - far(meanIn(a)))
  const floored = measured.length - eligible.length
  const told = best
    ? `${above ? 'Largest' : 'Smallest'} of ${count(eligible.length, 'pair')}: ${best.name}, ${spread(best.retention.mean, best.retention.meanInterval)} over ${count(best.seeds, 'seed')}.`
    : ''
  const said = (outcome: ClaimOutcome, ...sentences: string[]): Judged => ({
    outcome,
    difference: null,
    pairs: { measured: measured.length, published: of },
    text: [
      told,
      ...sentences,
      ...(floored > 0 ? [`${count(floored, 'pair')} not clearly above the trivial predictor left out.`] : []),
    ]
      .filter(sentence => sentence !== '')
      .join(' '),
  })
  if (!best)
    return said(
      'missing',
      measured.length > 0 ? 'No pair that says anything.' : `No run of ${of} pairs of task and model.`,
    )
  const reaching = settled.filter(
    ({ retention: { meanInterval } }) =>
      meanInterval !== null && (above ? lowOf(meanInterval) >= claim.limit : highOf(meanInterval) <= claim.limit),
  )
  if (reaching.length > 0)
    return said(
      'supports',
      `${count(reaching.length, 'pair')} with the whole interval ${above ? 'at or above' : 'at or below'} ${claim.limit}${eligible.length > 1 ? `, not corrected for the ${eligible.length} looked at` : ''}.`,
    )
  if (settled.length < eligible.length && best.seeds < ENOUGH_SEEDS)
    return said('too-few-seeds', `An interval that can be trusted needs ${ENOUGH_SEEDS} seeds.`)
  const missing = of - measured.length
  const failing = settled.filter(
    ({ retention: { meanInterval } }) =>
      meanInterval !== null && (above ? highOf(meanInterval) < claim.limit : lowOf(meanInterval) > claim.limit),
  )
  if (missing === 0 && failing.length === eligible.length) return said('contradicts', `No pair reaches ${claim.limit}.`)
  return said('open', missing > 0 ? `${count(missing, 'pair')} not measured.` : 'The intervals leave it open.')
}
