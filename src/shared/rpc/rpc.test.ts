import fc from 'fast-check'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { z } from 'zod'
import { InputError, LabError } from '../errors.ts'
import { channelPair, type Channel } from './channel.ts'
import { connect } from './connect.ts'
import { call, feed, type ServiceOf } from './contract.ts'
import { decodeFrame, encodeFrame } from './frame.ts'
import { serve, type ServeOptions } from './serve.ts'

const floats = z.custom<Float64Array>(value => value instanceof Float64Array)
const contract = {
  sums: {
    add: call(z.strictObject({ a: z.number(), b: z.number().default(1) }), z.number()),
    scale: call(z.strictObject({ values: floats, by: z.number() }), floats),
    fail: call(z.enum(['input', 'lab', 'fault', 'later', 'answer']), z.number()),
    wait: call(z.undefined().optional(), z.number()),
  },
  clock: { ticks: feed(z.strictObject({ from: z.number().min(0) }), z.number()) },
}

function rig(options: ServeOptions = {}) {
  const told: { emit: (n: number) => void; congested: () => boolean; from: number }[] = []
  const state = { left: 0, aborted: 0 }
  const service: ServiceOf<typeof contract> = {
    sums: {
      add: ({ a, b }) => a + b,
      scale: ({ values, by }) => values.map(v => v * by),
      async fail(how) {
        if (how === 'input') throw new InputError('study.seeds', 0, 'more')
        if (how === 'lab') throw new LabError('disk-full', 'The disk is full.')
        if (how === 'later')
          await Promise.resolve().then(() => {
            throw new TypeError('secret /home/x')
          })
        if (how === 'answer') return 'three' as unknown as number
        throw new RangeError('secret /home/x')
      },
      wait: (_, { signal }) =>
        new Promise(resolve => {
          signal.addEventListener('abort', () => {
            state.aborted++
            resolve(0)
          })
        }),
    },
    clock: {
      ticks({ from }, emit, { congested }) {
        if (from === 13) throw new LabError('unlucky', 'No.')
        told.push({ emit, congested, from })
        return () => {
          state.left++
        }
      },
    },
  }
  const [host, page] = channelPair()
  const problems: unknown[] = []
  serve(contract, service, host, { onProblem: error => problems.push(error), ...options })
  const connection = connect(contract)
  connection.attach(page)
  return { ...connection, page, host, told, state, problems, service }
}

const turn = (): Promise<void> => new Promise(resolve => setTimeout(resolve))

