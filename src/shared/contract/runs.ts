import { z } from 'zod'
import { call } from '../rpc/contract.ts'
import type { RunRecord, RunSummary } from '../records.ts'
import { fileOut, float64s, id, namesNote, NAMES_NOTE, nothing, record, runIds, text, whole } from './values.ts'

/** A row of the run table. Figures are of the weights of the best validation epoch; null where not known (yet). */
export interface RunRow extends RunSummary {
  readonly taskId: string
  readonly controllerId: string
  readonly memoryId: string
  /** Accuracy in the first and in the last bin (shortest and longest strings), share of symbols. */
  readonly firstAccuracy: number | null
  readonly lastAccuracy: number | null
  /** Training stopped on it, or it ended with a loss far beyond that of knowing nothing: see `isDiverged`. */
  readonly diverged: boolean
  /** lastAccuracy / firstAccuracy; null for a run that diverged, which retains nothing. */
  readonly retention: number | null
  /** Loss less the exact distribution's in the last bin, nats per symbol. */
  readonly lastDifference: number | null
}

/** Columns to sort by and to group by. */
export const SORT_COLUMNS = [
  'queued',
  'study',
  'task',
  'controller',
  'memory',
  'plan',
  'seed',
  'status',
  'learningRate',
  'epochsDone',
  'step',
  'bestEpoch',
  'bestLoss',
  'trainLoss',
  'firstAccuracy',
  'lastAccuracy',
  'retention',
  'lastDifference',
  'seconds',
  'started',
  'ended',
  'starred',
  'note',
  'tags',
] as const
export type SortColumn = (typeof SORT_COLUMNS)[number]
export const GROUP_COLUMNS = ['study', 'task', 'controller', 'memory', 'plan', 'seed', 'status', 'tags'] as const
export type GroupColumn = (typeof GROUP_COLUMNS)[number]

export const runQuery = z.strictObject({
  /**
   * Words and conditions, all of which must hold: `plan:frozen-memory task:marked-reversal retention>0.8 -status:failed "free text"`.
   * Fields, operators and quoting: `parseSearch` in shared/search. Fails with `bad-search`, its message saying at which character.
   */
  search: text(2000).default(''),
  sort: z
    .array(z.strictObject({ by: z.enum(SORT_COLUMNS), descending: z.boolean().default(false) }))
    .max(4)
    .default([{ by: 'queued', descending: true }]),
  /** Rows of one group stand together; groups in order of their first row. */
  group: z.enum(GROUP_COLUMNS).nullable().default(null),
  /** Also archived runs; `is:archived` in the search implies it. */
  archived: z.boolean().default(false),
})
export type RunQuery = z.input<typeof runQuery>

export interface RunGroup {
  /** Value of the group's column, and how to show it. */
  readonly key: string
  readonly label: string
  /** Index of its first row among all rows, and number of rows. */
  readonly start: number
  readonly count: number
  /** Over its rows that did not diverge; null where unknown for all, and where they are of unlike tasks. */
  readonly meanBestLoss: number | null
  readonly meanRetention: number | null
}

export interface RunPage {
  readonly rows: readonly RunRow[]
  /** All rows that match. */
  readonly total: number
  readonly offset: number
  /** Empty unless grouped. */
  readonly groups: readonly RunGroup[]
  /** See `changes`. */
  readonly version: number
}

/** Values to complete a search with, the most frequent first, at most 200 a field. */
export interface Facets {
  readonly fields: Readonly<
    Record<string, readonly { readonly value: string; readonly label: string; readonly runs: number }[]>
  >
}

/** Everything that is known of a run; its curves come by `curves`. */
export interface FullRun extends Omit<RunRecord, 'series'> {
  /** True when parts were frozen, every epoch's hash of them was that of the moment of freezing, and the epochs recorded have no gap. Null when nothing was frozen. */
  readonly sealed: boolean | null
  /** As the table shows it. */
  readonly row: RunRow
  /** Whether it is in the trash, where it can still be looked at. */
  readonly inTrash: boolean
}

export const TABLE_FORMATS = ['csv', 'json', 'latex', 'markdown'] as const

