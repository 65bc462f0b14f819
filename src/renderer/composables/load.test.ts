import { createApp, effectScope, nextTick, ref, shallowRef, type EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LabError } from '../../shared/errors.ts'
import { CONNECTED } from './lab.ts'
import { useLoad, type Loaded } from './load.ts'

let scope: EffectScope
beforeEach(() => {
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
})

const settle = () =>
  new Promise(resolve => {
    setTimeout(resolve)
  })

describe('useLoad', () => {
  it('keeps the newest answer, also when an older one comes late', async () => {
    const source = ref<string | null>('slow')
    const answers = new Map<string, (text: string) => void>()
    const aborted: string[] = []
    const { data, loading } = scope.run(() =>
      useLoad(
        source,
        (question: string, signal) =>
          new Promise<string>(resolve => {
            signal.addEventListener('abort', () => {
              aborted.push(question)
            })
            answers.set(question, resolve)
          }),
      ),
    )!
    expect(loading.value).toBe(true)
    source.value = 'fast'
    await nextTick()
    answers.get('fast')!('second')
    await settle()
    answers.get('slow')!('first')
    await settle()
    expect(data.value).toBe('second')
    expect(aborted).toEqual(['slow'])
    expect(loading.value).toBe(false)
  })

  it('keeps the last answer beside an error, and asks again on demand', async () => {
    let fail = false
    const { data, error, reload } = scope.run(() =>
      useLoad(
        () => 1,
        () => (fail ? Promise.reject(new Error('disk full')) : Promise.resolve('there')),
      ),
    )!
    await settle()
    fail = true
    reload()
    await settle()
    expect([data.value, error.value?.message]).toEqual(['there', 'disk full'])
    fail = false
    reload()
    await settle()
    expect(error.value).toBeUndefined()
  })

  it('asks again what failed for want of a connection once there is one, and nothing else', async () => {
    const connected = shallowRef(true)
    const ask = vi.fn(() => Promise.reject(new LabError('disconnected', 'gone')))
    const refused = vi.fn(() => Promise.reject(new LabError('unknown-run', 'no such run')))
    const app = createApp({
      setup() {
        shown = [useLoad(() => 1, ask), useLoad(() => 1, refused)]
        return () => null
      },
    })
    let shown: Loaded<unknown>[] = []
    app.provide(CONNECTED, connected)
    app.mount(document.createElement('div'))
    await settle()
    connected.value = false
    ask.mockResolvedValue('there' as never)
    connected.value = true
    await settle()
    expect([shown[0]!.data.value, shown[0]!.error.value, shown[1]!.error.value?.message]).toEqual([
      'there',
      undefined,
      'no such run',
    ])
    connected.value = false
    connected.value = true
    expect([ask.mock.calls.length, refused.mock.calls.length]).toEqual([2, 1])
    app.unmount()
  })

  it('asks nothing for null, and forgets', async () => {
    const source = ref<number | null>(null)
    const load = vi.fn((n: number) => Promise.resolve(n))
    const { data } = scope.run(() => useLoad(source, load))!
    await settle()
    expect(load).not.toHaveBeenCalled()
    source.value = 4
    await settle()
    expect(data.value).toBe(4)
    source.value = null
    await settle()
    expect(data.value).toBeUndefined()
  })

  it('waits for a pause in changes', async () => {
    vi.useFakeTimers()
    const source = ref(1)
    const load = vi.fn((n: number) => Promise.resolve(n))
    scope.run(() => useLoad(source, load, { pause: 100 }))
    for (const n of [2, 3, 4]) {
      source.value = n
      await nextTick()
      vi.advanceTimersByTime(60)
    }
    vi.advanceTimersByTime(100)
    expect(load.mock.calls.map(([n]) => n)).toEqual([4])
    vi.useRealTimers()
  })
})