describe('calls', () => {
  it('answer with what the handler gives, defaults filled in', async () => {
    const { client } = rig()
    expect(await client.sums.add({ a: 2 })).toBe(3)
    expect(await client.sums.scale({ values: Float64Array.of(1, NaN), by: 2 })).toStrictEqual(Float64Array.of(2, NaN))
    expectTypeOf(client.sums.add).parameter(0).toEqualTypeOf<{ a: number; b?: number | undefined }>()
  })

  it('bring errors over with code, words and field', async () => {
    const { client } = rig()
    await expect(client.sums.fail('input')).rejects.toMatchObject({
      code: 'bad-input',
      field: 'study.seeds',
      message: 'study.seeds is 0; allowed: more',
    })
    await expect(client.sums.fail('lab')).rejects.toMatchObject({
      code: 'disk-full',
      message: 'The disk is full.',
      field: null,
    })
  })

  it.each(['fault', 'later'] as const)('tell nothing of what a fault says (%s), but tell the host', async how => {
    const { client, problems } = rig()
    await expect(client.sums.fail(how)).rejects.toMatchObject({
      code: 'unexpected',
      message: expect.not.stringContaining('secret'),
    })
    expect(problems).toHaveLength(1)
  })

  it('refuse input that does not fit, at both ends', async () => {
    const { client, service } = rig()
    const add = vi.spyOn(service.sums, 'add')
    await expect(client.sums.add({ a: 'x' } as never)).rejects.toMatchObject({ code: 'bad-request', field: 'a' })
    await expect(client.sums.add({ a: 1, c: 1 } as never)).rejects.toMatchObject({ code: 'bad-request' })
    expect(add).not.toHaveBeenCalled()
    const [host, page] = channelPair()
    serve(contract, service, host)
    const answers: unknown[] = []
    page.onMessage(bytes => answers.push(decodeFrame(bytes)))
    page.send(encodeFrame({ kind: 'call', id: 1, to: 'sums.add', input: { a: '2' } }))
    await turn()
    expect(answers).toMatchObject([{ kind: 'error', id: 1, code: 'bad-request', field: 'a' }])
    expect(add).not.toHaveBeenCalled()
  })

  it('refuse an answer that does not fit', async () => {
    await expect(rig().client.sums.fail('answer')).rejects.toMatchObject({ code: 'bad-answer' })
  })

  it('can be given up, and the host hears of it', async () => {
    const { client, state } = rig()
    const controller = new AbortController()
    const waiting = client.sums.wait(undefined, { signal: controller.signal })
    await turn()
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    await turn()
    expect(state.aborted).toBe(1)
    await expect(client.sums.wait(undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    })
  })

  it('are refused above the most', async () => {
    const { client } = rig({ mostCalls: 2 })
    void client.sums.wait().catch(() => {})
    void client.sums.wait().catch(() => {})
    await expect(client.sums.wait()).rejects.toMatchObject({ code: 'busy' })
  })

  it('whose answers are not taken hold bounded memory: more are refused, then the connection ends', async () => {
    const [MOST, ANSWER] = [100_000, 36_000]
    let [unsent, most, closed] = [0, 0, 0]
    let say: (bytes: Uint8Array) => void = () => {}
    const deaf: Channel = {
      send: bytes => {
        unsent += bytes.length
        most = Math.max(most, unsent)
      },
      onMessage: listen => (say = listen),
      onClose: () => {},
      close: () => closed++,
      unsent: () => unsent,
    }
    const worked: number[] = []
    const big = { sums: { text: call(z.number(), z.string()) } }
    serve(big, { sums: { text: n => (worked.push(n), 'x'.repeat(ANSWER)) } }, deaf, { mostUnsent: MOST })
    const ask = (id: number): void => say(encodeFrame({ kind: 'call', id, to: 'sums.text', input: id }))
    const settle = async (): Promise<void> => {
      for (let k = 0; k < 5; k++) await Promise.resolve()
    }
    for (let id = 1; id <= 50; id++) {
      ask(id)
      await settle()
    }
    expect(worked).toEqual([1, 2, 3])
    unsent = 0
    ask(51)
    await settle()
    expect(worked).toEqual([1, 2, 3, 51])
    for (let id = 52; id <= 4_000 && closed === 0; id++) {
      ask(id)
      await settle()
    }
    expect(closed).toBeGreaterThan(0)
    expect(most).toBeLessThan(MOST + ANSWER + 100 * 200)
  })

  it('fail when the connection goes, and go on over the next one', async () => {
    const { client, attach, page, host, state, service, connected } = rig()
    const waiting = client.sums.wait()
    await turn()
    host.close()
    await expect(waiting).rejects.toMatchObject({ code: 'disconnected' })
    expect(state.aborted).toBe(1)
    expect(connected()).toBe(false)
    await expect(client.sums.add({ a: 1 })).rejects.toMatchObject({ code: 'disconnected' })
    const [nextHost, nextPage] = channelPair()
    serve(contract, service, nextHost)
    attach(nextPage)
    expect(await client.sums.add({ a: 1 })).toBe(2)
    page.close()
    expect(connected()).toBe(true)
  })
})

describe('feeds', () => {
  it('say what is emitted until they are left', async () => {
    const { client, told, state } = rig()
    const heard: number[] = []
    const leave = client.clock.ticks({ from: 3 }, n => heard.push(n))
    await turn()
    told[0]!.emit(1)
    told[0]!.emit(2)
    await turn()
    leave()
    leave()
    await turn()
    told[0]!.emit(3)
    await turn()
    expect({ heard, from: told[0]!.from, left: state.left }).toEqual({ heard: [1, 2], from: 3, left: 1 })
  })

  it('that are refused say so once', async () => {
    const ended: unknown[] = []
    rig().client.clock.ticks({ from: 13 }, () => {}, { onEnd: error => ended.push(error) })
    await turn()
    expect(ended).toMatchObject([{ code: 'unlucky' }])
  })

  it('are congested while their listener is behind, and end when it is lost', async () => {
    const { client, told, state } = rig()
    const ended: unknown[] = []
    client.clock.ticks({ from: 0 }, () => {}, { onEnd: error => ended.push(error) })
    await turn()
    const { emit, congested } = told[0]!
    for (let i = 0; i < 4; i++) emit(i)
    expect(congested()).toBe(true)
    await turn()
    expect(congested()).toBe(false)
    for (let i = 0; i < 99; i++) {
      emit(i)
      expect(congested()).toBe(false)
      await turn()
    }
    for (let i = 0; i < 1_001; i++) emit(i)
    await turn()
    expect(ended).toMatchObject([{ code: 'too-slow' }])
    expect(state.left).toBe(1)
  })

  it('go on over the next connection', async () => {
    const { client, told, host, service, attach, state } = rig()
    const heard: number[] = []
    client.clock.ticks({ from: 1 }, n => heard.push(n))
    await turn()
    host.close()
    expect(state.left).toBe(1)
    const [nextHost, nextPage] = channelPair()
    serve(contract, service, nextHost)
    attach(nextPage)
    await turn()
    told[1]!.emit(7)
    await turn()
    expect(heard).toEqual([7])
  })

  it('outlive what a listener throws', async () => {
    const { client, told } = rig()
    const heard: number[] = []
    client.clock.ticks({ from: 0 }, n => {
      if (n === 1) throw new Error('view broken')
      heard.push(n)
    })
    await turn()
    told[0]!.emit(1)
    told[0]!.emit(2)
    await turn()
    expect(heard).toEqual([2])
  })
})

