import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseStudy } from '../../shared/study.ts'
import type { Changed } from '../../shared/contract/index.ts'
import { openHistory } from '../history/history.ts'
import { ENVIRONMENT } from '../history/testing/events.ts'
import { openRig, TINY, trained, until, withRig } from './testing/rig.ts'

describe('what the app remembers', () => {
  it('is on the disk when the answer comes, and there after a restart without farewell', async () => {
    const first = openRig()
    const draft = await first.client.drafts.save({ name: 'Half', content: { task: { id: 'mark' } } })
    await first.client.layout.set({ key: 'panes', value: { left: 0.25, open: ['build', null] } })
    await first.client.settings.set({ theme: 'dark', keys: { find: ['Ctrl+F'] } })
    const second = openRig(first.home)
    expect(await second.client.drafts.list()).toEqual([draft])
    expect(await second.client.layout.get({ key: 'panes' })).toEqual({ left: 0.25, open: ['build', null] })
    expect(await second.client.layout.get({ key: 'nothing' })).toBeUndefined()
    expect(await second.client.settings.get()).toMatchObject({
      theme: 'dark',
      keys: { find: ['Ctrl+F'] },
      workers: null,
      device: 'wasm',
    })
    await first.close()
    await second.close()
    rmSync(first.home, { recursive: true })
  })

  it('does not stop the app when it is damaged: it is set aside', async () => {
    const first = openRig()
    await first.client.settings.set({ theme: 'dark' })
    const draft = await first.client.drafts.save({ name: 'Half', content: 1 })
    await first.close()
    const folder = join(first.home, 'app')
    writeFileSync(join(folder, 'settings.json'), '{"theme": "blue"}')
    writeFileSync(join(folder, 'drafts', `${draft.id}.json`), '{"id":')
    const second = openRig(first.home)
    expect((await second.client.settings.get()).theme).toBe('system')
    expect(await second.client.drafts.list()).toEqual([])
    expect(readFileSync(join(folder, 'settings.json.damaged'), 'utf8')).toBe('{"theme": "blue"}')
    expect(readdirSync(join(folder, 'drafts'))).toEqual([`${draft.id}.json.damaged`])
    expect(await second.client.app.diagnostics()).toContain('"level":"problem"')
    await second.close()
    rmSync(first.home, { recursive: true })
  })

  it('has bounds', () =>
    withRig(async ({ client }) => {
      await expect(client.layout.set({ key: 'a', value: 'x'.repeat(300_000) })).rejects.toMatchObject({
        code: 'too-large',
      })
      await expect(client.layout.set({ key: '../a', value: 1 })).rejects.toMatchObject({ code: 'bad-request' })
      for (let i = 0; i < 100; i++) await client.layout.set({ key: `a${i}`, value: i })
      await expect(client.layout.set({ key: 'b', value: 1 })).rejects.toMatchObject({ code: 'too-many' })
      await expect(client.drafts.save({ name: 'x', content: 'x'.repeat(2_000_000) })).rejects.toMatchObject({
        code: 'too-large',
      })
      await expect(
        client.drafts.save({ draftId: '../../settings', revision: 0, name: 'x', content: 1 }),
      ).rejects.toMatchObject({
        code: 'unknown-draft',
      })
      await expect(client.drafts.get({ draftId: '../settings' })).rejects.toMatchObject({ code: 'unknown-draft' })
    }))

  it('is not looked at in safe mode, nor changed: its layout may be what makes trouble', async () => {
    const first = openRig()
    await first.client.layout.set({ key: 'panes', value: 'kept' })
    await first.close()
    const safe = openRig(first.home, { safeMode: true })
    expect(await safe.client.app.info()).toMatchObject({ safeMode: true })
    expect(await safe.client.layout.get({ key: 'panes' })).toBeUndefined()
    await safe.client.layout.set({ key: 'panes', value: 'other' })
    expect(await safe.client.layout.get({ key: 'panes' })).toBe('other')
    await safe.client.studies.start({ content: TINY })
    await safe.app.start()
    expect(await safe.client.queue.get()).toMatchObject({ running: [], waitingCount: 4 })
    await safe.close()
    const again = openRig(first.home)
    expect(await again.client.layout.get({ key: 'panes' })).toBe('kept')
    await again.close()
    rmSync(first.home, { recursive: true })
  })

  it('tells the shell of the most recent studies, newest first, as they come and go', async () => {
    const told: string[][] = []
    await withRig(
      async ({ client }) => {
        expect(told).toEqual([[]])
        await client.studies.start({ content: TINY })
        const [second] = await client.studies.start({ content: { ...TINY, name: 'Second' } })
        await until(() => told.at(-1)!.length === 2)
        expect(told.at(-1)).toEqual(['Second', 'Tiny'])
        await client.studies.remove({ studyId: second!.id })
        await until(() => told.at(-1)!.length === 1)
        expect(await client.app.recent()).toMatchObject([{ name: 'Tiny' }])
      },
      {
        onRecent: studies => {
          told.push(studies.map(({ name }) => name))
        },
      },
    )
  })

  it('is not written over by a window that has not seen the newest', () =>
    withRig(async ({ client, lab }) => {
      const draft = await client.drafts.save({ name: 'A', content: { epochs: 1, strings: 1 } })
      const about = { draftId: draft.id, name: 'A' }
      const first = await client.drafts.save({
        ...about,
        revision: draft.revision,
        content: { epochs: 11, strings: 1 },
      })
      expect(first.revision).toBe(draft.revision + 1)
      await expect(
        client.drafts.save({ ...about, revision: draft.revision, content: { epochs: 1, strings: 222 } }),
      ).rejects.toMatchObject({ code: 'stale' })
      expect((await client.drafts.get({ draftId: draft.id })).content).toEqual({ epochs: 11, strings: 1 })
      await expect(client.drafts.save({ ...about, content: 1 })).rejects.toMatchObject({ code: 'bad-request' })
      const { undo } = await client.drafts.remove({ draftId: draft.id })
      await client.trash.restore({ undo })
      expect((await client.drafts.get({ draftId: draft.id })).revision).toBe(first.revision + 1)

      const [study] = await client.studies.start({ content: TINY })
      const studyId = study!.id
      await client.studies.describe({ studyId, note: 'one', was: '' })
      await expect(client.studies.describe({ studyId, note: 'two', was: '' })).rejects.toMatchObject({ code: 'stale' })
      await expect(client.studies.describe({ studyId, note: 'two' })).rejects.toMatchObject({ code: 'bad-request' })
      expect((await client.studies.describe({ studyId, archived: false })).note).toBe('one')

      const runs = [`${studyId}.full.1`]
      await client.runs.describe({ runs, note: 'one', was: '', addTags: ['a'] })
      await expect(client.runs.describe({ runs, note: 'two', was: '', starred: true })).rejects.toMatchObject({
        code: 'stale',
      })
      await Promise.all([
        client.runs.describe({ runs, addTags: ['b'] }),
        client.runs.describe({ runs, removeTags: ['a'] }),
      ])
      expect(lab.history.runs.get(runs[0]!)).toMatchObject({ note: 'one', starred: false, tags: ['b'] })

      const { revision } = await client.settings.get()
      await client.settings.set({ revision, theme: 'dark' })
      await client.settings.set({ revision, notifyAtEnd: false })
      await expect(client.settings.set({ revision, theme: 'light' })).rejects.toMatchObject({ code: 'stale' })
      const now = await client.settings.get()
      expect(now).toMatchObject({ theme: 'dark', notifyAtEnd: false })
      expect(await client.settings.set({ revision: now.revision, theme: 'light' })).toMatchObject({ theme: 'light' })
    }))

  it('tells every page of changes, whoever makes them', () =>
    withRig(async ({ client, home }) => {
      const heard: string[] = []
      client.changes.onChange(undefined, ({ what }) => heard.push(...what))
      await client.drafts.save({ name: 'x', content: 1 })
      await until(() => heard.includes('drafts'))
      expect((await client.runs.list()).total).toBe(0)
      const elsewhere = openHistory({ home })
      const { id } = elsewhere.studies.add(parseStudy(TINY))
      await until(() => heard.includes('runs'))
      await until(async () => (await client.runs.list()).total === 4)
      elsewhere.runs.claim(`${id}.full.1`, { environment: ENVIRONMENT })
      await until(async () => (await client.runs.list({ search: 'status:running' })).total === 1)
      elsewhere.close()
      await until(async () => (await client.runs.list({ search: 'status:interrupted' })).total === 1)
    }))

  it('tells of what training writes as progress, and of runs and studies only where one begins or ends', () =>
    withRig(async ({ client }) => {
      const heard: Changed[] = []
      client.changes.onChange(undefined, changed => heard.push(changed))
      const listing = setInterval(() => {
        void client.runs.list()
      }, 100)
      const [study] = await client.studies.start({
        content: {
          ...TINY,
          plans: ['full'],
          seeds: [1],
          training: { ...TINY.training, epochs: 10_000, earlyStop: null },
        },
      })
      const runs = [`${study!.id}.full.1`]
      await client.queue.open()
      await until(() => heard.filter(({ what }) => what.includes('progress')).length >= 4)
      clearInterval(listing)
      const progress = heard.slice(heard.findIndex(({ what }) => what.includes('progress')) + 1)
      expect(progress.map(({ what, runs }) => ({ what, runs }))).toEqual(
        progress.map(() => ({ what: ['progress'], runs })),
      )
      expect((await client.runs.list()).rows[0]!.epochsDone).toBeGreaterThan(0)
      await client.queue.pause({ runs })
      await until(() => heard.at(-1)!.what.includes('studies'))
    }))

  it('lists the runs of a study that was started, also where its draft could not be removed', () =>
    withRig(async ({ client, home }) => {
      const { id } = await client.drafts.save({ name: 'Tiny', content: TINY })
      expect((await client.runs.list()).total).toBe(0)
      const file = join(home, 'app', 'drafts', `${id}.json`)
      rmSync(file)
      mkdirSync(file)
      const heard: Changed[] = []
      client.changes.onChange({ what: ['runs'] }, changed => heard.push(changed))
      await expect(client.studies.start({ content: TINY, draftId: id })).rejects.toThrow()
      expect((await client.runs.list()).total).toBe(4)
      await until(() => heard.length > 0)
    }))

  it('lists runs as they are when a command to the queue has changed them', () =>
    withRig(async ({ client }) => {
      const [study] = await client.studies.start({ content: { ...TINY, plans: ['full'], seeds: [1] } })
      const runs = [`${study!.id}.full.1`]
      const status = async (): Promise<string> => (await client.runs.list()).rows[0]!.status
      expect(await status()).toBe('queued')
      await client.queue.pause({ runs })
      expect(await status()).toBe('paused')
      await client.queue.resume({ runs })
      expect(await status()).toBe('queued')
      await client.queue.cancel({ runs })
      expect(await status()).toBe('cancelled')
      await client.queue.restart({ runs })
      expect(await status()).toBe('queued')
    }))
})

