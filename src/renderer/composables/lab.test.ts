import { createApp, shallowRef, type App } from 'vue'
import { afterEach, expect, it, vi } from 'vitest'
import type { Changed, LabClient } from '../../shared/contract/index.ts'
import { setSeen } from '../testing/sight.ts'
import { CONNECTED, concernsRun, concernsStudy, LAB, useChanges, useProgress } from './lab.ts'

const feeds = new Map<(changed: Changed) => void, Changed['what']>()
const join = ({ what }: { what: Changed['what'] }, listen: (changed: Changed) => void): (() => void) => {
  feeds.set(listen, what)
  return () => {
    feeds.delete(listen)
  }
}
const onChange = vi.fn(join)
const connected = shallowRef(true)
const lab = { changes: { onChange } } as unknown as LabClient
const say = (what: Changed['what']): void => {
  for (const [hear, kinds] of feeds) if (what.some(one => kinds.includes(one))) hear({ version: 1, what, runs: [] })
}
type Kind = Parameters<typeof useChanges>[0][number] | 'progress'

/** Components of one page, each of which listens to its own kinds of changes. */
function listeners(...kinds: Kind[][]): { heard: Changed['what'][][]; apps: App[] } {
  const heard: Changed['what'][][] = kinds.map(() => [])
  const apps = kinds.map((what, i) => {
    const hear = (changed: Changed): void => {
      heard[i]!.push(changed.what)
    }
    const app = createApp({
      setup() {
        if (what.includes('progress')) useProgress(hear)
        else
          useChanges(
            what.filter(one => one !== 'progress'),
            hear,
          )
        return () => null
      },
    })
    app.provide(LAB, lab)
    app.provide(CONNECTED, connected)
    app.mount(document.createElement('div'))
    return app
  })
  return { heard, apps }
}

afterEach(() => {
  setSeen(true)
  connected.value = true
  onChange.mockReset()
  onChange.mockImplementation(join)
})

it('a page listens to changes once, whoever in it wants to know of them', () => {
  const { heard, apps } = listeners(['runs'], ['studies', 'trash'])
  expect(onChange).toHaveBeenCalledOnce()
  say(['runs', 'trash'])
  say(['studies'])
  expect(heard).toEqual([[['runs', 'trash']], [['runs', 'trash'], ['studies']]])
  apps[0]!.unmount()
  say(['runs'])
  expect(heard[0]).toHaveLength(1)
  apps[1]!.unmount()
  expect(feeds.size).toBe(0)
})

it('what training changes all the time is told to those alone who ask for it, and with more than that to nobody twice', () => {
  const { heard, apps } = listeners(['runs'])
  expect([...feeds.values()].flat()).not.toContain('progress')
  const beside = listeners(['progress'])
  say(['progress'])
  say(['progress', 'runs'])
  expect([heard, beside.heard]).toEqual([[[['progress', 'runs']]], [[['progress']]]])
  for (const app of [...apps, ...beside.apps]) app.unmount()
  expect(feeds.size).toBe(0)
})

it('a page that is not seen listens to none, and takes all for changed when it is seen again', () => {
  const { heard, apps } = listeners(['runs'], ['settings'], ['progress'])
  setSeen(false)
  expect(feeds.size).toBe(0)
  setSeen(true)
  expect(feeds.size).toBe(2)
  expect(heard.map(told => told.length)).toEqual([1, 1, 1])
  expect(heard[0]![0]).toContain('runs')
  for (const app of apps) app.unmount()
})

it('who takes all for changed listens already: what changes while it asks is told', () => {
  const { heard, apps } = listeners(['runs'])
  setSeen(false)
  onChange.mockImplementation((input, listen) => {
    heard[0]!.push([])
    return join(input, listen)
  })
  setSeen(true)
  expect(heard[0]!.map(({ length }) => length > 0)).toEqual([false, true])
  for (const app of apps) app.unmount()
})

it('takes all for changed when the host is reached again, and asks nothing of one that is not', () => {
  const { heard, apps } = listeners(['runs'], ['progress'])
  connected.value = false
  setSeen(false)
  setSeen(true)
  expect(heard).toEqual([[], []])
  connected.value = true
  expect(heard.map(told => told.length)).toEqual([1, 1])
  setSeen(false)
  connected.value = false
  connected.value = true
  expect(heard.map(told => told.length)).toEqual([1, 1])
  setSeen(true)
  expect(heard.map(told => told.length)).toEqual([2, 2])
  for (const app of apps) app.unmount()
  connected.value = false
  connected.value = true
  expect(heard.map(told => told.length)).toEqual([2, 2])
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
  expect([
    concernsRun(about(), 'a.full.1'),
    concernsRun(about('a.full.1'), 'a.full.1'),
    concernsRun(about('a.full.11'), 'a.full.1'),
  ]).toEqual([true, true, false])
  expect([
    concernsStudy(about(), 'a'),
    concernsStudy(about('b.full.1', 'a.full.1'), 'a'),
    concernsStudy(about('ab.full.1'), 'a'),
  ]).toEqual([true, true, false])
})
