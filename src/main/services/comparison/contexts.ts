import type { ContextSummary } from '../../../shared/comparison.ts'
import { figures } from '../../../shared/score.ts'
import type { FreezePlan } from '../../../shared/study.ts'
import type { Weights } from '../../../shared/records.ts'
import type { ComparisonInput } from './input.ts'
import type { CountedRun } from './select.ts'
import { summarize, type Bootstrap } from './summary.ts'

/** Perplexity of the same words from their last 1, 2, 4 … predecessors, by plan; empty unless the study tests it. */
export function contextsOf(
  { bins }: ComparisonInput['spec']['evaluation'],
  plans: readonly FreezePlan[],
  counted: readonly CountedRun[],
  weights: Weights,
  bootstrap: Bootstrap,
): ContextSummary[] {
  const names = new Set(bins.filter(({ by }) => by === 'context').map(({ name }) => name))
  const scoresOf = ({ run }: CountedRun) => run.scores[weights].filter(({ bin }) => names.has(bin))
  const lengths = [...new Set(counted.flatMap(run => scoresOf(run).map(({ length }) => length)))].sort((a, b) => a - b)
  return lengths.map(words => ({
    words,
    plans: Object.fromEntries(
      plans.flatMap(({ id }) => {
        const own = counted
          .filter(({ run }) => run.planId === id)
          .map((run): [number, number | null] => {
            const score = scoresOf(run).find(({ length }) => length === words)
            return [run.run.seed, score ? figures(score).perplexity : null]
          })
        const summary = summarize(new Map(own), `${id}/context ${words}`, bootstrap)
        return summary ? [[id, summary]] : []
      }),
    ),
  }))
}
