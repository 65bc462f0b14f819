import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chance } from '../../../engine/chance.ts'
import type { RunSummary } from '../../../shared/records.ts'
import { openHistory } from '../../history/history.ts'
import { withHome } from '../../history/testing/fixtures.ts'
import { records, runCli, startCli, type CliProcess } from './testing/cli-process.ts'
import { LONG, studyFile } from './testing/studies.ts'

const pause = (milliseconds: number): Promise<void> =>
  new Promise(resolve => {
    setTimeout(resolve, milliseconds)
  })

/** What training came to: everything but names and times. Checkpoint files hold weights, optimizer slots, generators and cursors. */
function outcome(home: string): unknown {
  const history = openHistory({ home })
  try {
    return history.runs.list().map(({ id, planId, seed, status }) => {
      const { epochs, scores, checkpoints, snapshots, freezes, series } = history.runRecord(id)
      return {
        planId,
        seed,
        status,
        scores,
        freezes,
        epochs: epochs.map(({ stepsPerSecond: _, ...epoch }) => epoch),
        checkpoints: checkpoints.map(({ which, epoch, step, sha256 }) => ({ which, epoch, step, sha256 })),
        snapshots: snapshots.map(({ epoch, step, sha256 }) => ({ epoch, step, sha256 })),
        points: series.loss!.steps.length > 0,
      }
    })
  } finally {
    history.close()
  }
}

async function uninterrupted(folder: string, file: string): Promise<unknown> {
  const home = join(folder, 'whole')
  expect((await runCli(['run', file, '--home', home])).code).toBe(0)
  return outcome(home)
}

/** Of each epoch that a process reported: its loss. */
function reported(outs: readonly string[]): Map<string, number> {
  return new Map(
    outs
      .flatMap(records)
      .filter(({ kind }) => kind === 'epoch')
      .map(({ run, epoch, trainLoss }) => [`${String(run)} ${String(epoch)}`, trainLoss as number]),
  )
}

function stored(home: string): Map<string, number> {
  const history = openHistory({ home })
  try {
    return new Map(
      history.runs
        .list()
        .flatMap(({ id }) => history.epochs.list(id).map(({ epoch, trainLoss }) => [`${id} ${epoch}`, trainLoss])),
    )
  } finally {
    history.close()
  }
}

