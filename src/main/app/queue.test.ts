import { readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { QueueState } from '../../shared/contract/index.ts'
import { analysisService } from '../analysis/service.ts'
import { ENVIRONMENT } from '../history/testing/events.ts'
import type { Trainer } from '../training/routed-training.ts'
import type { Changes } from './changes.ts'
import { paceBook } from './pace-book.ts'
import { Queue } from './queue.ts'
import { StudyFacts } from './study-facts.ts'
import { openRig, TINY, until, withRig } from './testing/rig.ts'

const LONG = { ...TINY, name: 'Long', training: { ...TINY.training, epochs: 10_000, earlyStop: null } }

const NOBODY = { signal: new AbortController().signal }

const ids = (runs: QueueState['running']): string[] => runs.map(run => run.runId)
const keys = (runs: QueueState['running']): string[] => runs.map(run => `${run.planId} ${run.seed}`)

describe('the queue', () => {
  it('takes up nothing before it is opened, then runs in their order, as many as it may', () =>
    withRig(async ({ client }) => {
      await client.queue.setWorkers({ workers: 1 })
      await client.studies.start({ content: LONG })
      const before = await client.queue.get()
      expect(before).toMatchObject({ state: 'held', running: [], waitingCount: 4, workers: 1 })
      await client.queue.move({ runs: [ids(before.waiting)[3]!], before: ids(before.waiting)[0]! })
      expect(keys((await client.queue.get()).waiting)).toEqual([
        'frozen-memory 2',
        'full 1',
        'frozen-memory 1',
        'full 2',
      ])
      await client.queue.open()
      await until(async () => (await client.queue.get()).running.length === 1)
      const running = await client.queue.get()
      expect(keys(running.running)).toEqual(['frozen-memory 2'])
      expect(keys(running.waiting)).toEqual(['full 1', 'frozen-memory 1', 'full 2'])
      await client.queue.setWorkers({ workers: Math.min(2, availableParallelism()) })
      await until(async () => (await client.queue.get()).running.length === Math.min(2, availableParallelism()))
      expect(keys((await client.queue.get()).waiting)[0]).toBe('frozen-memory 1')
    }))

  it('pauses a run long before its end, and resumes it where it stood', () =>
    withRig(async ({ client }) => {
      await client.queue.setWorkers({ workers: 1 })
      await client.studies.start({ content: { ...LONG, plans: ['full'], seeds: [1] } })
      await client.queue.open()
      await until(async () => ((await client.runs.list()).rows[0]?.epochsDone ?? 0) > 0)
      const [runId] = ids((await client.queue.get()).running)
      const paused = await client.queue.pause({ runs: [runId!] })
      expect(paused).toMatchObject({ running: [], stopped: [{ runId, status: 'paused' }], state: 'open' })
      const { step, epochsDone } = (await client.runs.get({ runId: runId! })).run
      expect(epochsDone).toBeLessThan(LONG.training.epochs / 2)
      await client.queue.resume({ runs: [runId!] })
      await until(async () => (await client.runs.get({ runId: runId! })).run.step > step)
      expect((await client.runs.get({ runId: runId! })).attempts[1]).toMatchObject({ attempt: 2, fromStep: step })
      expect(await client.queue.hold({ stop: true })).toMatchObject({ state: 'held', running: [], stoppedCount: 1 })
      expect(await client.queue.cancel({ runs: [runId!] })).toMatchObject({ stoppedCount: 0 })
      expect((await client.runs.get({ runId: runId! })).run.status).toBe('cancelled')
      expect((await client.queue.restart({ runs: [runId!] })).waiting).toMatchObject([{ runId, epochsDone: 0 }])
      expect((await client.runs.get({ runId: runId! })).epochs).toEqual([])
    }))

  it('changes all runs that are named, or none', () =>
    withRig(async ({ client }) => {
      await client.studies.start({ content: TINY })
      const [first] = ids((await client.queue.get()).waiting)
      await expect(client.queue.cancel({ runs: [first!, 'nope'] })).rejects.toMatchObject({ code: 'unknown-run' })
      expect((await client.queue.get()).waitingCount).toBe(4)
      await expect(client.queue.move({ runs: ['nope'], before: null })).rejects.toMatchObject({ code: 'not-waiting' })
    }))

  it('trains all runs that are named anew, or none, and tells what was done where something fails', () =>
    withRig(async ({ lab: { history }, client }) => {
      await client.studies.start({ content: TINY })
      const [first, second] = ids((await client.queue.get()).waiting)
      await client.queue.cancel({ runs: [first!, second!] })
      const statuses = async () =>
        (await client.runs.list()).rows.filter(({ id }) => id === first || id === second).map(({ status }) => status)
      history.runs.claim(second!, { environment: ENVIRONMENT })
      await expect(client.queue.restart({ runs: [first!, second!] })).rejects.toMatchObject({ code: 'run-taken' })
      expect((await statuses())[0]).toBe('cancelled')
      history.runs.release(second!, 'cancelled')

      const told: QueueState[] = []
      client.queue.onChange(undefined, state => told.push(state))
      const { restart } = history.runs
      vi.spyOn(history.runs, 'restart').mockImplementationOnce(runs => {
        restart(runs)
        throw new Error('a file could not be removed')
      })
      await expect(client.queue.restart({ runs: [first!, second!] })).rejects.toThrow()
      expect(await statuses()).toEqual(['queued', 'queued'])
      await until(() => told.at(-1)?.waitingCount === 4)
    }))

  it('remembers its order, and offers what was interrupted', async () => {
    const rig = openRig()
    await rig.client.queue.setWorkers({ workers: 1 })
    await rig.client.studies.start({ content: LONG })
    const { waiting } = await rig.client.queue.get()
    await rig.client.queue.move({ runs: [ids(waiting)[2]!], before: ids(waiting)[0]! })
    await rig.client.queue.open()
    await until(async () => (await rig.client.queue.get()).running.length === 1)
    await rig.close()
    const next = openRig(rig.home)
    const state = await next.client.queue.get()
    expect(state).toMatchObject({
      state: 'held',
      interruptedAtStart: 1,
      stopped: [{ planId: 'full', seed: 2, status: 'interrupted' }],
    })
    expect(keys(state.waiting)).toEqual(['full 1', 'frozen-memory 1', 'frozen-memory 2'])
    await next.client.queue.resume({ runs: ids(state.stopped) })
    expect(keys((await next.client.queue.get()).waiting)[0]).toBe('full 2')
    expect((await next.client.queue.get()).interruptedAtStart).toBe(0)
    await next.close()
    rmSync(rig.home, { recursive: true })
  })

  it('reckons with the steps of a text that the study means, and with those that the run has said', () =>
    withRig(async ({ lab, client, home }) => {
      let time = 0
      const paces = paceBook(() => (time += 1_000))
      const facts = new StudyFacts({
        study: id => lab.history.studies.get(id),
        measure: async study => analysisService.preview.sizes({ study }, NOBODY),
        onKnown() {},
      })
      const queue = new Queue({
        lab,
        folder: join(home, 'other'),
        changes: { note() {} } as unknown as Changes,
        paces,
        settings: () => ({ workers: 1, device: 'wasm', checkpointEverySeconds: 30 }),
        device: async id => ({ id, note: '' }),
        plannedSteps: id => facts.of(id)?.steps ?? null,
        isHidden: () => false,
        onCommanded() {},
        onProblem: error => {
          throw error
        },
      })
      const opticks = join(import.meta.dirname, '..', '..', '..', 'resources', 'presets', 'opticks.json')
      await client.studies.start({ content: JSON.parse(readFileSync(opticks, 'utf8')) as unknown })
      const [run] = lab.history.runs.list()
      const { id, studyId } = run!
      for (let i = 0; i < 9; i++) paces.heard(id, studyId, 2)
      const told = (step: number): number | null =>
        queue.runSecondsLeft({ id, studyId, step, epochs: null, stepsPerEpoch: null })
      expect(told(0)).toBeNull()
      await Promise.resolve()
      expect([0, 11, 500].map(told)).toEqual([560, 554.5, 310])
      expect(queue.runSecondsLeft({ id, studyId, step: 10, epochs: 5, stepsPerEpoch: 40 })).toBe(95)
      expect(queue.runSecondsLeft({ id, studyId: 'removed', step: 10, epochs: null, stepsPerEpoch: null })).toBeNull()
      queue.close()
    }))

  it('reckons the time left from as many runs as are trained at once, in threads or together', () =>
    withRig(async ({ lab, client, home }) => {
      const crews: string[][] = []
      const trainer = {
        start() {},
        hold() {},
        crews: () => crews,
        running: () => crews.flat(),
        subscribe: () => () => {},
      } as unknown as Trainer
      let time = 0
      const paces = paceBook(() => (time += 1_000))
      const facts = new StudyFacts({
        study: id => lab.history.studies.get(id),
        measure: async () => ({ stepsPerEpoch: 4, classes: 3 }),
        onKnown() {},
      })
      const queue = new Queue({
        lab: { ...lab, training: () => trainer },
        folder: join(home, 'other'),
        changes: { note() {} } as unknown as Changes,
        paces,
        settings: () => ({ workers: 2, device: 'wasm', checkpointEverySeconds: 30 }),
        device: async id => ({ id, note: '' }),
        plannedSteps: id => facts.of(id)?.steps ?? null,
        isHidden: () => false,
        onCommanded() {},
        onProblem: error => {
          throw error
        },
      })
      await client.studies.start({ content: { ...TINY, seeds: 10, training: { ...TINY.training, epochs: 100 } } })
      await queue.open()
      expect(queue.state().secondsLeft).toBeNull()
      await Promise.resolve()
      const runs = lab.history.runs.list()
      // 400 steps each, ten a second.
      for (const { id, studyId } of runs) for (let i = 0; i < 9; i++) paces.heard(id, studyId, 10)
      expect(queue.state().secondsLeft).toBe((20 * 40) / 2)
      crews.push([runs[0]!.id], [runs[1]!.id])
      expect(queue.state().secondsLeft).toBe((20 * 40) / 2)
      crews.splice(
        0,
        2,
        runs.slice(0, 8).map(({ id }) => id),
      )
      expect(queue.state().secondsLeft).toBe((20 * 40) / 8)
      crews.splice(
        0,
        1,
        runs.map(({ id }) => id),
      )
      expect(queue.state().secondsLeft).toBe(40)
      queue.close()
    }))

  it('does not begin by itself in safe mode', () =>
    withRig(
      async ({ app, client }) => {
        await client.studies.start({ content: TINY })
        await app.start()
        expect((await client.queue.get()).state).toBe('held')
        expect((await client.app.info()).safeMode).toBe(true)
        await expect(client.app.choosePath({ kind: 'folder' })).rejects.toMatchObject({ code: 'not-here' })
      },
      { safeMode: true },
    ))
})
