import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
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
    expect(await second.client.settings.get()).toMatchObject({ theme: 'dark', keys: { find: ['Ctrl+F'] }, workers: null, device: 'wasm' })
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

  it('has bounds', () => withRig(async ({ client }) => {
    await expect(client.layout.set({ key: 'a', value: 'x'.repeat(300_000) })).rejects.toMatchObject({ code: 'too-large' })
    await expect(client.layout.set({ key: '../a', value: 1 })).rejects.toMatchObject({ code: 'bad-request' })
    for (let i = 0; i < 100; i++) await client.layout.set({ key: `a${i}`, value: i })
    await expect(client.layout.set({ key: 'b', value: 1 })).rejects.toMatchObject({ code: 'too-many' })
    await expect(client.drafts.save({ name: 'x', content: 'x'.repeat(2_000_000) })).rejects.toMatchObject({ code: 'too-large' })
    await expect(client.drafts.save({ draftId: '../../settings', name: 'x', content: 1 })).rejects.toMatchObject({ code: 'unknown-draft' })
    await expect(client.drafts.get({ draftId: '../settings' })).rejects.toMatchObject({ code: 'unknown-draft' })
  }))

  it('tells every page of changes, whoever makes them', () => withRig(async ({ client, lab }) => {
    const heard: string[] = []
    client.changes.onChange(undefined, ({ what }) => heard.push(...what))
    await client.drafts.save({ name: 'x', content: 1 })
    await until(() => heard.includes('drafts'))
    expect((await client.runs.list()).total).toBe(0)
    lab.history.studies.add((await import('../../shared/study.ts')).parseStudy(TINY))
    await until(() => heard.includes('runs'))
    await until(async () => (await client.runs.list()).total === 4)
  }))
})

describe('the trash', () => {
  it('takes a study out of every list and out of the queue, and gives it back as it was', () => withRig(async ({ client, lab }) => {
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
    expect((await client.studies.list()).map(({ name, runs }) => [name, runs])).toEqual([['Tiny', { queued: 4 }], ['Other', { queued: 4 }]])
    expect(await client.trash.list()).toEqual([])
    await expect(client.trash.restore({ undo })).rejects.toMatchObject({ code: 'not-in-trash' })
    const again = await client.studies.remove({ studyId: study!.id })
    await client.trash.empty({ undo: [again.undo] })
    expect(lab.history.studies.list({ archived: 'any' })).toHaveLength(1)
  }))

  it('takes single runs, which comparisons then leave out', () => withRig(async rig => {
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

  it('keeps drafts too', () => withRig(async ({ client }) => {
    const draft = await client.drafts.save({ name: 'Half', content: { a: 1 } })
    const { undo } = await client.drafts.remove({ draftId: draft.id })
    expect(await client.drafts.list()).toEqual([])
    await client.trash.restore({ undo })
    expect(await client.drafts.list()).toEqual([draft])
  }))

  it('refuses what is being trained, and forgets after 30 days', async () => {
    const rig = openRig()
    const [study] = await rig.client.studies.start({ content: { ...TINY, training: { ...TINY.training, epochs: 10_000, earlyStop: null } } })
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
