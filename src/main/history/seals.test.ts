import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chance } from '../../engine/chance.ts'
import { LabError } from '../../shared/errors.ts'
import { connect } from './database.ts'
import { openHistory, type History } from './history.ts'
import { checkpoint, ENVIRONMENT, epoch, freeze, progress, score, snapshot, start } from './testing/events.ts'
import { codeOf, study, withHome } from './testing/fixtures.ts'

const FLIPS = 150
const file = (home: string): string => join(home, 'history.sqlite')

/** A history of runs that have all come to their end. */
function prepare(home: string): void {
  const history = openHistory({ home })
  const { id: studyId } = history.studies.add(study())
  history.studies.describe(studyId, { note: 'what for' })
  for (const { id } of history.runs.list()) {
    history.runs.claim(id, { environment: ENVIRONMENT })
    const events = [start(), freeze(1), ...Array.from({ length: 20 }, (_, i) => progress(i + 1)), epoch(0), epoch(1)]
    history.recordAll(
      [...events, snapshot(0), checkpoint('best', 20), checkpoint('last', 20)].map(event => ({ runId: id, event })),
    )
    for (const which of ['best', 'last'] as const)
      history.record(id, {
        kind: 'evaluation',
        which,
        scores: [score('short', 4), score('short', 5), score('long', 40)],
      })
    history.record(id, { kind: 'done', reason: 'finished', epochs: 2, bestEpoch: 1 })
    history.runs.describe(id, { note: 'a note', tags: ['a', 'b'], starred: true })
  }
  history.close()
}

/** All that a history says, run by run; what it says is damaged is left out, and what it refuses is told by its code. */
function reading(home: string): Map<string, unknown> | string {
  try {
    const history = openHistory({ home })
    try {
      return all(history)
    } finally {
      history.close()
    }
  } catch (error) {
    if (error instanceof LabError) return error.code
    throw error
  }
}

function all(history: History): Map<string, unknown> {
  const said = new Map<string, unknown>()
  for (const one of history.studies.list({ archived: 'any' })) if (!one.damaged) said.set(one.id, one)
  const marked = new Set<string>()
  for (const run of history.runs.list({ archived: 'any' })) {
    if (run.error?.code === 'record-damaged') marked.add(run.id)
    else said.set(run.id, [run, history.runRecord(run.id), history.runs.parameterCounts(run.id)])
    if (!marked.has(run.id))
      said.set(`${run.id} weights`, Buffer.from(history.checkpoints.read(run.id, 'last')!.content).toString('hex'))
  }
  for (const score of history.evaluations.byBin())
    if (!marked.has(score.runId)) said.set(`${score.runId} ${score.which} ${score.bin}`, score)
  for (const id of marked) expect(codeOf(() => history.runRecord(id))).toBe('record-damaged')
  return said
}

