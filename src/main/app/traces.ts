import type { LabService, MemoryUse, TraceWeights } from '../../shared/contract/index.ts'
import { LabError } from '../../shared/errors.ts'
import type { StudySpec } from '../../shared/study.ts'
import type { Analysis } from '../analysis/analysis.ts'
import type { Trained } from '../analysis/executors.ts'
import type { History } from '../history/history.ts'

/** Answers about the worth of a memory that are kept, so that a study is not tested again. */
const MOST_USES = 2_000

export function tracesService(history: History, { quick, thorough }: Analysis): LabService['traces'] {
  const uses = new Map<string, MemoryUse | null>()
  const specOf = (runId: string): StudySpec => history.studies.get(history.runs.get(runId).studyId).spec

  /** The weights, and for how many epochs they were trained. */
  function stored(runId: string, weights: TraceWeights): { content: Uint8Array; sha256: string; epoch: number } {
    const found =
      typeof weights === 'string'
        ? history.checkpoints.read(runId, weights)
        : history.snapshots.read(runId, weights.epoch)
    if (!found) throw new LabError('no-checkpoint', missing(runId, weights))
    // What a best checkpoint names is the epoch at whose end it was best.
    return weights === 'best' ? { ...found, epoch: found.epoch + 1 } : found
  }

  function trained(runId: string, weights: TraceWeights): Trained & { epoch: number } {
    const study = specOf(runId)
    const { content, sha256, epoch } = stored(runId, weights)
    return { study, checkpoint: content, sha256, epoch }
  }

  return {
    async get({ runId, weights, string, depth, cells }, { signal }) {
      const { epoch, ...from } = trained(runId, weights)
      return { runId, weights, epoch, ...(await quick.traces.get({ trained: from, string, depth, cells }, { signal })) }
    },
    optimal: ({ runId, string }, { signal }) => thorough.traces.optimal({ study: specOf(runId), string }, { signal }),
    ideal: ({ runId, string, depth }, { signal }) =>
      thorough.traces.ideal({ study: specOf(runId), string, depth }, { signal }),
    async fidelity({ runId, weights, string }, { signal }) {
      const { epoch: _, ...from } = trained(runId, weights)
      return thorough.traces.fidelity({ trained: from, string }, { signal })
    },
    async automaton({ runId, weights, string }, { signal }) {
      const { epoch: _, ...from } = trained(runId, weights)
      return thorough.traces.automaton({ trained: from, string }, { signal })
    },
    async memoryUse({ runId, weights }, { signal }) {
      const { epoch: _, ...from } = trained(runId, weights)
      const key = `${runId} ${from.sha256}`
      const known = uses.get(key)
      if (known !== undefined) return known
      const use = await thorough.traces.memoryUse({ trained: from }, { signal })
      uses.set(key, use)
      if (uses.size > MOST_USES) uses.delete(uses.keys().next().value!)
      return use
    },
    async strings({ runId, weights, ...input }, { signal }) {
      const { epoch: _, ...from } = trained(runId, weights)
      return thorough.traces.strings({ trained: from, ...input }, { signal })
    },
  }
}

function missing(runId: string, weights: TraceWeights): string {
  if (typeof weights !== 'string') return `No weights of run ${runId} after epoch ${weights.epoch} were kept.`
  return `Run ${runId} has no checkpoint of its ${weights} weights${weights === 'best' ? ': it has not ended an epoch' : ': it has not been trained'} yet.`
}
