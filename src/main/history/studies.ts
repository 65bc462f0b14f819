import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { LabError } from '../../shared/errors.ts'
import type { RunStatus, Study } from '../../shared/records.ts'
import type { FreezePlan, StudySpec } from '../../shared/study.ts'
import type { Database } from './database.ts'
import { canonical, parseStored, sha256 } from './json.ts'
import { query } from './schema.ts'
import { changeStudy, damagedStudy, isStudyIntact, sealStudy } from './seals.ts'

/** Plans of a study that get no runs of their own, by id. */
export type Without = (spec: StudySpec) => ReadonlySet<string>
export const NONE: Without = () => new Set()

/** Stores a study and queues its runs: all plans of the first seed, then of the next one. @returns the study */
export function addStudy(db: Database, spec: StudySpec, now: number, without = NONE): Study {
  const left = without(spec)
  const plans = spec.plans.filter(({ id }) => !left.has(id))
  return db.write(() => {
    const id = freeId(db)
    const study = db
      .statement<[string, string, string, string, number], number>(
        'INSERT INTO studies (id, name, hash, spec, created_at) VALUES (?, ?, ?, ?, ?) RETURNING seq',
      )
      .pluck()
      .get(id, spec.name, specHash(spec), JSON.stringify(spec), now)!
    for (const seed of spec.seeds) for (const plan of plans) addRun(db, { study, studyId: id, plan, seed, now })
    sealStudy(db.raw, id)
    return getStudy(db, id)
  })
}

/** Queues a run of a study that was removed from it, or never was in it. @throws LabError `unknown-study` */
export function addMissingRun(db: Database, studyId: string, planId: string, seed: number, now: number): string {
  return db.write(() => {
    const plan = getStudy(db, studyId).spec.plans.find(({ id }) => id === planId)
    const study = db.statement<[string], number>('SELECT seq FROM studies WHERE id = ?').pluck().get(studyId)!
    if (!plan) throw new LabError('unknown-run', `Study ${studyId} has no plan ${planId}.`)
    addRun(db, { study, studyId, plan, seed, now })
    return `${studyId}.${planId}.${seed}`
  })
}

/** The newest study with an equal spec that is not archived; where there is none, a new one. */
export function takeStudy(db: Database, spec: StudySpec, now: number, without = NONE): Study {
  return db.write(() => studiesOf(db, spec).findLast(({ archived }) => !archived) ?? addStudy(db, spec, now, without))
}

/** The same for specs that say the same, in whatever order. */
export const specHash = (spec: StudySpec): string => sha256(canonical(spec))

/** @throws LabError `unknown-study`, `record-damaged` */
export function getStudy(db: Database, id: string): Study {
  const study = findStudy(db, id)
  if (study.damaged) throw damagedStudy(id)
  return study
}

function findStudy(db: Database, id: string): Study {
  const [study] = db.read(() => studiesWhere(db, { id }))
  if (!study) throw new LabError('unknown-study', `There is no study ${id} in the history.`)
  return study
}

/** Studies in the order in which they were added. */
export function listStudies(db: Database, { archived = false }: { archived?: boolean | 'any' } = {}): Study[] {
  return db.read(() => studiesWhere(db, archived === 'any' ? {} : { archived: Number(archived) }))
}

/** Studies that were added with the same spec, oldest first. */
export function studiesOf(db: Database, spec: StudySpec): Study[] {
  return db.read(() => studiesWhere(db, { hash: specHash(spec) }))
}

/** @throws LabError `unknown-study` */
export function describeStudy(
  db: Database,
  id: string,
  { note, archived }: { note?: string; archived?: boolean },
): Study {
  return db.write(() => {
    changeStudy(db.raw, id, () => {
      if (note !== undefined) db.change(query.updateTable('studies').set({ note }).where('id', '=', id))
      if (archived !== undefined)
        db.change(
          query
            .updateTable('studies')
            .set({ archived: Number(archived) })
            .where('id', '=', id),
        )
    })
    return findStudy(db, id)
  })
}

interface StudyRow {
  seq: number
  id: string
  name: string
  hash: string
  spec: string
  note: string
  archived: number
  created_at: number
  row_hash: string | null
}

function studiesWhere(db: Database, where: { id?: string; hash?: string; archived?: number }): Study[] {
  let chosen = query.selectFrom('studies').selectAll().orderBy('seq')
  if (where.id !== undefined) chosen = chosen.where('id', '=', where.id)
  if (where.hash !== undefined) chosen = chosen.where('hash', '=', where.hash)
  if (where.archived !== undefined) chosen = chosen.where('archived', '=', where.archived)
  const rows: StudyRow[] = db.all(chosen)
  const counts = db.all(
    query
      .selectFrom('runs')
      .select(['study', 'status', sql<number>`count(*)`.as('runs')])
      .groupBy(['study', 'status']),
  )
  const byStudy = new Map<number, Partial<Record<RunStatus, number>>>()
  for (const { study, status, runs } of counts) byStudy.set(study, { ...byStudy.get(study), [status]: runs })
  return rows.map(row => {
    const { seq, id, name, hash, spec, note, archived, created_at } = row
    return {
      id,
      name,
      hash,
      spec: parseStored<StudySpec>(spec),
      note,
      archived: archived === 1,
      createdAt: created_at,
      runs: byStudy.get(seq) ?? {},
      ...(isStudyIntact({ ...row }) ? {} : { damaged: true as const }),
    }
  })
}

function addRun(
  db: Database,
  { study, studyId, plan, seed, now }: { study: number; studyId: string; plan: FreezePlan; seed: number; now: number },
): void {
  db.statement<[string, number, string, string, number, number]>(
    "INSERT INTO runs (id, study, plan_id, plan, seed, status, queued_at) VALUES (?, ?, ?, ?, ?, 'queued', ?)",
  ).run(`${studyId}.${plan.id}.${seed}`, study, plan.id, JSON.stringify(plan), seed, now)
}

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'

/** Eight letters and digits that cannot be mistaken for each other; a folder name on every system. */
function freeId(db: Database): string {
  for (;;) {
    const id = Array.from(randomBytes(8), byte => LETTERS[byte % LETTERS.length]).join('')
    if (!db.statement<[string]>('SELECT 1 FROM studies WHERE id = ?').get(id)) return id
  }
}
