import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openHistory } from '../../src/main/history/history.ts'
import { study, withHome } from '../../src/main/history/testing/fixtures.ts'
import { begin, pause } from './history/process.ts'
import { contentOf, saidAt } from './history/script.ts'

const KILLS = 200
const LANES = 2
/** A run that has come so far is left for the next one. */
const LONG = 4000

interface Tally {
  kills: number
  acknowledged: number
  unacknowledged: number
  resumes: number
  during: Set<string>
}

/** All that the made-up trainer says up to a step. */
const saidBy = (step: number): string[] => Array.from({ length: step }, (_, i) => saidAt(i + 1)).flat()

/** Compares what is stored with what was acknowledged; exactly one further event may be there too. */
function verify(home: string, runId: string, resumedAt: number, acknowledged: readonly string[], tally: Tally): number {
  const history = openHistory({ home })
  try {
    history.check()
    const { run, series, epochs, checkpoints } = history.runRecord(runId)
    expect(run.status).toBe('interrupted')
    const said = saidBy(run.step + 1)
    const before = saidBy(resumedAt)
    expect(acknowledged).toEqual(said.slice(before.length, before.length + acknowledged.length))
    const sure = [...before, ...acknowledged]
    const possible = said.slice(0, sure.length + 1)
    const stored = (events: readonly string[]) => ({
      points: events.filter(name => name.startsWith('progress')).length,
      epochs: events.filter(name => name.startsWith('epoch')).length,
      last: Number(events.findLast(name => name.startsWith('last'))?.split(' ')[1] ?? 0),
      best: Number(events.findLast(name => name.startsWith('best'))?.split(' ')[1] ?? 0),
    })
    const [last, best] = [history.checkpoints.read(runId, 'last'), history.checkpoints.read(runId, 'best')]
    const found = {
      points: series.loss?.steps.length ?? 0,
      epochs: epochs.length,
      last: last?.step ?? 0,
      best: best?.step ?? 0,
    }
    expect([stored(sure), stored(possible)]).toContainEqual(found)
    if (JSON.stringify(found) !== JSON.stringify(stored(sure))) tally.unacknowledged++
    expect([...(series.loss?.steps ?? [])]).toEqual(Array.from({ length: found.points }, (_, i) => i + 1))
    expect([...(series.loss?.values ?? [])]).toEqual(Array.from({ length: found.points }, (_, i) => 1 / (i + 1)))
    expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: found.epochs }, (_, i) => i))
    for (const checkpoint of [last, best])
      if (checkpoint)
        expect(Buffer.from(checkpoint.content).toString()).toBe(contentOf(checkpoint.which, checkpoint.step))
    for (const which of ['last', 'best'] as const)
      if (found[which])
        expect(readFileSync(join(home, 'checkpoints', runId, `${which}.safetensors`), 'utf8')).toBe(
          contentOf(which, found[which]),
        )
    expect(checkpoints.filter(({ which }) => which === 'last').length).toBeLessThanOrEqual(1)
    return found.last
  } finally {
    history.close()
  }
}

async function killAndLook(home: string, runId: string, expectedResume: number, tally: Tally): Promise<number> {
  const { child, says, ends } = begin('recorder.ts', [home, runId])
  if (Math.random() < 0.2) {
    await pause(Math.random() * 300)
  } else {
    await says(1 + Math.floor(Math.random() * 100))
    await pause(Math.random() * 3)
  }
  child.kill('SIGKILL')
  const { lines, errors } = await ends
  expect(errors).toBe('')
  const [claimed, ...acknowledged] = lines
  tally.kills++
  tally.acknowledged += acknowledged.length
  tally.during.add(acknowledged.at(-1)?.split(' ')[0] ?? claimed?.split(' ')[0] ?? 'start')
  if (claimed === undefined) return lookBeforeClaim(home, runId)
  expect(claimed).toBe(`claimed ${expectedResume}`)
  tally.resumes += Number(expectedResume > 0)
  return verify(home, runId, expectedResume, acknowledged, tally)
}

/** Killed before it said that it had claimed the run: it may have done so, and cut the record back, or not. */
function lookBeforeClaim(home: string, runId: string): number {
  const history = openHistory({ home })
  history.check()
  const last = history.checkpoints.read(runId, 'last')
  history.close()
  return last?.step ?? 0
}

describe('a process killed while it records', () => {
  it(`has lost nothing that it had acknowledged, in ${KILLS} kills`, async () => {
    const tallies = await Promise.all(
      Array.from({ length: LANES }, () =>
        withHome(async home => {
          const tally: Tally = { kills: 0, acknowledged: 0, unacknowledged: 0, resumes: 0, during: new Set() }
          const history = openHistory({ home })
          history.studies.add(study({ seeds: 10 }))
          const runs = history.runs.list().map(({ id }) => id)
          history.close()
          let step = 0
          while (tally.kills < KILLS / LANES) {
            step = await killAndLook(home, runs[0]!, step, tally)
            if (step > LONG) [, step] = [runs.shift(), 0]
          }
          return tally
        }),
      ),
    )
    const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0)
    const summary = {
      kills: sum(t => t.kills),
      acknowledged: sum(t => t.acknowledged),
      unacknowledged: sum(t => t.unacknowledged),
      resumes: sum(t => t.resumes),
      during: [...new Set(tallies.flatMap(({ during }) => [...during]))].sort(),
    }
    expect(summary).toMatchObject({ kills: KILLS, during: expect.arrayContaining(['progress', 'last', 'epoch']) })
    expect([summary.acknowledged > 10 * KILLS, summary.resumes > KILLS / 2]).toEqual([true, true])
  })
})
