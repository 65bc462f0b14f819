import {
  MEASURES,
  type Bounds,
  type Contrast,
  type PlanSummary,
  type RetentionLimits,
  type Verdict,
} from '../../../shared/comparison.ts'
import { fails, type Standing } from '../../../shared/answer.ts'
import { readFigure } from '../../../shared/figure.ts'
import { fewestPairs, LEVEL, type OpenContrast } from './contrast.ts'
import { count, figure, listed, pIs, probability, signedSpread, targetName, unitAfter } from './words.ts'

export interface Judged {
  contrast: OpenContrast & Pick<Contrast, 'seedsNeeded'>
  plan: PlanSummary
  reference: PlanSummary
  family: number
  retention: RetentionLimits | null
  /** Where both stand on the target's range; unknown for retention. */
  standings: { plan: Standing; reference: Standing }
  /** The range before this one on which the reference is at the floor already, as it is read: there the reading stopped. */
  stoppedAt: string | null
}

/** More seeds than this are said to be "more than". */
const MANY = 1000

/** Whether the plan is shown to be better or worse than the reference on a target, in plain words and with the reason. */
export function judge(judged: Judged): Verdict {
  const { contrast, plan, reference, standings, stoppedAt } = judged
  const subject = `${plan.title}, ${targetName(contrast.target)}`
  if (contrast.pairs.length === 0)
    return {
      outcome: 'void',
      text: `${subject}: no seed has a figure for both this plan and ${reference.title}${leftOut(contrast)}.`,
      evidence: 'no pairs',
    }
  if (contrast.differences.every(d => d === 0))
    return {
      outcome: 'same',
      text: `${subject}: exactly the same as ${reference.title} on ${paired(contrast)}${leftOut(contrast)}.`,
      evidence: plan.sameAs === null ? `equal on ${paired(contrast)}` : 'the same training',
    }
  const floored = [plan, reference].filter(side => side.atFloor === true)
  if (contrast.target.measure === 'retention' && floored.length > 0)
    return {
      outcome: 'void',
      text: `${subject}: ${retentionIsVoid(floored, judged)}`,
      evidence: `${floored.length > 1 ? 'both' : floored[0] === plan ? 'plan' : 'reference'} at the floor to begin with`,
    }
  if (fails(standings.plan) && fails(standings.reference)) return failuresVerdict(judged, subject)
  if (stoppedAt !== null)
    return {
      outcome: 'not-reached',
      text: `${subject}: not judged, since ${reference.title} is at the floor on ${stoppedAt} already and ranges are read from short to long; difference ${difference(contrast)}${leftOut(contrast)}.`,
      evidence: `the reading stopped at ${stoppedAt}`,
    }
  if (settled(contrast)) return settledVerdict(judged, subject)
  return { outcome: 'open', text: openText(judged, subject), evidence: agreement(contrast) }
}

/** Nobody wins a contest of failures. */
function failuresVerdict({ contrast, plan, reference, standings }: Judged, subject: string): Verdict {
  const both = standings.plan === 'diverged' && standings.reference === 'diverged'
  const how = both
    ? `both ${plan.title} and ${reference.title} diverged`
    : `neither ${plan.title} nor ${reference.title} is clearly above the floor there`
  return {
    outcome: 'void',
    text: `${subject}: says nothing (difference ${difference(contrast)}): ${how}, and which of them fails less is no answer.`,
    evidence: both ? 'both diverged' : 'both at or below the floor',
  }
}

/** "3 of 3 seeds worse": the side that more seeds are on. */
function agreement({ differences, target }: OpenContrast): string {
  const better = differences.filter(d => (MEASURES[target.measure].better === 'higher' ? d > 0 : d < 0)).length
  const worse = differences.filter(d => d !== 0).length - better
  const [most, word] = better > worse ? [better, 'better'] : [worse, 'worse']
  return `${most} of ${count(differences.length, 'seed')} ${word}`
}

const settled = ({ interval, test }: OpenContrast): boolean =>
  interval !== null && excludesZero(interval) && test !== null && test.holmP <= LEVEL

export const excludesZero = ({ low, high }: Bounds): boolean =>
  (readFigure(low) ?? -Infinity) > 0 || (readFigure(high) ?? Infinity) < 0

function settledVerdict(judged: Judged, subject: string): Verdict {
  const { contrast, reference } = judged
  const { interval, test, target } = contrast
  const larger = (readFigure(interval!.low) ?? -Infinity) > 0
  const better = larger === (MEASURES[target.measure].better === 'higher')
  return {
    outcome: better ? 'better' : 'worse',
    text: `${subject}: ${better ? 'better' : 'worse'} than ${reference.title}, ${difference(contrast)} over ${paired(contrast)}, better on ${wins(contrast)}, ${pIs(corrected(contrast), test!.holmP)}${effect(contrast)}${better ? lessAccurate(judged) : ''}${diverged(contrast)}${leftOut(contrast)}.`,
    evidence: agreement(contrast),
  }
}