describe('Ctrl-C', () => {
  it('leaves a checkpoint of each run, and what is resumed ends as if it had never stopped', () =>
    withHome(async folder => {
      const file = studyFile(folder, LONG)
      const whole = await uninterrupted(folder, file)
      const home = join(folder, 'stopped')
      const source = chance(1)
      let last = await stopAfter(startCli(['run', file, '--home', home, '--json']), source.integer(500))
      for (let times = 1; last.code === 130; times++) {
        const history = openHistory({ home })
        const stopped = history.runs.list({ statuses: ['cancelled'] })
        for (const { id, step } of stopped) expect(history.checkpoints.read(id, 'last')?.step).toBe(step)
        history.close()
        expect(last.err).toContain('Stopping with a checkpoint of each run')
        expect(last.err).toMatch(
          new RegExp(`^To go on: node \\S+ resume ${stopped[0]?.studyId ?? '\\S+'} --home ${home}$`, 'm'),
        )
        const next = startCli(['resume', '--home', home, '--json'])
        last = times < 4 ? await stopAfter(next, source.integer(500)) : await next.finished
      }
      expect(last.code, last.err).toBe(0)
      expect(outcome(home)).toEqual(whole)
    }))

  it('the command that it prints goes on', () =>
    withHome(async folder => {
      const home = join(folder, 'a home')
      const stopped = await stopAfter(
        startCli(['run', studyFile(folder, { ...LONG, seeds: [1], plans: ['full'] }), '--home', home, '--json']),
        0,
      )
      const [, line] = /^To go on: node \S+ (.*)$/m.exec(stopped.err)!
      expect(
        (await runCli(line!.split(/ (?=(?:[^']*'[^']*')*[^']*$)/).map(word => word.replaceAll("'", '')))).code,
      ).toBe(0)
      expect((outcome(home) as RunSummary[]).map(({ status }) => status)).toEqual(['finished'])
    }))

  it('told twice at once it stops as if told once', () =>
    withHome(async folder => {
      const home = join(folder, 'home')
      const process = startCli(['run', studyFile(folder, LONG), '--home', home, '--json', '--workers', '1'])
      await process.says('"kind":"epoch"')
      process.child.kill('SIGINT')
      process.child.kill('SIGTERM')
      const { code, out } = await process.finished
      expect([130, 143]).toContain(code)
      for (const [epoch, loss] of reported([out])) expect(stored(home).get(epoch)).toBe(loss)
    }))
})

/** Stops the process by SIGINT, a while after its first epoch of this start. */
async function stopAfter(process: CliProcess, milliseconds: number) {
  await process.says('"kind":"epoch"')
  await pause(milliseconds)
  process.child.kill('SIGINT')
  return process.finished
}

describe('kill -9', () => {
  it('loses nothing that was reported as stored, and what is resumed ends as if nothing had happened', () =>
    withHome(async folder => {
      const file = studyFile(folder, { ...LONG, training: { ...LONG.training, epochs: 250 } })
      const whole = await uninterrupted(folder, file)
      const home = join(folder, 'killed')
      const source = chance(2)
      const outs: string[] = []
      let kills = 0
      for (let start = 0; start < 16; start++) {
        const process = startCli([
          ...(start % 2 === 0 ? ['run', file] : ['resume']),
          '--home',
          home,
          '--json',
          '--checkpoint-every',
          '0.05',
        ])
        if (source.integer(4) > 0) await process.says('"kind":"begun"')
        await pause(source.integer(700))
        process.child.kill('SIGKILL')
        const { signal, out } = await process.finished
        outs.push(out.slice(0, out.lastIndexOf('\n') + 1))
        if (signal === 'SIGKILL') kills++
        const [said, kept] = [reported(outs), stored(home)]
        for (const [epoch, loss] of said) expect(kept.get(epoch), `epoch ${epoch} after kill ${kills}`).toBe(loss)
      }
      expect(kills).toBeGreaterThanOrEqual(10)
      const last = await runCli(['run', file, '--home', home, '--json'])
      expect(last.code, last.err).toBe(0)
      expect(outcome(home)).toEqual(whole)
    }))
})

describe('two processes on one history', () => {
  it('share the work: each run is trained once, and both come to the same end', () =>
    withHome(async folder => {
      const [file, home] = [studyFile(folder, LONG), join(folder, 'home')]
      const both = await Promise.all(
        ['1', '1'].map(workers => runCli(['run', file, '--home', home, '--json', '--workers', workers])),
      )
      expect(both.map(({ code, err }) => [code, err.includes('lock')])).toEqual([
        [0, false],
        [0, false],
      ])
      const told = both.map(({ out }) => records(out))
      const begun = told.map(lines => lines.filter(({ kind }) => kind === 'begun').map(({ run }) => run as string))
      const history = openHistory({ home })
      expect(begun.flat().sort()).toEqual(
        history.runs
          .list()
          .map(({ id }) => id)
          .sort(),
      )
      expect(begun.every(runs => runs.length > 0)).toBe(true)
      expect(history.runs.list().map(({ id }) => history.runRecord(id).attempts.length)).toEqual([1, 1, 1, 1])
      expect(history.studies.list().length).toBe(1)
      history.close()
      const comparisons = told.map(lines => lines.find(({ kind }) => kind === 'comparison')!.comparison)
      expect(comparisons[1]).toEqual(comparisons[0])
    }))

  it('one goes on with the runs of the other when that is killed', () =>
    withHome(async folder => {
      const [file, home] = [studyFile(folder, LONG), join(folder, 'home')]
      const whole = await uninterrupted(folder, file)
      const [victim, heir] = ['1', '1'].map(workers =>
        startCli(['run', file, '--home', home, '--json', '--workers', workers]),
      ) as [CliProcess, CliProcess]
      await Promise.all([victim, heir].map(process => process.says('"kind":"epoch"')))
      victim.child.kill('SIGKILL')
      const { code, err } = await heir.finished
      expect(code, err).toBe(0)
      expect(outcome(home)).toEqual(whole)
      const history = openHistory({ home })
      expect(
        history.runs
          .list()
          .map(({ id }) => history.runRecord(id).attempts.length)
          .sort(),
      ).toEqual([1, 1, 1, 2])
      history.close()
    }))
})
