import { CEILING_SKILL, FLOOR_SKILL, type AnswerCell, type Standing } from '../../../shared/answer.ts'
import type { BinSummary, Summary } from '../../../shared/comparison.ts'
import { readFigure } from '../../../shared/figure.ts'
import type { RunFigures } from './figures.ts'
import { skill as skillBetween } from '../../../shared/score.ts'
import { summarize, type Bootstrap } from './summary.ts'

/** Where a plan stands on a bin, and its seeds that by themselves stand at the floor, diverged ones among them. */
export interface Stand extends Omit<AnswerCell, 'plan' | 'range'> {
  seedsAtFloor: number[]
}

/** How far a figure is on its way from the floor to the best there is. */
interface Scale {
  readonly measure: 'accuracy' | 'cross-entropy'
  readonly skill: (figure: number) => number
}

/**
 * Accuracy between the trivial predictor's and the optimal one's, with 1 for the latter where it is not known. In a text, where most words
 * cannot be foreseen by anybody, what is saved of the unigram model's nats; where these are not known, what accuracy gains on the floor's own.
 */
function scaleOf({ floorAccuracy, ceilingAccuracy, floorPerplexity }: BinSummary, isText: boolean): Scale | null {
  if (isText && floorPerplexity !== null && floorPerplexity > 1) {
    const floor = -Math.log(floorPerplexity)
    return { measure: 'cross-entropy', skill: nats => skillBetween(-nats, { floor, ceiling: 0 })! }
  }
  if (floorAccuracy === null) return null
  const ceiling = isText ? 2 * floorAccuracy : (ceilingAccuracy ?? 1)
  const skill = (accuracy: number): number | null => skillBetween(accuracy, { floor: floorAccuracy, ceiling })
  return skill(ceiling) === null ? null : { measure: 'accuracy', skill: accuracy => skill(accuracy)! }
}

export function standOf(runs: readonly RunFigures[], bin: BinSummary, isText: boolean, bootstrap: Bootstrap): Stand {
  const scale = scaleOf(bin, isText)
  const figureOf = (run: RunFigures): number | null => (scale && run.bins.get(bin.name)?.[scale.measure]) ?? null
  // What is infinitely wrong has no skill that a mean could take.
  const diverged = runs.filter(run => run.diverged || figureOf(run) === Infinity).map(({ seed }) => seed)
  const skills = new Map(
    runs.flatMap((run): [number, number][] => {
      const figure = figureOf(run)
      return scale === null || figure === null || diverged.includes(run.seed) ? [] : [[run.seed, scale.skill(figure)]]
    }),
  )
  const summary = summarize(skills, bootstrap)
  return {
    standing: standingOf(summary, skills.size, runs.length, diverged.length),
    skill: summary && readFigure(summary.mean),
    interval: summary?.meanInterval ?? null,
    scored: skills.size,
    of: runs.length,
    diverged,
    seedsAtFloor: [...diverged, ...[...skills].filter(([, skill]) => skill < FLOOR_SKILL).map(([seed]) => seed)].sort(
      (a, b) => a - b,
    ),
  }
}

function standingOf(summary: Summary | null, scored: number, of: number, diverged: number): Standing {
  if (of === 0) return 'unknown'
  if (2 * diverged >= of) return 'diverged'
  if (summary === null) return 'unknown'
  const value = readFigure(summary.mean)!
  const low = readFigure(summary.meanInterval?.low ?? value)!
  const high = readFigure(summary.meanInterval?.high ?? value)!
  if (high < 0) return 'below'
  if (low < FLOOR_SKILL) return 'floor'
  return low >= CEILING_SKILL && scored === of ? 'ceiling' : 'between'
}
