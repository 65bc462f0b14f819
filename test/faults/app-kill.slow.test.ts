import { rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import { chance } from '../../src/engine/chance.ts'
import { freshHome, TINY } from '../../src/main/app/testing/rig.ts'
import type { LabClient } from '../../src/shared/contract/index.ts'
import { signalExit } from '../../src/main/stop-signals.ts'
import { pause } from './history/process.ts'
import { serveApp, type ServedApp } from './app/served.ts'

const KILLS = 50
const LONGEST_MS = 700
/** Trains long enough to be killed over and over, short enough to end. */
const STUDY = {
  ...TINY,
  name: 'Killed',
  plans: ['full', 'frozen-memory'],
  seeds: [1, 2],
  data: { ...TINY.data, train: { strings: 600, lengths: [3, 9] } },
  training: { ...TINY.training, epochs: 60, earlyStop: null },
}

/** What the app has said that it keeps. */
interface Promised {
  draft: number
  note: number
  layout: number
  readonly over: Map<string, number | null>
}

it(`has drafts, notes, layout and runs again after each of ${KILLS} kills, and what it resumed ends as if nothing had happened`, async () => {
  const home = freshHome()
  const source = chance(50)
  const promised: Promised = { draft: 0, note: 0, layout: 0, over: new Map() }
  let app = await serveApp(home)
  await app.lab.settings.set({ checkpointEverySeconds: 1 })
  const [study] = await app.lab.studies.start({ content: STUDY })
  const { id: draftId } = await app.lab.drafts.save({ name: 'Draft 0', content: { at: 0 } })
  let offers = 0
  for (let i = 0; i < KILLS; i++) {
    offers += await goOn(app)
    const life = live(app.lab, draftId, `${study!.id}.full.1`, promised)
    await pause(source.uniform() * LONGEST_MS)
    await app.kill()
    await life
    app = await serveApp(home)
    await check(app.lab, draftId, `${study!.id}.full.1`, promised)
  }
  expect(offers).toBeGreaterThan(KILLS / 4)
  await goOn(app)
  await expect
    .poll(async () => (await app.lab.studies.list({}))[0]!.runs, { timeout: 500_000, interval: 300 })
    .toEqual({ finished: 4 })
  const killed = await losses(app.lab)
  expect(await app.stop()).toBe(signalExit('SIGINT'))

  const calmHome = freshHome()
  const calm = await serveApp(calmHome)
  await calm.lab.studies.start({ content: STUDY })
  await calm.lab.queue.open()
  await expect
    .poll(async () => (await calm.lab.studies.list({}))[0]!.runs, { timeout: 500_000, interval: 300 })
    .toEqual({ finished: 4 })
  expect(killed).toEqual(await losses(calm.lab))
  await calm.stop()
  for (const folder of [home, calmHome]) rmSync(folder, { recursive: true, force: true })
})

/** Takes up the offer to resume. @returns whether there was one */
async function goOn({ lab }: ServedApp): Promise<number> {
  const { interruptedAtStart, stopped } = await lab.queue.get()
  const interrupted = stopped.filter(({ status }) => status === 'interrupted').map(({ runId }) => runId)
  expect(interrupted).toHaveLength(interruptedAtStart)
  if (interrupted.length > 0) await lab.queue.resume({ runs: interrupted })
  await lab.queue.open()
  return interrupted.length > 0 ? 1 : 0
}

/** Writes, one thing after the other, until the host is gone; what was acknowledged was promised. */
async function live(lab: LabClient, draftId: string, runId: string, promised: Promised): Promise<void> {
  try {
    for (;;) {
      const { revision } = await lab.drafts.get({ draftId })
      await lab.drafts.save({
        draftId,
        revision,
        name: `Draft ${promised.draft + 1}`,
        content: { at: promised.draft + 1 },
      })
      promised.draft++
      await lab.runs.describe({
        runs: [runId],
        note: `note ${promised.note + 1}`,
        was: (await lab.runs.get({ runId })).row.note,
      })
      promised.note++
      await lab.layout.set({ key: 'e2e', value: promised.layout + 1 })
      promised.layout++
      for (const { id, bestLoss } of (await lab.runs.list({ search: 'is:over' })).rows) promised.over.set(id, bestLoss)
      await pause(5)
    }
  } catch (error) {
    expect((error as { code?: string }).code).toBe('disconnected')
  }
}

/** All that was promised is there; what was on its way when the kill came may be there too, whole. */
async function check(lab: LabClient, draftId: string, runId: string, promised: Promised): Promise<void> {
  const { content } = await lab.drafts.get({ draftId })
  const { at } = content as { at: number }
  const { rows } = await lab.runs.list({ search: '' })
  const note = Number(rows.find(({ id }) => id === runId)!.note.replace('note ', ''))
  const layout = Number((await lab.layout.get({ key: 'e2e' })) ?? 0)
  for (const [found, least] of [
    [at, promised.draft],
    [note, promised.note],
    [layout, promised.layout],
  ] as const)
    expect([least, least + 1]).toContain(found)
  Object.assign(promised, { draft: at, note, layout })
  expect(rows).toHaveLength(4)
  for (const [id, loss] of promised.over) expect(rows.find(row => row.id === id)).toMatchObject({ bestLoss: loss })
}

const losses = async (lab: LabClient): Promise<unknown[]> =>
  (await lab.runs.list({ sort: [{ by: 'plan' }, { by: 'seed' }] })).rows.map(
    ({ planId, seed, step, bestLoss, bestEpoch, retention }) => ({
      planId,
      seed,
      step,
      bestLoss,
      bestEpoch,
      retention,
    }),
  )
