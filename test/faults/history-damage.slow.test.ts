import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chance } from '../../src/engine/chance.ts'
import { openHistory } from '../../src/main/history/history.ts'
import { ENVIRONMENT, score, snapshot } from '../../src/main/history/testing/events.ts'
import { study, withHome } from '../../src/main/history/testing/fixtures.ts'
import { LabError } from '../../src/shared/errors.ts'
import { begin } from './history/process.ts'
import { eventOf, saidAt, startEvent } from './history/script.ts'

const FLIPS = 1000
const PAGE = 4096

/** A closed history with something in every table, and a copy of its file to damage. */
function prepare(home: string): { file: string; whole: string; backup: string } {
  const history = openHistory({ home })
  history.studies.add(study())
  const { id } = history.runs.list()[0]!
  history.runs.claim(id, { environment: ENVIRONMENT })
  history.recordAll(
    [
      startEvent(false),
      ...Array.from({ length: 1200 }, (_, i) => saidAt(i + 1).map(eventOf))
        .flat()
        .filter(({ kind }) => kind !== 'checkpoint'),
    ].map(event => ({ runId: id, event })),
  )
  history.record(id, eventOf('last 1200'))
  history.record(id, snapshot(0))
  history.record(id, { kind: 'freeze', epoch: 3, action: 'freeze', parameters: ['a'], reason: 'b' })
  history.record(id, {
    kind: 'evaluation',
    which: 'last',
    scores: Array.from({ length: 40 }, (_, i) => score('short', i)),
  })
  history.close()
  const again = openHistory({ home })
  const backup = again.backups.make()
  again.close()
  const file = join(home, 'history.sqlite')
  copyFileSync(file, join(home, 'whole'))
  return { file, whole: join(home, 'whole'), backup }
}

/** Does everything that reads. */
function readAll(home: string): void {
  const history = openHistory({ home })
  try {
    history.studies.list({ archived: 'any' })
    history.evaluations.byBin()
    for (const { id } of history.runs.list({ archived: 'any' })) {
      history.runRecord(id)
      history.runs.parameterCounts(id)
      history.metrics.curve(id, 'loss', { buckets: 5 })
      history.checkpoints.read(id, 'last')
      history.snapshots.read(id, 0)
    }
  } finally {
    history.close()
  }
}

/** Reads a damaged history. @returns the error's code, or `none` */
function outcome(home: string, file: string, backup: string): string {
  const before = readFileSync(file)
  try {
    openHistory({ home }).close()
  } catch (error) {
    expect(error).toBeInstanceOf(LabError)
    expect((error as LabError).message).toContain(file)
    if ((error as LabError).code === 'history-damaged') expect((error as LabError).message).toContain(backup)
    expect(readFileSync(file).equals(before)).toBe(true)
    return `refused: ${(error as LabError).code}`
  }
  try {
    readAll(home)
    return 'none'
  } catch (error) {
    expect(error).toBeInstanceOf(LabError)
    return `while reading: ${(error as LabError).code}`
  }
}

function restore(file: string, whole: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
  copyFileSync(whole, file)
}

describe('a damaged history', () => {
  it(`of which one bit was flipped, ${FLIPS} times, is told or harmless, and not written to when it is refused`, () =>
    withHome(home => {
      const { file, whole, backup } = prepare(home)
      const bytes = readFileSync(whole)
      const source = chance(7)
      const seen: Record<string, number> = {}
      for (let flip = 0; flip < FLIPS; flip++) {
        restore(file, whole)
        // A third of the flips in the first pages: the header and the description of the tables.
        const at = source.integer(flip % 3 === 0 ? 4 * PAGE : bytes.length)
        const damaged = Buffer.from(bytes)
        damaged[at]! ^= 1 << source.integer(8)
        writeFileSync(file, damaged)
        const result = outcome(home, file, backup)
        seen[result] = (seen[result] ?? 0) + 1
      }
      expect(
        Object.keys(seen).filter(
          result =>
            ![
              'none',
              'refused: history-damaged',
              'refused: history-foreign',
              'refused: history-newer',
              'while reading: history-damaged',
              'while reading: checkpoint-damaged',
              'while reading: record-damaged',
            ].includes(result),
        ),
      ).toEqual([])
      expect(seen['refused: history-damaged']).toBeGreaterThan(FLIPS / 100)
    }))

  it('cut off anywhere is refused with the backup named, and left as it is', () =>
    withHome(home => {
      const { file, whole, backup } = prepare(home)
      const size = readFileSync(whole).length
      const source = chance(8)
      const cuts = [
        ...Array.from({ length: size / PAGE - 1 }, (_, i) => (i + 1) * PAGE),
        ...Array.from({ length: 200 }, () => source.integer(size)),
        0,
        size - 1,
      ]
      for (const cut of cuts) {
        restore(file, whole)
        truncateSync(file, cut)
        expect(outcome(home, file, backup), `${cut} of ${size} bytes`).toBe('refused: history-damaged')
      }
      expect(cuts.length).toBeGreaterThan(220)
      restore(file, whole)
      expect(outcome(home, file, backup)).toBe('none')
    }))
})

describe('a disk without room', () => {
  it('stops the recording with a message; what was acknowledged stays, and recording goes on when there is room', () =>
    withHome(async home => {
      const history = openHistory({ home })
      history.studies.add(study({ seeds: 1, plans: ['full'] }))
      const { id } = history.runs.list()[0]!
      history.close()
      let step = 0
      // No file may grow beyond so many kilobytes: the log and the checkpoints meet that at different moments.
      for (const kilobytes of [96, 100, 150, 300, 700]) {
        const { lines, errors } = await begin('recorder.ts', [home, id, '3000'], `ulimit -f ${kilobytes}; exec "$@"`)
          .ends
        expect(errors).toBe('')
        expect(lines.at(-1)).toMatch(/^error (disk-full|history-io) .*(no room left|free space)/)
        const after = openHistory({ home })
        after.check()
        step = after.checkpoints.read(id, 'last')?.step ?? 0
        const acknowledged = lines.filter(line => line.startsWith('progress')).map(line => Number(line.split(' ')[1]))
        expect(after.metrics.series(id).loss?.steps.at(-1) ?? 0).toBeGreaterThanOrEqual(acknowledged.at(-1) ?? 0)
        after.close()
      }
      const goal = 10 * Math.ceil(step / 10) + 100
      const { lines, errors } = await begin('recorder.ts', [home, id, String(goal)]).ends
      expect([errors, lines[0], lines.at(-1)]).toEqual(['', `claimed ${step}`, `last ${goal}`])
    }))
})