describe('the trash', () => {
  it('takes a study out of every list and out of the queue, and gives it back as it was', () =>
    withRig(async ({ client, lab }) => {
      const [study] = await client.studies.start({ content: TINY })
      await client.studies.start({ content: { ...TINY, name: 'Other' } })
      const { undo, runs } = await client.studies.remove({ studyId: study!.id })
      expect(runs).toBe(4)
      expect((await client.studies.list()).map(({ name }) => name)).toEqual(['Other'])
      expect((await client.studies.list({ archived: 'any' })).map(({ name }) => name)).toEqual(['Other'])
      expect((await client.runs.list({ archived: true })).total).toBe(4)
      expect((await client.queue.get()).waitingCount).toBe(4)
      await expect(client.studies.get({ studyId: study!.id })).rejects.toMatchObject({ code: 'unknown-study' })
      expect(await client.trash.list()).toMatchObject([{ undo, what: 'study', title: 'Tiny', runs: 4 }])
      await client.trash.restore({ undo })
      expect((await client.studies.list()).map(({ name, runs }) => [name, runs])).toEqual([
        ['Tiny', { queued: 4 }],
        ['Other', { queued: 4 }],
      ])
      expect(await client.trash.list()).toEqual([])
      await expect(client.trash.restore({ undo })).rejects.toMatchObject({ code: 'not-in-trash' })
      const again = await client.studies.remove({ studyId: study!.id })
      await client.trash.empty({ undo: [again.undo] })
      expect(lab.history.studies.list({ archived: 'any' })).toHaveLength(1)
    }))

  it('takes single runs, which comparisons then leave out', () =>
    withRig(async rig => {
      const { client } = rig
      const study = await trained(rig)
      const before = await client.comparison.get({ studyId: study.id })
      expect(before.plans[0]!.seeds).toEqual([1, 2])
      const { undo } = await client.runs.remove({ runs: [`${study.id}.full.1`] })
      expect((await client.comparison.get({ studyId: study.id })).plans[0]!.seeds).toEqual([2])
      expect((await client.studies.list())[0]!.runs).toEqual({ finished: 3 })
      await client.trash.restore({ undo })
      expect(await client.comparison.get({ studyId: study.id })).toEqual(before)
      await client.trash.empty()
      expect((await client.runs.list()).total).toBe(4)
    }))

  it('keeps drafts too', () =>
    withRig(async ({ client }) => {
      const draft = await client.drafts.save({ name: 'Half', content: { a: 1 } })
      const { undo } = await client.drafts.remove({ draftId: draft.id })
      expect(await client.drafts.list()).toEqual([])
      await client.trash.restore({ undo })
      expect(await client.drafts.list()).toEqual([{ ...draft, revision: draft.revision + 1 }])
    }))

  it('refuses what is being trained, and forgets after 30 days', async () => {
    const rig = openRig()
    const [study] = await rig.client.studies.start({
      content: { ...TINY, training: { ...TINY.training, epochs: 10_000, earlyStop: null } },
    })
    await rig.client.queue.open()
    await until(async () => (await rig.client.queue.get()).running.length > 0)
    await expect(rig.client.studies.remove({ studyId: study!.id })).rejects.toMatchObject({ code: 'run-taken' })
    expect((await rig.client.runs.list()).total).toBe(4)
    await rig.client.queue.hold({ stop: true })
    await rig.client.studies.remove({ studyId: study!.id })
    await rig.close()
    const file = join(rig.home, 'app', 'trash.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"removedAt":\d+/, '"removedAt":1'))
    const next = openRig(rig.home)
    expect(await next.client.trash.list()).toEqual([])
    expect(next.lab.history.studies.list({ archived: 'any' })).toEqual([])
    await next.close()
    rmSync(rig.home, { recursive: true })
  })
})