describe('a history of finished runs', () => {
  it(`of which one bit was flipped, ${FLIPS} times, never says something else without a word`, () =>
    withHome(home => {
      prepare(home)
      copyFileSync(file(home), join(home, 'whole'))
      const bytes = readFileSync(join(home, 'whole'))
      const truth = reading(home) as Map<string, unknown>
      expect(truth.size).toBeGreaterThan(20)
      const source = chance(11)
      const seen = { refused: 0, equal: 0, marked: 0 }
      // Where something stands, rather than in the empty ends of pages.
      const filled = [...bytes.keys()].filter(at => bytes[at] !== 0)
      for (let flip = 0; flip < FLIPS; flip++) {
        for (const suffix of ['-wal', '-shm']) rmSync(file(home) + suffix, { force: true })
        const damaged = Buffer.from(bytes)
        const at = filled[source.integer(filled.length)]!
        damaged[at]! ^= 1 << source.integer(8)
        writeFileSync(file(home), damaged)
        const found = reading(home)
        if (typeof found === 'string') {
          expect(found).toMatch(/^(history-(damaged|foreign|newer)|record-damaged)$/)
          seen.refused++
          continue
        }
        for (const [what, value] of found) expect(value, `byte ${at}: ${what}`).toEqual(truth.get(what))
        if (found.size < truth.size) seen.marked++
        else seen.equal++
      }
      expect(seen.marked + seen.refused).toBeGreaterThan(FLIPS / 2)
      expect(seen.marked).toBeGreaterThan(0)
    }))

  it('says of a changed record that it is damaged, whoever reads it, until the run is trained again', () =>
    withHome(home => {
      prepare(home)
      const raw = connect(file(home))
      raw.exec('UPDATE epochs SET correct = correct + 1 WHERE run = 2 AND epoch = 1')
      raw.close()
      const history = openHistory({ home })
      const [whole, damaged] = history.runs.list()
      expect([whole!.error, damaged!.error?.code]).toEqual([null, 'record-damaged'])
      const { id, studyId } = damaged!
      for (const read of [
        () => history.runRecord(id),
        () => history.epochs.list(id),
        () => history.metrics.series(id),
        () => history.metrics.curve(id, 'loss', { buckets: 3 }),
        () => history.evaluations.byLength(id, 'best'),
        () => history.evaluations.ofStudy(studyId, 'best'),
      ])
        expect(codeOf(read)).toBe('record-damaged')
      expect(history.damaged()).toEqual([id])
      // A note does not make it whole.
      expect(history.runs.describe(id, { note: 'odd', archived: true }).error?.code).toBe('record-damaged')
      expect(history.evaluations.ofStudy(studyId, 'best').length).toBeGreaterThan(0)
      history.runs.restart([id])
      expect(history.runs.get(id)).toMatchObject({ status: 'queued', error: null })
      expect(history.damaged()).toEqual([])
      history.close()
    }))

  it('may be described, and filled in, without being taken for damaged', () =>
    withHome(home => {
      prepare(home)
      const history = openHistory({ home })
      const { id, studyId } = history.runs.list()[0]!
      history.runs.describe(id, { note: 'new', tags: ['c'], archived: true })
      history.studies.describe(studyId, { note: 'new', archived: true })
      history.runs.backdate(id, {
        queuedAt: 1,
        startedAt: 2,
        endedAt: 3,
        seconds: 4,
        attempts: [],
        checkpoints: [],
        snapshots: [],
      })
      expect([history.damaged(), history.runRecord(id).run.note]).toEqual([[], 'new'])
      history.close()
    }))
})

describe('a file that is no history as this app makes it', () => {
  const REFUSED: Record<string, string> = {
    'a trigger': 'CREATE TRIGGER t AFTER INSERT ON processes BEGIN DELETE FROM runs; END',
    'an endless view':
      'CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n',
    'a table in the place of which is an endless view':
      'DROP TABLE costs_due; CREATE VIEW costs_due AS WITH RECURSIVE n(run) AS (SELECT 1 UNION ALL SELECT run + 1 FROM n) SELECT run FROM n',
    'a version of nothing': 'PRAGMA user_version = 0',
    'a version that it is not': 'PRAGMA user_version = 1',
    'a version below all': 'PRAGMA user_version = -3',
    'one table less': 'DROP TABLE snapshots',
  }
  it.each(Object.entries(REFUSED))('has %s: it is refused as damaged', (_, sql) =>
    withHome(home => {
      prepare(home)
      const raw = connect(file(home))
      raw.exec(sql)
      raw.close()
      expect(codeOf(() => openHistory({ home }).close())).toBe('history-damaged')
    }),
  )

  it('holds a blob of nothing and a text that is no JSON: no raw error', () =>
    withHome(home => {
      prepare(home)
      const raw = connect(file(home))
      raw.exec('UPDATE runs SET record_hash = NULL; UPDATE tallies SET totals = zeroblob(600000) WHERE run = 1')
      raw.exec("UPDATE studies SET spec = 'x'")
      raw.close()
      expect(reading(home)).toBe('history-damaged')
    }))
})
