import { describe, expect, it } from 'vitest'
import type { LabError } from '../../shared/errors.ts'
import { FakeWorker } from './testing/fake-worker.ts'
import { startThread } from './thread.ts'

function example() {
  const worker = new FakeWorker()
  const heard: string[] = []
  const dead: string[] = []
  let tick = (): void => {}
  const thread = startThread(() => worker, {
    onMessage: ({ kind }) => heard.push(kind),
    onDead: (error: LabError) => dead.push(`${error.code}: ${error.message}`),
    every: run => {
      tick = run
      return setInterval(() => {}, 1e9)
    },
  })
  return {
    worker,
    thread,
    heard,
    dead,
    seconds: (count: number) => {
      for (let i = 0; i < count; i++) tick()
    },
  }
}

describe('a watched thread', () => {
  it('is ended when it gives no sign of life', () => {
    const { worker, dead, seconds } = example()
    seconds(179)
    worker.beat()
    seconds(179)
    expect([dead, worker.terminated]).toEqual([[], false])
    seconds(1)
    expect(dead).toEqual(['worker-hung: The worker thread gave no sign of life for 180 seconds and was ended.'])
    expect(worker.terminated).toBe(true)
  })

  it('is found dead once, whichever way it dies', () => {
    const crashed = example()
    crashed.worker.crash('boom')
    expect(crashed.dead).toEqual(['worker-crashed: The worker thread crashed: boom'])
    const left = example()
    left.worker.emit('exit', 7)
    expect(left.dead).toEqual(['worker-crashed: The worker thread ended by itself (exit code 7).'])
  })

  it('is not dead when it is ended on request, and is not heard any more', async () => {
    const { worker, thread, heard, dead } = example()
    worker.end()
    await thread.end()
    worker.end()
    expect([heard, dead, worker.terminated]).toEqual([['ended'], [], true])
  })

  it('says nothing of its heartbeat', () => {
    const { worker, heard } = example()
    worker.beat()
    worker.say()
    expect(heard).toEqual(['events'])
  })
})
