import { createApp, type App } from 'vue'
import { afterEach, expect, it, vi } from 'vitest'
import type { Changed, LabClient } from '../../shared/contract/index.ts'
import { setSeen } from '../testing/sight.ts'
import { concernsRun, concernsStudy, LAB, useChanges } from './lab.ts'

const feed = new Set<(changed: Changed) => void>()
const onChange = vi.fn((_: undefined, listen: (changed: Changed) => void) => {
  feed.add(listen)
  return () => { feed.delete(listen) }
})
const lab = { changes: { onChange } } as unknown as LabClient
const say = (what: Changed['what'], runs: string[] = []): void => { for (const hear of feed) hear({ version: 1, what, runs }) }

/** Components of one page, each of which listens to its own kinds of changes. */
function listeners(...kinds: Changed['what'][]): { heard: Changed['what'][][], apps: App[] } {
  const heard: Changed['what'][][] = kinds.map(() => [])
  const apps = kinds.map((what, i) => {
    const app = createApp({ setup() { useChanges(what, changed => heard[i]!.push(changed.what)); return () => null } })
    app.provide(LAB, lab)
    app.mount(document.createElement('div'))
    return app
  })
  return { heard, apps }
}

afterEach(() => {
  setSeen(true)
  onChange.mockClear()
})

it('a page listens to changes once, whoever in it wants to know of them', () => {
  const { heard, apps } = listeners(['runs'], ['studies', 'trash'], ['progress'])
  expect(onChange).toHaveBeenCalledOnce()
  say(['runs', 'trash'])
  say(['progress'])
  expect(heard).toEqual([[['runs', 'trash']], [['runs', 'trash']], [['progress']]])
  apps[0]!.unmount()
  say(['runs'])
  expect(heard[0]).toHaveLength(1)
  for (const app of apps.slice(1)) app.unmount()
  expect(feed.size).toBe(0)
})

it('a page that is not seen listens to none, and takes all for changed when it is seen again', () => {
  const { heard, apps } = listeners(['runs'], ['settings'])
  setSeen(false)
  expect(feed.size).toBe(0)
  setSeen(true)
  expect(feed.size).toBe(1)
  expect(heard.map(told => told.length)).toEqual([1, 1])
  expect(heard[0]![0]).toContain('runs')
  for (const app of apps) app.unmount()
})

it('what was changed before a page was first seen is told when it is', () => {
  setSeen(false)
  const { heard, apps } = listeners(['runs'])
  expect(onChange).not.toHaveBeenCalled()
  setSeen(true)
  expect(heard[0]).toHaveLength(1)
  for (const app of apps) app.unmount()
})

it('a change that names no runs may be about any', () => {
  const about = (...runs: string[]): Changed => ({ version: 1, what: ['runs'], runs })
  expect([concernsRun(about(), 'a.full.1'), concernsRun(about('a.full.1'), 'a.full.1'), concernsRun(about('a.full.11'), 'a.full.1')]).toEqual([true, true, false])
  expect([concernsStudy(about(), 'a'), concernsStudy(about('b.full.1', 'a.full.1'), 'a'), concernsStudy(about('ab.full.1'), 'a')]).toEqual([true, true, false])
})
