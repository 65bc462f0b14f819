import type { FullRun, LabService, RunRow } from '../../shared/contract/index.ts'
import type { RunRecord } from '../../shared/records.ts'
import type { History } from '../history/history.ts'
import { differencesOf } from '../services/differences.ts'
import { exportRun } from '../services/export.ts'
import type { Changes } from './changes.ts'
import { exportTable } from './export-table.ts'
import { facetsOf } from './facets.ts'
import { textFiles } from './files.ts'
import type { RunIndex } from './run-index.ts'
import { arrange, pageOf } from './run-table.ts'
import { stale } from './state.ts'
import type { Trash } from './trash.ts'

export interface RunsOptions {
  readonly history: History
  readonly index: RunIndex
  readonly trash: Trash
  readonly changes: Changes
}

export function runsService({ history, index, trash, changes }: RunsOptions): LabService['runs'] {
  return {
    list: query => pageOf(index.rows(), query, changes.version()),
    ids: query => arrange(index.rows(), query).rows.map(row => row.id),
    facets: () => facetsOf(index.rows().filter(row => !row.archived)),
    get({ runId }) {
      const row = index.row(runId)
      const { series: _, ...record } = history.runRecord(runId)
      return { ...record, row, sealed: sealOf(record), inTrash: trash.isHidden(row) } satisfies FullRun
    },
    describe({ runs, addTags = [], removeTags = [], was, ...given }) {
      const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Pick<
        typeof given,
        'note' | 'starred' | 'archived'
      >
      const retag = addTags.length + removeTags.length > 0
      const rows = runs.map(id => index.row(id))
      if (was !== undefined && rows.some(({ note }) => note !== was)) throw stale('This note')
      const changed = rows.map(({ id, tags }) => ({
        id,
        ...set,
        ...(retag ? { tags: retagged(tags, addTags, removeTags) } : {}),
      }))
      history.runs.describeAll(changed)
      index.patch(changed)
      changes.note('runs', runs)
      return undefined
    },
    remove: ({ runs }) => trash.removeRuns(runs),
    differences: ({ runs }) =>
      configurationDifferences(
        history,
        runs.map(id => index.row(id)),
      ),
    exportRun: ({ runId }) => textFiles(exportRun(history.runRecord(index.row(runId).id))),
    exportTable: ({ query, columns, format }) => exportTable(arrange(index.rows(), query).rows, columns, format),
  }
}

const retagged = (tags: readonly string[], add: readonly string[], remove: readonly string[]): string[] =>
  [...new Set([...tags, ...add])].filter(tag => !remove.includes(tag)).sort()

/** See `FullRun`. */
function sealOf({ freezes, epochs }: Pick<RunRecord, 'freezes' | 'epochs'>): boolean | null {
  if (!freezes.some(({ action }) => action === 'freeze')) return null
  if (epochs.length === 0) return null
  return epochs.every(({ epoch, frozenIntact }, i) => epoch === i && frozenIntact)
}

/** Configuration keys that differ between the runs, in the order in which a study has them. */
function configurationDifferences(history: History, rows: readonly RunRow[]): { path: string; values: unknown[] }[] {
  return differencesOf(
    rows.map(row => {
      const {
        spec: { plans, seeds: _, name, description: __, ...spec },
      } = history.studies.get(row.studyId)
      return {
        study: name,
        plan: plans.find(plan => plan.id === row.planId)?.freeze ?? [],
        seed: row.seed,
        firstLearningRate: row.learningRate,
        ...spec,
      }
    }),
  )
}
