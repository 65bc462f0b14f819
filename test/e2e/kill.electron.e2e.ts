import { rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { QueueState, RunPage, StudyInfo } from '../../src/shared/contract/index.ts'
import { freshHome, openElectron, type OpenedApp } from './support/electron.ts'
import { ask, sharePort } from './support/page-lab.ts'
import { TINY } from './support/story.ts'

/** Kills of the app itself; PERMAFROST_KILLS says how many. */
const KILLS = Number(process.env.PERMAFROST_KILLS ?? 3)
const LONGEST_MS = 2_500
/** What was typed longer ago than this is kept, whatever happens. */
const KEPT_MS = 1_000
const STUDY = {
  ...TINY,
  name: 'Killed',
  data: { ...TINY.data, train: { strings: 600, lengths: [3, 9] } },
  training: { ...TINY.training, epochs: 100_000, earlyStop: null },
}

/** What was typed, and when. */
interface Typed {
  readonly text: string
  readonly at: number
}

async function open(home: string): Promise<OpenedApp> {
  const opened = await openElectron(home)
  await sharePort(opened.page)
  return opened
}

/** Types a new text into the field every now and then until the app is gone. */
async function type(page: Page, label: string, prefix: string, typed: Typed[]): Promise<void> {
  try {
    const field = page.getByLabel(label, { exact: true })
    for (let i = 0; ; i++) {
      const text = `${prefix}.${i}`
      await field.fill(text, { timeout: 5_000 })
      typed.push({ text, at: performance.now() })
      await page.waitForTimeout(120)
    }
  } catch {
    // The kill.
  }
}

/** The newest text that must be there, and all that may be: those typed since. */
function allowed(typed: readonly Typed[], before: string, killedAt: number): string[] {
  const kept = typed.findLastIndex(({ at }) => at < killedAt - KEPT_MS)
  return [kept >= 0 ? typed[kept]!.text : before, ...typed.slice(kept + 1).map(({ text }) => text)]
}

it(
  `has drafts, notes, runs and layout after each of ${KILLS} kills at random moments, and offers to go on training`,
  async () => {
    const home = freshHome()
    let { app, page } = await open(home)
    await ask(page, 'settings.set', { checkpointEverySeconds: 1 })
    const [study] = await ask<StudyInfo[]>(page, 'studies.start', { content: STUDY })
    const run = `${study!.id}.full.1`
    const { id: draft } = await ask<{ id: string }>(page, 'drafts.save', {
      name: 'Draft',
      content: { ...TINY, name: 'Draft' },
    })
    await ask(page, 'queue.open')
    const kept = { draft: 'Draft', note: '', steps: 0 }
    let offers = 0
    try {
      for (let i = 0; i < KILLS; i++) {
        const onDraft = i % 2 === 0
        const place = onDraft ? `#/build/${draft}` : `#/history/${run}`
        await page.evaluate(hash => {
          location.hash = hash
        }, place)
        await page.getByLabel(onDraft ? 'Name of the study' : 'Note', { exact: true }).waitFor()
        await ask(page, 'layout.set', { key: 'e2e', value: i })
        const wentAt = performance.now()
        const typed: Typed[] = []
        const hands = type(page, onDraft ? 'Name of the study' : 'Note', `${onDraft ? 'Draft' : 'note'} ${i}`, typed)
        await new Promise(resolve => {
          setTimeout(resolve, Math.random() * LONGEST_MS)
        })
        const { running } = await ask<QueueState>(page, 'queue.get')
        const ended = new Promise(resolve => {
          app.process().once('exit', resolve)
        })
        const killedAt = performance.now()
        app.process().kill('SIGKILL')
        await Promise.all([ended, hands])

        ;({ app, page } = await open(home))
        const { content } = await ask<{ content: { name: string } }>(page, 'drafts.get', { draftId: draft })
        const { rows } = await ask<RunPage>(page, 'runs.list', { search: `study:"${study!.id}"` })
        const note = rows.find(({ id }) => id === run)!.note
        if (onDraft) expect(allowed(typed, kept.draft, killedAt)).toContain(content.name)
        else expect(content.name).toBe(kept.draft)
        if (onDraft) expect(note).toBe(kept.note)
        else expect(allowed(typed, kept.note, killedAt)).toContain(note)
        expect(await ask(page, 'layout.get', { key: 'e2e' })).toBe(i)
        const steps = rows.reduce((sum, { step }) => sum + step, 0)
        expect(rows).toHaveLength(4)
        expect(steps).toBeGreaterThanOrEqual(kept.steps)
        Object.assign(kept, { draft: content.name, note, steps })
        // Where the app was, it is again.
        if (killedAt - wentAt > KEPT_MS) await page.waitForFunction(place => location.hash.startsWith(place), place)
        if (running.length === 0) continue
        offers++
        const offer = page.getByText(/interrupted when the app last ended/)
        await offer.waitFor()
        expect(await offer.textContent()).toContain(`${running.length} run`)
        await page.getByRole('button', { name: 'Resume', exact: true }).click()
        await expect
          .poll(async () => (await ask<QueueState>(page, 'queue.get')).interruptedAtStart, { timeout: 100_000 })
          .toBe(0)
      }
      expect(offers).toBeGreaterThan(KILLS / 2)
    } finally {
      await app.close()
      rmSync(home, { recursive: true, force: true })
    }
  },
  (1 + KILLS) * 120_000,
)