/** Below 50 ms with 10,000 runs. */
export const runs = {
  list: call(
    runQuery.extend({ offset: whole(0).default(0), limit: whole(0, 1000).default(200) }).prefault({}),
    record<RunPage>(),
  ),
  /** Ids of all rows that match, in their order: for "select all". */
  ids: call(runQuery.prefault({}), z.array(id)),
  facets: call(nothing, record<Facets>()),
  /** Fails with `unknown-run`. */
  get: call(z.strictObject({ runId: id }), record<FullRun>()),
  /** Sets what is given, for all or none of the runs; `was`: the note that is changed. Tags come and go one by one. Fails with `unknown-run`, `stale` where the note is another one by now. */
  describe: call(
    z
      .strictObject({
        runs: runIds,
        starred: z.boolean().optional(),
        archived: z.boolean().optional(),
        note: text(100_000).optional(),
        was: text(100_000).optional(),
        addTags: z.array(text(100).min(1)).max(100).optional(),
        removeTags: z.array(text(100)).max(100).optional(),
      })
      .refine(namesNote, NAMES_NOTE),
    nothing,
  ),
  /** Into the trash. Fails with `unknown-run`, `run-taken`. */
  remove: call(z.strictObject({ runs: runIds }), z.strictObject({ undo: id, runs: whole(0) })),
  /** What differs between the configurations of runs: only the differences, keys joined by dots. `values` as the runs are given; null where a run has no such key. */
  differences: call(
    z.strictObject({ runs: z.array(id).min(1).max(100) }),
    z.array(z.strictObject({ path: z.string(), values: z.array(z.unknown()) })),
  ),
  /** A run's tables: run.json, points.csv, epochs.csv, scores.csv, freezes.csv, parameters.csv. */
  exportRun: call(z.strictObject({ runId: id }), z.array(fileOut)),
  /** The table as it is shown: the rows of a query, all of them, in these columns. */
  exportTable: call(
    z.strictObject({
      query: runQuery,
      columns: z.array(z.enum(SORT_COLUMNS)).min(1).max(SORT_COLUMNS.length),
      format: z.enum(TABLE_FORMATS),
    }),
    fileOut,
  ),
}

/** What can be drawn over steps. The first seven of progress points, the others one value an epoch. */
export const CURVE_METRICS = [
  'loss',
  'stepsPerSecond',
  'gradientNorm.embedding',
  'gradientNorm.controller',
  'gradientNorm.memory',
  'gradientNorm.classifier',
  'epoch',
  'trainLoss',
  'validationLoss',
  'validationDifference',
  'validationAccuracy',
  'learningRate',
  'epochStepsPerSecond',
  'epochGradientNorm.embedding',
  'epochGradientNorm.controller',
  'epochGradientNorm.memory',
  'epochGradientNorm.classifier',
  'updateNorm.embedding',
  'updateNorm.controller',
  'updateNorm.memory',
  'updateNorm.classifier',
] as const
export type CurveMetric = (typeof CURVE_METRICS)[number]

/** One run's metric in buckets of neighbouring points: arrays equally long, NaN where a bucket has no finite value. */
export interface RunCurve {
  readonly runId: string
  /** First and last step in each bucket, both included. */
  readonly from: Float64Array
  readonly to: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
  readonly mean: Float64Array
  /** Steps before which freezing changed: for marks on the curve. */
  readonly freezes: readonly { readonly step: number; readonly action: 'freeze' | 'release'; readonly reason: string }[]
}

const planCurve = z.strictObject({
  planId: z.string(),
  title: z.string(),
  /** Centres of the buckets, steps. */
  steps: float64s,
  /** Mean over seeds, and bootstrap interval of it (95 %); equal to the mean for a single seed. */
  mean: float64s,
  low: float64s,
  high: float64s,
  /** Seeds that reach so far. */
  seeds: float64s,
})
export type PlanCurve = z.output<typeof planCurve>

const span = {
  metric: z.enum(CURVE_METRICS),
  /** Horizontal pixels. */ buckets: whole(1, 4000),
  from: z.number().optional(),
  to: z.number().optional(),
}

export const curves = {
  /** Unit: nats per symbol for losses and differences, shares for accuracies, L2 norms. A hundred runs of 10,000 points in some 100 ms. Fails with `unknown-run`. */
  get: call(z.strictObject({ runs: z.array(id).min(1).max(500), ...span }), z.array(record<RunCurve>())),
  /** Mean and band over seeds, plan by plan. Fails with `unknown-study`. */
  plans: call(z.strictObject({ studyId: id, ...span }), z.array(planCurve)),
}
