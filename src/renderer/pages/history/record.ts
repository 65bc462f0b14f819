import type { FullRun } from '../../../shared/contract/index.ts'
import type { LengthScore } from '../../../shared/run-events.ts'
import { figures, pool } from '../../../shared/score.ts'
import { groupBy } from '../../../shared/group-by.ts'

/** A run's settings, a line each, keys joined by dots; of the study's plans only its own. */
export function configLines({ study, plan }: Pick<FullRun, 'study' | 'plan'>): { path: string; value: string }[] {
  const { plans: _, seeds: __, description: ___, ...spec } = study.spec
  return flat({ ...spec, plan }, '')
}

function flat(value: unknown, path: string): { path: string; value: string }[] {
  if (Array.isArray(value) && value.some(item => typeof item === 'object' && item !== null))
    return value.flatMap((item, i) => flat(item, `${path}.${i}`))
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value)
    return entries.flatMap(([key, inner]) => flat(inner, path === '' ? key : `${path}.${key}`))
  }
  return [{ path, value: typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : String(value) }]
}

export interface BinRow {
  readonly bin: string
  readonly lengths: string
  readonly accuracy: number
  readonly perplexity: number
  /** null: not known. */
  readonly above: number | null
}

/** Scores of a run pooled over each bin. */
export function binRows(scores: readonly LengthScore[]): BinRow[] {
  return [...groupBy(scores, ({ bin }) => bin)].map(([bin, own]) => {
    const lengths = own.map(({ length }) => length)
    const { accuracy, perplexity, aboveBound } = figures(pool(own))
    return { bin, lengths: `${Math.min(...lengths)}–${Math.max(...lengths)}`, accuracy, perplexity, above: aboveBound }
  })
}
