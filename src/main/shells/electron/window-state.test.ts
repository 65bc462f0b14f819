import { EventEmitter } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { windowState } from './window-state.ts'

const WORK_AREA = { x: 0, y: 0, width: 1920, height: 1080 }
vi.mock('electron', () => ({ screen: { getDisplayMatching: () => ({ workArea: WORK_AREA }) } }))

class FakeWindow extends EventEmitter {
  bounds = { x: 10, y: 20, width: 900, height: 700 }
  maximized = false
  destroyed = false
  readonly maximize = vi.fn()
  getNormalBounds = (): typeof this.bounds => this.bounds
  isMaximized = (): boolean => this.maximized
  isDestroyed = (): boolean => this.destroyed
}

const folder = mkdtempSync(join(tmpdir(), 'permafrost-window-'))
const path = join(folder, 'window.json')
const problems: unknown[] = []
const open = () => windowState(path, error => problems.push(error))
const kept = (): unknown => JSON.parse(readFileSync(path, 'utf8'))

beforeEach(() => {
  vi.useFakeTimers()
  rmSync(path, { force: true })
  problems.length = 0
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a window', () => {
  it('has its usual size at first, and the place and size that it had', () => {
    expect(open().bounds).toEqual({ width: 1280, height: 840 })
    const window = new FakeWindow()
    open().follow(window as never)
    window.emit('move')
    window.bounds = { x: 30, y: 40, width: 1000, height: 600 }
    window.emit('resize')
    vi.advanceTimersByTime(600)
    expect(kept()).toEqual({ x: 30, y: 40, width: 1000, height: 600, maximized: false })
    expect(open().bounds).toEqual({ x: 30, y: 40, width: 1000, height: 600 })
  })

  it('is kept within half a second of a move, and at once when it closes', () => {
    const window = new FakeWindow()
    open().follow(window as never)
    window.emit('move')
    vi.advanceTimersByTime(500)
    expect(kept()).toMatchObject({ x: 10 })
    window.bounds = { ...window.bounds, x: 77 }
    window.emit('move')
    window.emit('close')
    expect(kept()).toMatchObject({ x: 77 })
  })

  it('is maximized again, over the size that it had before', () => {
    const window = new FakeWindow()
    open().follow(window as never)
    window.maximized = true
    window.emit('close')
    const next = new FakeWindow()
    const state = open()
    state.follow(next as never)
    expect([state.bounds, next.maximize.mock.calls.length]).toEqual([{ x: 10, y: 20, width: 900, height: 700 }, 1])
  })

  it.each([
    ['to the left', { x: -850, y: 20 }],
    ['to the right', { x: 1900, y: 20 }],
    ['above', { x: 10, y: -200 }],
    ['below', { x: 10, y: 1050 }],
  ])('does not come back where no screen shows it: %s', (_, place) => {
    writeFileSync(path, JSON.stringify({ ...place, width: 900, height: 700, maximized: false }))
    expect(open().bounds).toEqual({ width: 1280, height: 840 })
  })

  it('opens as usual where what was kept cannot be read, and says so', () => {
    writeFileSync(path, '{"x":1')
    expect(open().bounds).toEqual({ width: 1280, height: 840 })
    expect(problems).toHaveLength(1)
  })

  it('that is gone is asked nothing', () => {
    const window = new FakeWindow()
    open().follow(window as never)
    window.emit('move')
    window.destroyed = true
    vi.advanceTimersByTime(600)
    expect(kept).toThrow()
  })
})
