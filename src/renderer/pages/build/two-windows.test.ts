import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import type { Catalog, Draft } from '../../../shared/contract/index.ts'
import { LabError } from '../../../shared/errors.ts'
import { toasts } from '../../shell/toasts.ts'
import { mountPage } from '../../testing/mount-page.ts'
import { useDraft, type OpenDraft } from './use-draft.ts'

const CATALOG = { defaults: {} } as unknown as Catalog
const FIRST: Draft = {
  id: 'd',
  name: 'Study',
  content: { name: 'Study', training: { epochs: 200, batch: 10 }, data: { strings: 10_000 } },
  updatedAt: 1,
  revision: 1,
}

/** Two windows on one draft of one host, as it is kept there. */
function windows() {
  const shelf = new Map<string, Draft>([[FIRST.id, FIRST]])
  const find = (id: string): Draft => {
    const draft = shelf.get(id)
    if (!draft) throw new LabError('unknown-draft', `There is no draft ${id}.`)
    return draft
  }
  const open: OpenDraft[] = []
  const mounted = [0, 1].map(() =>
    mountPage(
      defineComponent(() => {
        open.push(useDraft(FIRST, CATALOG))
        return () => h('div')
      }),
      {
        drafts: {
          get: ({ draftId }) => Promise.resolve().then(() => find(draftId)),
          save: ({ draftId, revision, name, content }) =>
            Promise.resolve().then(() => {
              const before = draftId === undefined ? null : find(draftId)
              if (before && before.revision !== revision) throw new LabError('stale', 'changed in another window')
              const id = draftId ?? `new-${shelf.size}`
              const next = { id, name, content, updatedAt: 2, revision: (before?.revision ?? 0) + 1 }
              shelf.set(id, next)
              tell()
              return next
            }),
        },
        preview: { study: () => Promise.resolve({ problems: [], studies: [] }) },
      },
    ),
  )
  const tell = (): void => {
    setTimeout(() =>
      mounted.forEach(({ host }) => host.say('changes.onChange', { version: 2, what: ['drafts'], runs: [] })),
    )
  }
  return {
    a: open[0]!,
    b: open[1]!,
    shelf,
    tell,
    content: () => shelf.get('d')!.content,
    close: () => mounted.forEach(({ view }) => view.unmount()),
  }
}
const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds)

beforeEach(() => {
  toasts.value = []
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

describe('a draft in two windows', () => {
  it('has what was typed in both, in other fields, at once or one after the other', async () => {
    const { a, b, content, close } = windows()
    a.form.write('training.epochs', 11)
    b.form.write('data.strings', 222)
    await pass(1_000)
    a.form.write('training.batch', 7)
    await pass(5_000)
    const all = { name: 'Study', training: { epochs: 11, batch: 7 }, data: { strings: 222 } }
    expect([content(), a.form.content.value, b.form.content.value]).toEqual([all, all, all])
    expect([a.waiting.value, b.waiting.value, toasts.value]).toEqual([false, false, []])
    close()
  })

  it('keeps what the other window wrote when this one undoes its own', async () => {
    const { a, b, content, close } = windows()
    a.form.write('training.epochs', 11)
    await pass(5_000)
    b.form.write('data.strings', 222)
    await pass(5_000)
    a.form.undo()
    await pass(5_000)
    const all = { name: 'Study', training: { epochs: 200, batch: 10 }, data: { strings: 222 } }
    expect([content(), b.form.content.value]).toEqual([all, all])
    close()
  })

  it('offers both versions of a field that both changed, and says nothing is saved until one is chosen', async () => {
    const { a, b, content, close } = windows()
    a.form.write('training.epochs', 11)
    b.form.write('training.epochs', 12)
    b.form.write('data.strings', 222)
    await pass(2_000)
    expect(b.conflicts.value).toEqual([{ path: ['training', 'epochs'], mine: 12, theirs: 11 }])
    expect([b.waiting.value, a.conflicts.value]).toEqual([true, []])
    b.decide('mine')
    await pass(5_000)
    const all = { name: 'Study', training: { epochs: 12, batch: 10 }, data: { strings: 222 } }
    expect([content(), a.form.content.value, b.waiting.value]).toEqual([all, all, false])
    close()
  })

  it('that is undecided when its window goes is kept as a draft of its own', async () => {
    const { a, b, shelf, close } = windows()
    a.form.write('name', 'A')
    b.form.write('name', 'B')
    await pass(2_000)
    close()
    await pass(0)
    expect([...shelf.values()].map(({ name }) => name)).toEqual(['A', 'B (from another window)'])
  })

  it('that was started or removed in the other one is said to be kept nowhere, and can be a new one', async () => {
    const { b, shelf, tell, close } = windows()
    shelf.delete('d')
    tell()
    await pass(10)
    expect(b.missing.value).toBe(true)
    b.form.write('data.strings', 222)
    await pass(1_000)
    const { id } = await b.saveAsNew()
    expect(shelf.get(id)).toMatchObject({ name: 'Study', content: { data: { strings: 222 } } })
    expect(toasts.value).toEqual([])
    close()
  })
})
