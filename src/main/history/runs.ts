import { sql } from 'kysely'
import type { InferResult, Selectable } from 'kysely'
import { LabError } from '../../shared/errors.ts'
import type { Attempt, Environment, Parameter, RunFilter, RunOrder, RunSummary } from '../../shared/records.ts'
import type { Component } from '../../shared/run-events.ts'
import type { FreezePlan } from '../../shared/study.ts'
import type { Database } from './database.ts'
import { parseStored } from './json.ts'
import { query } from './schema.ts'
import type { Schema } from './schema.ts'
import { changeRow, damagedRecord, seemsIntact } from './seals.ts'

const unknownRun = (id: string): LabError => new LabError('unknown-run', `There is no run ${id} in the history.`)

/** Row number and what changes of a run need to know. */
export type RunRow = Pick<
  Selectable<Schema['runs']>,
  'seq' | 'id' | 'status' | 'owner' | 'claimed_at' | 'seen_at' | 'point_step' | 'steps_per_epoch'
>
export const RUN_ROW = 'SELECT seq, id, status, owner, claimed_at, seen_at, point_step, steps_per_epoch FROM runs'

/** @throws LabError `unknown-run` */
export function runRow(db: Database, id: string): RunRow {
  const row = db.statement<[string], RunRow>(`${RUN_ROW} WHERE id = ?`).get(id)
  if (!row) throw unknownRun(id)
  return row
}

export function listRuns(db: Database, filter: RunFilter = {}): RunSummary[] {
  const { order = 'queued', descending = false, limit = -1, offset = 0 } = filter
  const column = ORDER[order]
  const direction = descending ? ('desc' as const) : ('asc' as const)
  const runs = summaries(filtered(filter))
    .orderBy(eb => eb(column, 'is', null))
    .orderBy(column, direction)
    .orderBy('runs.seq', direction)
    .limit(limit)
    .offset(offset)
  return db.read(() => db.all(runs).map(row => summary(db, row)))
}

export function countRuns(db: Database, filter: RunFilter = {}): number {
  return db.first(filtered(filter).select(sql<number>`count(*)`.as('runs')))!.runs
}

/** @throws LabError `unknown-run` */
export function getRun(db: Database, id: string): RunSummary {
  const row = db.first(summaries(base()).where('runs.id', '=', id))
  if (!row) throw unknownRun(id)
  return summary(db, row)
}

export function planOf(db: Database, id: string): FreezePlan {
  return parseStored<FreezePlan>(db.first(query.selectFrom('runs').select('plan').where('id', '=', id))!.plan)
}

export interface RunDescription {
  starred?: boolean
  archived?: boolean
  note?: string
  tags?: readonly string[]
}

/** Sets what is given; tags are kept once each, in order of the alphabet. @throws LabError `unknown-run` */
export function describeRun(db: Database, id: string, description: RunDescription): RunSummary {
  return db.write(() => {
    describeRuns(db, [{ id, ...description }])
    return getRun(db, id)
  })
}

/** The same for many runs, all or none. @throws LabError `unknown-run` */
export function describeRuns(db: Database, descriptions: readonly (RunDescription & { id: string })[]): void {
  db.write(() => {
    const update = db.statement<
      [{ starred: number | null; archived: number | null; note: string | null; tags: string | null; id: string }]
    >(
      'UPDATE runs SET starred = coalesce(:starred, starred), archived = coalesce(:archived, archived), note = coalesce(:note, note), tags = coalesce(:tags, tags) WHERE id = :id',
    )
    const flag = (value: boolean | undefined): number | null => (value === undefined ? null : Number(value))
    for (const { id, starred, archived, note = null, tags } of descriptions) {
      changeRow(db.raw, runRow(db, id).seq, () =>
        update.run({
          id,
          starred: flag(starred),
          archived: flag(archived),
          note,
          tags: tags ? JSON.stringify([...new Set(tags)].sort()) : null,
        }),
      )
    }
  })
}

export function parametersOf(db: Database, run: number): Parameter[] {
  return db
    .all(
      query.selectFrom('parameters').select(['name', 'component', 'shape']).where('run', '=', run).orderBy('position'),
    )
    .map(({ name, component, shape }) => ({ name, component, shape: parseStored<number[]>(shape) }))
}

