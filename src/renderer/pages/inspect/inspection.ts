import type { FullRun, TraceString, TraceWeights } from '../../../shared/contract/index.ts'
import type { Place } from '../../shell/router.ts'
import { firstQuery, secondFrom, secondQuery, stringFrom, stringQuery, weightsFrom } from './address.ts'

/** One model to look into. */
export interface Subject {
  readonly runId: string
  readonly weights: TraceWeights
}

/** What is looked at. The address says the same, as far as it has room. */
export interface Looking {
  readonly runId: string | null
  readonly weights: TraceWeights
  readonly second: Subject | null
  /** null as long as nothing says which. */
  readonly string: TraceString | null
  /** The run's study, once its record has come. */
  readonly study: string | null
}

export const NOWHERE: Looking = { runId: null, weights: 'best', second: null, string: null, study: null }

type Known = Pick<FullRun, 'checkpoints' | 'snapshots'> & {
  readonly run: { readonly id: string }
  readonly study: { readonly id: string }
}

export type Happening =
  | { readonly what: 'address changed'; readonly place: Place }
  | { readonly what: 'run came'; readonly record: Known }
  | { readonly what: 'run chosen'; readonly subject: Subject }
  | { readonly what: 'second chosen'; readonly subject: Subject | null }
  | { readonly what: 'weights chosen'; readonly weights: TraceWeights }
  | { readonly what: 'string chosen'; readonly string: TraceString }

/** What is looked at after something has happened. The same object where nothing changes. */
export function after(before: Looking, happening: Happening): Looking {
  switch (happening.what) {
    case 'address changed':
      return arrived(before, happening.place)
    case 'run came':
      return known(before, happening.record)
    case 'run chosen':
      return { ...before, ...happening.subject }
    case 'second chosen':
      return { ...before, second: happening.subject }
    case 'weights chosen':
      return { ...before, weights: happening.weights }
    case 'string chosen':
      return { ...before, string: happening.string }
  }
}

/** A run's id begins with its study's. */
const isOf = (runId: string, study: string | null): boolean => study !== null && runId.startsWith(`${study}.`)

/** An address says everything, or names the run alone: then the rest stays, as far as it can be that of this run. */
function arrived(before: Looking, { page, subject: runId, query }: Place): Looking {
  if (page !== 'inspect') return before
  if (runId === null) return before.runId === null ? before : NOWHERE
  const bare = Object.keys(query).length === 0
  const related = runId === before.runId || isOf(runId, before.study)
  if (bare && related) return runId === before.runId ? before : { ...before, runId }
  if (runId === before.runId && sameQuery(query, queryOf(before))) return before
  return {
    runId,
    weights: weightsFrom(query.weights),
    second: secondFrom(query),
    // A string too long for an address is not in it.
    string: stringFrom(query) ?? (related ? before.string : null),
    study: related ? before.study : null,
  }
}

/** Weights that the run does not have are not looked at. */
function known(before: Looking, { run, study, checkpoints, snapshots }: Known): Looking {
  if (run.id !== before.runId) return before
  const hasBest = checkpoints.some(({ which }) => which === 'best')
  const { weights: wanted } = before
  const kept = typeof wanted === 'string' || snapshots.some(({ epoch }) => epoch === wanted.epoch)
  const weights = !hasBest ? 'last' : kept ? wanted : 'best'
  return weights === wanted && study.id === before.study ? before : { ...before, weights, study: study.id }
}

/** What an address says of it besides the run. */
export const queryOf = ({ runId, weights, second, string }: Looking): Readonly<Record<string, string>> =>
  runId === null ? {} : { ...firstQuery({ runId, weights }), ...secondQuery(second), ...stringQuery(string) }

function sameQuery(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => a[key] === b[key])
}
