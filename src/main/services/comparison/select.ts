import { InputError } from '../../../shared/errors.ts'
import type { LeftOutRun } from '../../../shared/comparison.ts'
import type { LengthScore } from '../../../shared/run-events.ts'
import { sizeOf } from '../../../shared/score.ts'
import type { Weights } from '../../../shared/records.ts'
import type { BinSpec } from '../../../shared/study.ts'
import type { ComparedRun, ComparisonInput } from './input.ts'

/** A run that counts, with the scores to count; null scores: diverged before it could be scored. */
export interface CountedRun {
  run: ComparedRun
  scores: readonly LengthScore[] | null
}

export interface Selection {
  counted: CountedRun[]
  leftOut: LeftOutRun[]
  /** The test that all counted runs were scored on: one run's scores; empty when there is none. */
  tested: readonly LengthScore[]
}

/**
 * Which runs count. Out are runs that did not end by themselves, whose frozen weights changed, that were not scored, or on other strings than
 * most. In order of seeds. @throws InputError for a run of an unknown plan, and for two runs of one plan and seed that both count
 */
export function selectRuns({ spec, runs }: Pick<ComparisonInput, 'spec' | 'runs'>, weights: Weights): Selection {
  const plans = spec.plans.map(plan => plan.id)
  const stranger = runs.find(run => !plans.includes(run.planId))
  if (stranger) throw new InputError(`runs.${stranger.runId}.planId`, stranger.planId, plans.join(', '))
  const ended = runs
    .toSorted((a, b) => a.seed - b.seed || (a.runId < b.runId ? -1 : 1))
    .map(run => ({ run, scores: inBins(run.scores[weights], spec.evaluation.bins) }))
  const usual = mostFrequent(
    ended.filter(({ run, scores }) => endedByItself(run) && scores.length > 0).map(({ scores }) => testOf(scores)),
  )
  const counted: CountedRun[] = []
  const leftOut: LeftOutRun[] = []
  for (const { run, scores } of ended) {
    const reason = whyNot(run, scores, usual)
    if (reason === null) counted.push({ run, scores: scores.length > 0 ? scores : null })
    else leftOut.push({ runId: run.runId, plan: run.planId, seed: run.seed, reason })
  }
  checkOnce(counted.map(({ run }) => run))
  return { counted, leftOut, tested: counted.find(({ scores }) => scores !== null)?.scores ?? [] }
}

const endedByItself = ({ status }: ComparedRun): boolean =>
  status === 'finished' || status === 'stopped-early' || status === 'diverged'

/** What a text's words score from a given number of predecessors is no length to compare with others: `contexts` tells it. */
const inBins = (scores: readonly LengthScore[], bins: readonly BinSpec[]): readonly LengthScore[] =>
  scores.filter(score => bins.some(bin => bin.name === score.bin && bin.by !== 'context'))

function whyNot(run: ComparedRun, scores: readonly LengthScore[], usual: string | undefined): string | null {
  if (!endedByItself(run)) return run.status
  if (run.frozenIntact === false) return 'frozen weights changed'
  if (scores.length === 0) return run.status === 'diverged' ? null : 'not evaluated'
  return testOf(scores) === usual ? null : 'evaluated on other strings than most runs'
}

/** What a run was tested on, as far as scores tell. */
const testOf = (scores: readonly LengthScore[]): string =>
  scores
    .map(score => JSON.stringify([score.bin, score.length, sizeOf(score)]))
    .sort()
    .join()

function mostFrequent(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0]
}

function checkOnce(runs: readonly ComparedRun[]): void {
  const seen = new Map<string, string>()
  for (const { runId, planId, seed } of runs) {
    const key = `${planId}, seed ${seed}`
    const other = seen.get(key)
    if (other !== undefined)
      throw new InputError('runs', `${key}: ${other} and ${runId}`, 'one run for each plan and seed')
    seen.set(key, runId)
  }
}
