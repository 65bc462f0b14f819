import { tasks } from '../../engine/tasks/index.ts'
import type { Across } from '../../shared/across.ts'
import type { ACROSS_FORMATS } from '../../shared/contract/comparison.ts'
import type { FileOut, LabService } from '../../shared/contract/index.ts'
import { LabError } from '../../shared/errors.ts'
import type { Weights } from '../../shared/records.ts'
import type { Comparison } from '../../shared/comparison.ts'
import type { Reproduction } from '../../shared/reproduction.ts'
import type { Analysis } from '../analysis/analysis.ts'
import type { Lab } from '../compose.ts'
import { cardMarkdown } from '../services/reproduction/markdown.ts'
import { reproductionOf } from '../services/reproductions.ts'
import { comparedRuns } from '../services/comparisons.ts'
import type { AcrossInput, AcrossOptions } from '../services/comparison/across.ts'
import { acrossCsv, acrossLatex, acrossMarkdown } from '../services/comparison/across-tables.ts'
import { comparisonCsv, comparisonValuesCsv } from '../services/comparison/csv.ts'
import type { ComparisonInput, ComparisonOptions } from '../services/comparison/input.ts'
import { comparisonLatex } from '../services/comparison/latex.ts'
import { comparisonMarkdown } from '../services/comparison/markdown.ts'
import { fileName, textFile } from './files.ts'
import type { RunIndex } from './run-index.ts'

/** Answers kept: those of a large grid, and some more. */
const KEPT = 128

export interface ComparedOptions { readonly lab: Lab, readonly analysis: Analysis, readonly index: RunIndex, /** Whether a study is in the trash. */ readonly isHidden: (studyId: string) => boolean }
type Beside = { studies: readonly string[], weights: Weights } & Pick<AcrossOptions, 'measure' | 'end' | 'reference' | 'plans'>
type Asked = { studyId: string } & Pick<ComparisonOptions, 'weights' | 'reference' | 'targets'>

export function comparisonService({ lab, analysis, index, isHidden }: ComparedOptions): LabService['comparison'] {
  const { history, limitsOf } = lab
  const kept = new Map<string, { stamp: string, answer: Promise<unknown> }>()

  /** The answer that was worked out before, as long as the study's runs stand where they stood. */
  function once<T>(studyId: string, question: unknown, work: () => Promise<T>): Promise<T> {
    const key = JSON.stringify(question)
    const stamp = index.rows().filter(row => row.studyId === studyId).map(({ id, status, step, archived }) => `${id} ${status} ${step} ${archived}`).join('\n')
    const known = kept.get(key)
    if (known?.stamp === stamp) return known.answer as Promise<T>
    const answer = work()
    kept.delete(key)
    kept.set(key, { stamp, answer })
    if (kept.size > KEPT) kept.delete(kept.keys().next().value!)
    answer.catch(() => { if (kept.get(key)?.answer === answer) kept.delete(key) })
    return answer
  }

  async function inputOf(studyId: string): Promise<ComparisonInput> {
    const { spec } = history.studies.get(studyId)
    const [limits, validLengths] = await Promise.all([limitsOf(spec), analysis.quick.preview.validLengths({ task: spec.task, evaluation: spec.evaluation })])
    return { spec, runs: comparedRuns(history, studyId), limits, validLengths }
  }

  const get = ({ studyId, ...options }: Asked): Promise<Comparison> =>
    once(studyId, ['get', studyId, options], async () => analysis.thorough.comparison.get({ input: await inputOf(studyId), options }))

  const published = ({ protocol }: { protocol?: string }): Promise<Reproduction> =>
    reproductionOf({ history, compareStudy: (studyId, options) => get({ studyId, ...options }), isHidden }, protocol === undefined ? {} : { protocol })

  async function across({ studies, ...options }: Beside): Promise<Across> {
    const inputs: AcrossInput[] = []
    for (const studyId of new Set(studies)) {
      if (isHidden(studyId)) throw new LabError('unknown-study', `Study ${studyId} is in the trash.`)
      const { name, spec } = history.studies.get(studyId)
      const { name: _, description: __, plans, ...configuration } = spec
      inputs.push({
        studyId, name, taskId: spec.task.id, taskTitle: tasks[spec.task.id]?.title ?? spec.task.id, controllerId: spec.model.controller.id, memoryId: spec.model.memory.id,
        configuration: { ...configuration, plans: plans.map(({ id }) => id) }, comparison: await get({ studyId, weights: options.weights }),
      })
    }
    return analysis.thorough.comparison.across({ inputs, options })
  }

  return {
    get,
    across,
    exportAcross: async ({ format, ...asked }) => acrossFile(await across(asked), format),
    published,
    exportPublished: async ({ format, ...asked }) => {
      const card = await published(asked)
      return format === 'json' ? textFile('published-study.json', `${JSON.stringify(card, null, 2)}\n`) : textFile('published-study.md', cardMarkdown(card))
    },
    lengths: ({ studyId, weights }) => once(studyId, ['lengths', studyId, weights], async () => analysis.quick.comparison.lengths({ input: await inputOf(studyId), weights })),
    export: async ({ format, ...asked }) => written(await get(asked), format),
  }
}

function acrossFile(table: Across, format: typeof ACROSS_FORMATS[number]): FileOut {
  switch (format) {
    case 'csv': return textFile('studies.csv', acrossCsv(table))
    case 'json': return textFile('studies.json', `${JSON.stringify(table, null, 2)}\n`)
    case 'latex': return textFile('studies.tex', acrossLatex(table))
    case 'markdown': return textFile('studies.md', acrossMarkdown(table))
  }
}

function written(comparison: Comparison, format: 'csv' | 'values-csv' | 'json' | 'latex' | 'markdown'): FileOut {
  const name = (ending: string): string => fileName(`${comparison.study} comparison`, ending)
  switch (format) {
    case 'csv': return textFile(name('csv'), comparisonCsv(comparison))
    case 'values-csv': return textFile(fileName(`${comparison.study} values`, 'csv'), comparisonValuesCsv(comparison))
    case 'json': return textFile(name('json'), `${JSON.stringify(comparison, null, 2)}\n`)
    case 'latex': return textFile(name('tex'), comparisonLatex(comparison))
    case 'markdown': return textFile(name('md'), comparisonMarkdown(comparison))
  }
}