describe('a hostile page', () => {
  const hostile = fc.oneof(
    fc.record(
      {
        kind: fc.constantFrom('call', 'listen', 'drop', 'heard', 'x'),
        id: fc.oneof(fc.nat(3), fc.double(), fc.string()),
        to: fc.constantFrom(
          'sums.add',
          'clock.ticks',
          '__proto__.toString',
          'constructor.constructor',
          'sums.toString',
          'sums',
          '',
          'sums.add.x',
        ),
        input: fc.anything({ withTypedArray: true }),
      },
      { requiredKeys: ['kind'] },
    ),
    fc.jsonValue(),
    fc.array(fc.jsonValue()),
  )

  it('cannot make the host throw, whatever it sends; the next connection works', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(hostile.map(encoded), fc.uint8Array({ maxLength: 100 })), { maxLength: 20 }),
        async messages => {
          const { service, page, client } = rig()
          const fault = vi.fn()
          process.on('unhandledRejection', fault)
          for (const bytes of messages) page.send(Uint8Array.from(bytes))
          await turn()
          process.off('unhandledRejection', fault)
          expect(fault).not.toHaveBeenCalled()
          const [host, next] = channelPair()
          serve(contract, service, host)
          const connection = connect(contract)
          connection.attach(next)
          expect(await connection.client.sums.add({ a: 1, b: 1 })).toBe(2)
          void client
        },
      ),
      { numRuns: 200 },
    )
  })

  it('loses its connection over a message that makes no sense', async () => {
    const closed = async (bytes: Uint8Array<ArrayBuffer>, options?: ServeOptions): Promise<boolean> => {
      const { page, connected, problems } = rig(options)
      page.send(bytes)
      await turn()
      expect(problems).toHaveLength(connected() ? 0 : 1)
      return !connected()
    }
    expect(await closed(Uint8Array.of(1, 2, 3))).toBe(true)
    expect(await closed(encodeFrame({ kind: 'call', id: -1, to: 'sums.add' }))).toBe(true)
    expect(await closed(encodeFrame('x'.repeat(100)), { mostBytes: 50 })).toBe(true)
    expect(await closed(encodeFrame({ kind: 'drop', id: 77 }))).toBe(false)
  })

  it('reaches nothing beside the contract', async () => {
    const [host, page] = channelPair()
    serve(contract, rig().service, host)
    const answers: unknown[] = []
    page.onMessage(bytes => answers.push(decodeFrame(bytes)))
    const names = ['sums.constructor', '__proto__.toString', 'sums.toString', 'clock.ticks', 'sums', 'sums.add.call']
    names.forEach((to, id) => page.send(encodeFrame({ kind: 'call', id, to })))
    await turn()
    expect(answers).toHaveLength(names.length)
    expect(answers.every(answer => (answer as { code: string }).code === 'bad-request')).toBe(true)
  })
})

function encoded(value: unknown): Uint8Array {
  try {
    return encodeFrame(value)
  } catch {
    return Uint8Array.of(1, 2, 3)
  }
}

describe('the channel between two ends of a thread', () => {
  it('keeps what comes before anyone listens, and says once that it is closed', async () => {
    const [a, b]: [Channel, Channel] = channelPair()
    a.send(Uint8Array.of(1))
    await turn()
    const heard: Uint8Array[] = []
    b.onMessage(bytes => heard.push(bytes))
    const closed = vi.fn()
    a.onClose(closed)
    b.close()
    a.close()
    a.send(Uint8Array.of(2))
    await turn()
    expect(heard).toEqual([Uint8Array.of(1)])
    expect(closed).toHaveBeenCalledTimes(1)
  })
})
