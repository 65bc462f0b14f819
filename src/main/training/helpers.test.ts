import { join } from 'node:path'
import { BroadcastChannel, Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseStudy } from '../../shared/study.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import { SMALL } from '../shells/cli/testing/studies.ts'
import { helpedBy } from './helpers.ts'
import type { Failure, TrainJob } from './protocol.ts'
import { startThread, type Thread } from './thread.ts'

const study = parseStudy({
  ...SMALL,
  plans: undefined,
  model: { ...SMALL.model, controller: { id: 'lstm', units: 130 } },
  training: { ...SMALL.training, epochs: 2 },
})
const inTraining = (name: string): string => join(import.meta.dirname, name)

/** What the helpers of all threads say, by word. */
function helpers() {
  const heard: Record<string, number> = {}
  const channel = new BroadcastChannel('helper')
  channel.onmessage = event => {
    const { data } = event as { data: string }
    heard[data] = (heard[data] ?? 0) + 1
  }
  onTestFinished(() => channel.close())
  return { heard, ask: () => channel.postMessage('who is there?') }
}

interface Playing {
  readonly thread: Thread
  readonly events: RunEvent[]
  readonly ended: Promise<Failure | null>
}

/** A run in a thread of its own. */
function play(threads: number, job: Partial<TrainJob> = {}): Playing {
  const shared = new Int32Array(new SharedArrayBuffer(8))
  shared[1] = threads
  const events: RunEvent[] = []
  let end = (_: Failure | null): void => {}
  const ended = new Promise<Failure | null>(resolve => {
    end = resolve
  })
  const thread = startThread(
    () => new Worker(inTraining('worker.ts'), helpedBy(inTraining('testing/telling-helper.ts'))),
    {
      onMessage(message) {
        if (message.kind === 'events') {
          events.push(...message.events)
          thread.send({ kind: 'stored', runId: message.runId, events: message.events.length })
        } else if (message.kind === 'ended') end(message.failure)
      },
      onDead: ({ code, message }) => end({ code, message }),
    },
  )
  onTestFinished(() => thread.end())
  thread.send({
    kind: 'train',
    runId: 'a',
    study,
    together: 1,
    planId: 'full',
    seed: 1,
    device: 'wasm',
    portable: false,
    resume: null,
    checkpointEverySeconds: 3600,
    cancel: shared,
    ...job,
  })
  return { thread, events, ended }
}

const results = (events: readonly RunEvent[]): unknown =>
  events.flatMap((event): unknown[] =>
    event.kind === 'checkpoint' ? [event.bytes] : event.kind === 'evaluation' ? [event] : [],
  )

describe('a run of a large model', () => {
  it('may use helpers, and ends as it does without', async () => {
    const { heard } = helpers()
    const alone = play(1)
    expect(await alone.ended).toBeNull()
    expect(heard).toEqual({})
    const helped = play(2)
    expect(await helped.ended).toBeNull()
    expect(heard.worked).toBeGreaterThan(0)
    expect(results(helped.events)).toEqual(results(alone.events))
  })

  it('takes its helpers along when its thread is ended on the way', async () => {
    const { heard, ask } = helpers()
    const { thread } = play(3, { study: { ...study, training: { ...study.training, epochs: 10_000 } } })
    await expect.poll(() => heard.worked ?? 0).toBeGreaterThan(20)
    await thread.end()
    heard.alive = 0
    ask()
    await new Promise(resolve => {
      setTimeout(resolve, 200)
    })
    expect(heard.alive).toBe(0)
  })
})
