import type { LabService } from '../../shared/contract/index.ts'
import { LabError } from '../../shared/errors.ts'
import type { Weights } from '../../shared/records.ts'
import type { StudySpec } from '../../shared/study.ts'
import type { Analysis } from '../analysis/analysis.ts'
import type { Trained } from '../analysis/trace.ts'
import type { History } from '../history/history.ts'

export function tracesService(history: History, { quick, thorough }: Analysis): LabService['traces'] {
  const specOf = (runId: string): StudySpec => history.studies.get(history.runs.get(runId).studyId).spec

  function trained(runId: string, weights: Weights): Trained & { epoch: number } {
    const study = specOf(runId)
    const checkpoint = history.checkpoints.read(runId, weights)
    if (!checkpoint) throw new LabError('no-checkpoint', `Run ${runId} has no checkpoint of its ${weights} weights${weights === 'best' ? ': it has not ended an epoch' : ': it has not been trained'} yet.`)
    return { study, checkpoint: checkpoint.content, sha256: checkpoint.sha256, epoch: checkpoint.epoch }
  }

  return {
    async get({ runId, weights, string, depth }, { signal }) {
      const { epoch, ...from } = trained(runId, weights)
      return { runId, weights, epoch, ...await quick.traces.get({ trained: from, string, depth }, { signal }) }
    },
    optimal: ({ runId, string }, { signal }) => thorough.traces.optimal({ study: specOf(runId), string }, { signal }),
    async strings({ runId, weights, ...input }, { signal }) {
      const { epoch: _, ...from } = trained(runId, weights)
      return thorough.traces.strings({ trained: from, ...input }, { signal })
    },
  }
}