/** Numbers of a run's parameters by component; empty before training began. @throws LabError `unknown-run` */
export function parameterCounts(db: Database, id: string): Partial<Record<Component, number>> {
  return db.read(() => {
    const { seq } = runRow(db, id)
    const rows = db.all(
      query
        .selectFrom('parameters')
        .select(['component', sql<number>`sum(size)`.as('size')])
        .where('run', '=', seq)
        .groupBy('component'),
    )
    return Object.fromEntries(rows.map(({ component, size }) => [component, size]))
  })
}

export function attemptsOf(db: Database, run: number): Attempt[] {
  return db.all(query.selectFrom('attempts').selectAll().where('run', '=', run).orderBy('attempt')).map(row => ({
    attempt: row.attempt,
    environment: parseStored<Environment>(row.environment),
    fromStep: row.from_step,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    outcome: row.outcome,
  }))
}

const ORDER = {
  queued: 'runs.seq',
  started: 'runs.started_at',
  ended: 'runs.ended_at',
  'best-loss': 'runs.best_loss',
  seconds: 'runs.seconds',
  plan: 'runs.plan_id',
  seed: 'runs.seed',
  status: 'runs.status',
} as const satisfies Record<RunOrder, string>

const SUMMARY = [
  'studies.id as study_id',
  'studies.name as study_name',
  sql<string | null>`CASE WHEN json_valid(runs.plan) THEN runs.plan ->> 'title' END`.as('plan_title'),
] as const

const base = () => query.selectFrom('runs').innerJoin('studies', 'studies.seq', 'runs.study')

function filtered({ studies, plans, seeds, statuses, tags = [], starred, archived = false, text }: RunFilter) {
  let runs = base()
  if (studies) runs = runs.where('studies.id', 'in', [...studies])
  if (plans) runs = runs.where('runs.plan_id', 'in', [...plans])
  if (seeds) runs = runs.where('runs.seed', 'in', [...seeds])
  if (statuses) runs = runs.where('runs.status', 'in', [...statuses])
  if (starred !== undefined) runs = runs.where('runs.starred', '=', Number(starred))
  if (archived !== 'any') runs = runs.where('runs.archived', '=', Number(archived))
  for (const tag of tags)
    runs = runs.where(sql<boolean>`exists (select 1 from json_each(runs.tags) where value = ${tag})`)
  if (text) {
    const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`
    runs = runs.where(
      sql<boolean>`(runs.id like ${pattern} escape '\\' or studies.name like ${pattern} escape '\\' or runs.note like ${pattern} escape '\\')`,
    )
  }
  return runs
}

function told(id: string): { code: string; message: string } {
  const { code, message } = damagedRecord(id)
  return { code, message }
}

const summaries = (runs: ReturnType<typeof base>) => runs.selectAll('runs').select(SUMMARY)
type SummaryRow = InferResult<ReturnType<typeof summaries>>[number]

function summary(db: Database, row: SummaryRow): RunSummary {
  const running = row.owner === null ? 0 : Math.max(0, (row.seen_at ?? 0) - (row.claimed_at ?? 0)) / 1000
  const { study_id: _1, study_name: _2, plan_title: _3, ...own } = row
  const damage = seemsIntact(db, own) ? null : told(row.id)
  return {
    id: row.id,
    studyId: row.study_id,
    studyName: row.study_name,
    planId: row.plan_id,
    planTitle: row.plan_title ?? row.plan_id,
    seed: row.seed,
    status: row.status,
    error: damage ?? (row.error === null ? null : { code: row.error_code ?? 'unknown', message: row.error }),
    learningRate: row.learning_rate,
    epochs: row.epochs,
    stepsPerEpoch: row.steps_per_epoch,
    epochsDone: row.epochs_done,
    step: row.step,
    bestEpoch: row.best_epoch,
    bestLoss: row.best_loss,
    trainLoss: row.train_loss,
    frozenIntact: row.frozen_intact === null ? null : row.frozen_intact === 1,
    arithmetic: row.arithmetic,
    queuedAt: row.queued_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    seconds: row.seconds + running,
    starred: row.starred === 1,
    archived: row.archived === 1,
    note: row.note,
    tags: parseStored<string[]>(row.tags),
  }
}
