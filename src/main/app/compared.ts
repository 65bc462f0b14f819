import { tasks } from '../../engine/tasks/index.ts'
import type { Across } from '../../shared/across.ts'
import type { ACROSS_FORMATS } from '../../shared/contract/comparison.ts'
import type { FileOut, LabService } from '../../shared/contract/index.ts'
import { LabError } from '../../shared/errors.ts'
import type { Study, Weights } from '../../shared/records.ts'
import type { Comparison } from '../../shared/comparison.ts'
import type { Reproduction, ReproductionProgress } from '../../shared/reproduction.ts'
import { figuresJson } from '../../shared/figure.ts'
import type { Analysis } from '../analysis/analysis.ts'
import type { Lab } from '../compose.ts'
import { cardMarkdown } from '../services/reproduction/markdown.ts'
import { evidenceOf, reproductionOf, type Evidence } from '../services/reproductions.ts'
import { comparedRuns } from '../services/comparisons.ts'
import { twinsOf } from '../services/same-training.ts'
import type { AcrossInput, AcrossOptions } from '../services/comparison/across.ts'
import { acrossCsv, acrossLatex, acrossMarkdown } from '../services/comparison/across-tables.ts'
import { comparisonCsv, comparisonValuesCsv } from '../services/comparison/csv.ts'
import type { ComparisonInput, ComparisonOptions } from '../services/comparison/input.ts'
import { comparisonLatex } from '../services/comparison/latex.ts'
import { comparisonMarkdown } from '../services/comparison/markdown.ts'
import { fileName, textFile } from './files.ts'
import { keptAnswers } from './kept-answers.ts'
import type { RunIndex } from './run-index.ts'

/** Answers kept: those of a large grid, and some more; figures for the published study, which are small, of as many studies as a history is likely to have. */
const KEPT = 128
const KEPT_FIGURES = 4096
const SAY_EVERY_MS = 100

export interface ComparedOptions {
  readonly lab: Lab
  readonly analysis: Analysis
  readonly index: RunIndex
  /** Whether a study is in the trash. */ readonly isHidden: (studyId: string) => boolean
  /** Waits until what the choice of a length costs is filled in for a study's runs. */
  readonly costsKnown: (studyId: string) => Promise<void>
}
type Beside = { studies: readonly string[]; weights: Weights } & Pick<
  AcrossOptions,
  'measure' | 'end' | 'reference' | 'plans'
>
type Asked = { studyId: string } & Pick<ComparisonOptions, 'weights' | 'reference' | 'targets'>

export function comparisonService({
  lab,
  analysis,
  index,
  isHidden,
  costsKnown,
}: ComparedOptions): LabService['comparison'] {
  const { history, limitsOf } = lab
  const once = keptAnswers(index, KEPT)
  const onceShown = keptAnswers(index, KEPT_FIGURES)
  const watchers = new Set<(progress: ReproductionProgress) => void>()

  async function inputOf(studyId: string): Promise<ComparisonInput> {
    const { spec } = history.studies.get(studyId)
    await costsKnown(studyId)
    const limits = await limitsOf(spec)
    return { spec, runs: comparedRuns(history, studyId), limits, twins: Object.fromEntries(twinsOf(spec)) }
  }

  const get = ({ studyId, ...options }: Asked): Promise<Comparison> =>
    once(studyId, ['get', studyId, options], async () =>
      analysis.thorough.comparison.get({ input: await inputOf(studyId), options }),
    )

  const evidence = (study: Study): Promise<Evidence> =>
    onceShown(study.id, study.id, () =>
      evidenceOf({ history, limitsOf, work: input => analysis.thorough.comparison.figures(input) }, study),
    )

  function published({ protocol }: { protocol?: string }, signal: AbortSignal): Promise<Reproduction> {
    let said = -Infinity
    const onProgress = (progress: ReproductionProgress): void => {
      const now = performance.now()
      if (progress.study !== null && now - said < SAY_EVERY_MS) return
      said = now
      for (const watch of watchers) watch(progress)
    }
    return reproductionOf({ history, evidence, isHidden }, protocol === undefined ? {} : { protocol }, {
      onProgress,
      signal,
    })
  }

  async function across({ studies, ...options }: Beside): Promise<Across> {
    const inputs: AcrossInput[] = []
    for (const studyId of new Set(studies)) {
      if (isHidden(studyId)) throw new LabError('unknown-study', `Study ${studyId} is in the trash.`)
      const { name, spec } = history.studies.get(studyId)
      const { name: _, description: __, plans, ...configuration } = spec
      inputs.push({
        studyId,
        name,
        taskId: spec.task.id,
        taskTitle: tasks[spec.task.id]?.title ?? spec.task.id,
        controllerId: spec.model.controller.id,
        memoryId: spec.model.memory.id,
        configuration: { ...configuration, plans: plans.map(({ id }) => id) },
        comparison: await get({ studyId, weights: options.weights }),
      })
    }
    return analysis.thorough.comparison.across({ inputs, options })
  }

  return {
    get,
    across,
    exportAcross: async ({ format, ...asked }) => acrossFile(await across(asked), format),
    published: (asked, { signal }) => published(asked, signal),
    onPublished(_, emit) {
      watchers.add(emit)
      return () => {
        watchers.delete(emit)
      }
    },
    exportPublished: async ({ format, ...asked }, { signal }) => {
      const card = await published(asked, signal)
      return format === 'json'
        ? textFile('published-study.json', `${figuresJson(card, 2)}\n`)
        : textFile('published-study.md', cardMarkdown(card))
    },
    lengths: ({ studyId, weights }) =>
      once(studyId, ['lengths', studyId, weights], async () =>
        analysis.quick.comparison.lengths({ input: await inputOf(studyId), weights }),
      ),
    export: async ({ format, ...asked }) => written(await get(asked), format),
  }
}

function acrossFile(table: Across, format: (typeof ACROSS_FORMATS)[number]): FileOut {
  switch (format) {
    case 'csv':
      return textFile('studies.csv', acrossCsv(table))
    case 'json':
      return textFile('studies.json', `${figuresJson(table, 2)}\n`)
    case 'latex':
      return textFile('studies.tex', acrossLatex(table))
    case 'markdown':
      return textFile('studies.md', acrossMarkdown(table))
  }
}

function written(comparison: Comparison, format: 'csv' | 'values-csv' | 'json' | 'latex' | 'markdown'): FileOut {
  const name = (ending: string): string => fileName(`${comparison.study} comparison`, ending)
  switch (format) {
    case 'csv':
      return textFile(name('csv'), comparisonCsv(comparison))
    case 'values-csv':
      return textFile(fileName(`${comparison.study} values`, 'csv'), comparisonValuesCsv(comparison))
    case 'json':
      return textFile(name('json'), `${figuresJson(comparison, 2)}\n`)
    case 'latex':
      return textFile(name('tex'), comparisonLatex(comparison))
    case 'markdown':
      return textFile(name('md'), comparisonMarkdown(comparison))
  }
}
