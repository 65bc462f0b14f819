import type { ServiceOf } from '../../shared/rpc/contract.ts'
import { stepsOf } from '../../engine/train/lessons.ts'
import { compare } from '../services/compare.ts'
import { across } from '../services/comparison/across.ts'
import { countLengths } from '../services/length-costs.ts'
import { studyFigures } from '../services/reproduction/figures.ts'
import { bandOver } from './bands.ts'
import { checkDraft } from './check-draft.ts'
import type { AnalysisContract } from './contract.ts'
import { estimate } from './estimate.ts'
import { languageFor } from './languages.ts'
import { lengthCurves } from './length-curves.ts'
import { memoryUse } from './memory-use.ts'
import { previewModel } from './preview-model.ts'
import { limitsAt, previewTask } from './preview-task.ts'
import { scoredStrings } from './scored-strings.ts'
import { automatonRun, fidelityFor, idealFor } from './stacks.ts'
import { optimalOf, traceOf } from './trace.ts'

export const analysisService: ServiceOf<AnalysisContract> = {
  preview: {
    task: previewTask,
    model: previewModel,
    study: ({ content }) => checkDraft(content),
    limits: ({ task, lengths }) => limitsAt(task, lengths),
    estimate: (input, { signal }) => estimate(input, { signal, isolated: false }),
    countLengths: ({ task, ranges }) => countLengths(task, ranges),
    sizes({ study }) {
      const language = languageFor(study.task)
      return {
        stepsPerEpoch: stepsOf(study, language),
        classes: language.symbols.length + (language.corpus ? 0 : 1),
      }
    },
  },
  traces: {
    get: ({ trained, string, depth, cells }) => traceOf(trained, string, depth, cells),
    optimal: ({ study, string }) => optimalOf(study, string),
    ideal: ({ study, string, depth }) => idealFor(study, string, depth),
    fidelity: ({ trained, string }) => fidelityFor(trained, string),
    automaton: ({ trained, string }) => automatonRun(trained, string),
    memoryUse: ({ trained }, { signal }) => memoryUse(trained, signal),
    strings: ({ trained, ...input }, { signal }) => scoredStrings(trained, input, signal),
  },
  comparison: {
    get: ({ input, options }) => compare(input, options),
    across: ({ inputs, options }) => across(inputs, options),
    figures: input => studyFigures(input),
    lengths: ({ input, weights }) => lengthCurves(input, weights),
    bands: ({ groups }) => groups.map(bandOver),
  },
}
