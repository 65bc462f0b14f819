import { expect } from 'vitest'
import { connect } from '../database.ts'
import { openHistory } from '../history.ts'
import type { History } from '../history.ts'
import { Crash, FakeDisk } from './fake-disk.ts'
import { ENVIRONMENT, checkpoint, snapshot } from './events.ts'
import { study, withHome } from './fixtures.ts'

const EVENTS = [
  snapshot(0),
  checkpoint('best', 5),
  checkpoint('last', 5),
  checkpoint('best', 10),
  checkpoint('last', 10),
  snapshot(1),
  checkpoint('last', 12),
  checkpoint('best', 20),
  snapshot(2),
  checkpoint('best', 30),
  checkpoint('last', 30),
]

interface State {
  last: string | null
  best: string | null
  resume: string | null
  /** Those up to where training goes on from. */ snapshots: string[]
}

/** What there must be when the first `count` events are stored. */
function stateAfter(count: number): State {
  const all = EVENTS.slice(0, count)
  const stored = all.filter(event => event.kind === 'checkpoint')
  const newest = (which: 'last' | 'best', upTo = Infinity): string | null => {
    const found = stored.findLast(event => event.which === which && event.step <= upTo)
    return found ? Buffer.from(found.bytes).toString() : null
  }
  const last = newest('last')
  const goesOn = last === null ? -1 : Number(last.split(' ')[1])
  const snapshots = all.flatMap(event =>
    event.kind === 'snapshot' && event.step <= goesOn ? [Buffer.from(event.bytes).toString()] : [],
  )
  return {
    last,
    best: newest('best'),
    snapshots,
    resume: last && `${last} and ${newest('best', Number(last.split(' ')[1]))}`,
  }
}

/** Records events until the disk crashes. @returns how many were acknowledged */
function recordUntilCrash(history: History, runId: string): number {
  let acknowledged = 0
  try {
    for (const event of EVENTS) {
      history.record(runId, event)
      acknowledged++
    }
  } catch (error) {
    if (!(error instanceof Crash)) throw error
  }
  return acknowledged
}

/** What another process finds, then what it goes on with, and that all is in its place after that. */
function lookAndGoOn(home: string, disk: FakeDisk, runId: string): State {
  const raw = connect(`${home}/history.sqlite`)
  raw.prepare("UPDATE processes SET boot = 'another start-up'").run()
  raw.close()
  const history = openHistory({ home, disk })
  const text = (bytes: Uint8Array | null | undefined): string | null => (bytes ? Buffer.from(bytes).toString() : null)
  const found = {
    last: text(history.checkpoints.read(runId, 'last')?.content),
    best: text(history.checkpoints.read(runId, 'best')?.content),
  }
  const { resume } = history.runs.claim(runId, { environment: ENVIRONMENT })
  expect(text(disk.read(`${home}/checkpoints/${runId}/last.safetensors`))).toBe(text(resume?.last))
  expect(text(disk.read(`${home}/checkpoints/${runId}/best.safetensors`))).toBe(text(resume?.best))
  expect(
    disk
      .list(`${home}/checkpoints/${runId}`)
      .filter(name => !['versions', 'best.safetensors', 'last.safetensors'].includes(name)),
  ).toEqual([])
  const snapshots = history.snapshots
    .list(runId)
    .map(({ epoch }) => text(history.snapshots.read(runId, epoch)!.content)!)
  expect(disk.list(`${home}/checkpoints/${runId}/versions`).length).toBe(
    [resume?.last, resume?.best, ...snapshots].filter(Boolean).length,
  )
  history.close()
  return { ...found, snapshots, resume: resume && `${text(resume.last)} and ${text(resume.best)}` }
}

/**
 * Lets the disk crash before its n-th operation, for every n, and expects the checkpoints to be whole after that: old or new.
 * @param restart brings the machine up again
 */
export async function crashEverywhere(
  restart: (disk: FakeDisk, operation: number) => void,
): Promise<{ crashes: number; unacknowledgedKept: number }> {
  let crashes = 0
  let unacknowledgedKept = 0
  for (let operation = 1; ; operation++) {
    const done = await withHome(home => {
      const disk = new FakeDisk(`${home}/checkpoints`)
      const history = openHistory({ home, disk })
      const runId = (history.studies.add(study({ seeds: [1], plans: ['full'] })), history.runs.list()[0]!.id)
      history.runs.claim(runId, { environment: ENVIRONMENT })
      disk.crashAt = disk.operations + operation
      const acknowledged = recordUntilCrash(history, runId)
      history.close()
      restart(disk, operation)
      const found = lookAndGoOn(home, disk, runId)
      if (acknowledged < EVENTS.length && JSON.stringify(found) !== JSON.stringify(stateAfter(acknowledged))) {
        expect(found, `crash before operation ${operation}`).toEqual(stateAfter(acknowledged + 1))
        unacknowledgedKept++
      } else {
        expect(found).toEqual(stateAfter(acknowledged))
      }
      return acknowledged === EVENTS.length
    })
    if (done) return { crashes, unacknowledgedKept }
    crashes++
  }
}
