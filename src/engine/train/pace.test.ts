import { expect, it } from 'vitest'
import { collect, pace } from './pace.ts'

it('a turn is due every 16 milliseconds', async () => {
  let time = 0
  const own = pace(() => time, undefined)
  expect([15, 16, 17].map(own.due)).toEqual([false, true, true])
  time = 9
  await own.turn()
  expect([24, 25].map(own.due)).toEqual([false, true])
})

it("a turn lets the thread's other events through", async () => {
  const own = pace(() => 0, undefined)
  const { port1, port2 } = new MessageChannel()
  const heard: unknown[] = []
  port2.on('message', message => heard.push(message))
  port1.postMessage('stop')
  for (let i = 0; i < 10 && heard.length === 0; i++) await own.turn()
  port1.close()
  expect(heard).toEqual(['stop'])
})

it('aborting ends the work at the next item and at the next turn, with the reason', async () => {
  const controller = new AbortController()
  const own = pace(() => 0, controller.signal)
  let drawn = 0
  function* items(): Generator<number> {
    for (;;) {
      if (++drawn === 3) controller.abort(new Error('enough'))
      yield drawn
    }
  }
  await expect(collect(items(), own)).rejects.toThrow('enough')
  expect(drawn).toBe(3)
  await expect(own.turn()).rejects.toThrow('enough')
})