function openText(judged: Judged, subject: string): string {
  const { contrast } = judged
  if (contrast.pairs.length === 1)
    return `${subject}: 1 paired seed says nothing of other seeds: difference ${difference(contrast)}${leftOut(contrast)}. ${outlook(judged)}`
  return `${subject}: ${paired(contrast)} cannot settle this: difference ${difference(contrast)}, ${reasons(judged)}${diverged(contrast)}${leftOut(contrast)}. ${outlook(judged)}`
}

/** Why a contrast of 2 or more pairs is open. */
function reasons({ contrast, family }: Judged): string {
  const { interval, test, smallestP } = contrast
  const excludes = interval !== null && excludesZero(interval)
  const parts: string[] = []
  if (interval === null) parts.push('of which no interval can be given')
  else parts.push(excludes ? 'and the interval excludes 0' : 'the interval includes 0')
  if (smallestP! > LEVEL)
    parts.push(
      `the smallest two-sided p that ${count(contrast.pairs.length, 'pair')} can give is ${probability(smallestP!)}`,
    )
  else if (smallestP! * family > LEVEL)
    parts.push(
      `the smallest p that ${count(contrast.pairs.length, 'pair')} can give is ${probability(smallestP!)}, above ${LEVEL} when corrected for ${count(family, 'comparison')}`,
    )
  else parts.push(pIs(corrected(contrast), test!.holmP))
  return parts.join(excludes ? ', but ' : '; ')
}

/** What would settle it. */
function outlook({ contrast, family }: Judged): string {
  const needed = contrast.seedsNeeded
  const least = fewestPairs(family)
  if (needed === null)
    return contrast.pairs.length >= least
      ? 'How many more seeds would settle it cannot be told.'
      : `At least ${count(least, 'paired seed')} are needed${forFamily(family)}.`
  if (needed.further === 0)
    return 'The differences are less regular than their mean and spread suggest; look at the single seeds.'
  const seeds =
    needed.further > MANY ? `More than ${count(MANY, 'more seed')}` : `About ${count(needed.further, 'more seed')}`
  return `${seeds} would settle it (80 % chance, if the differences keep this mean and spread${family > 1 ? `; ${count(family, 'comparison')}, Holm` : ''}).`
}

const forFamily = (family: number): string =>
  family > 1 ? ` (exact test, ${count(family, 'comparison')}, Holm)` : ' (exact test)'

function retentionIsVoid(floored: readonly PlanSummary[], { contrast, retention }: Judged): string {
  const verb = floored.length > 1 ? 'are' : 'is'
  const own = contrast.mean === null ? '' : ` (difference ${difference(contrast)})`
  const floor =
    retention === null || retention.floor === null ? '' : `; the trivial predictor retains ${figure(retention.floor)}`
  return `says nothing${own}: on ${retention?.from ?? 'the first bin'} ${listed(floored.map(side => side.title))} ${verb} not clearly above the trivial predictor${floor}.`
}

const paired = ({ pairs }: OpenContrast): string => count(pairs.length, 'paired seed')

/** "−0.031 nats per symbol [−0.05, −0.012]" */
function difference({ mean, median, interval, intervalOf, target }: OpenContrast): string {
  const unit = target.measure === 'perplexity' ? ' in ln perplexity' : unitAfter(target)
  const [name, own] = intervalOf === 'mean' ? ['', mean] : ['median ', median]
  const [size, ...ends] = signedSpread(own, interval).split(' [')
  return `${name}${size}${unit}${ends.map(end => ` [${end}`).join('')}`
}

/** "9 of 10", ties said. */
function wins({ differences, target }: OpenContrast): string {
  const better = differences.filter(d => (MEASURES[target.measure].better === 'higher' ? d > 0 : d < 0)).length
  const ties = differences.filter(d => d === 0).length
  return `${better} of ${differences.length}${ties > 0 ? ` (${ties} equal)` : ''}`
}

const corrected = ({ test }: OpenContrast): string => `Holm-corrected ${test!.exact ? 'exact ' : ''}p`

const effect = ({ effect }: OpenContrast): string => (effect ? `, effect size g = ${figure(effect.g)}` : '')

/** High retention is easily had from a low start. */
function lessAccurate({ contrast, plan, reference, retention }: Judged): string {
  if (contrast.target.measure !== 'retention' || retention === null) return ''
  const [own, other] = [plan, reference].map(side => readFigure(side.bins[retention.from]?.accuracy?.mean ?? 0))
  return own! < other!
    ? `; but from a lower accuracy on ${retention.from}, ${own!.toFixed(3)} against ${other!.toFixed(3)}`
    : ''
}

function diverged({ differences }: OpenContrast): string {
  const infinite = differences.filter(d => !Number.isFinite(d)).length
  return infinite > 0 ? `; in ${count(infinite, 'pair')} one run diverged and counts as the worst` : ''
}

function leftOut({ unpaired }: OpenContrast): string {
  if (unpaired.length === 0) return ''
  const seeds = [...new Set(unpaired.map(({ seed }) => seed))]
  return `; left out for want of a pair: ${seeds.length === 1 ? 'seed' : 'seeds'} ${listed(seeds.map(String))}`
}
