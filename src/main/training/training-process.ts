import { Worker } from 'node:worker_threads'
import { STOP_SIGNALS } from '../stop-signals.ts'
import type { FromProcess, ToProcess } from './process-line.ts'
import { BEAT_MS, type FromWorker } from './protocol.ts'

/** What runs in a process of its own: one worker thread, whose file is the last argument, and the line between it and the host. */

/** Counted from the start of the process. */
const MOST_WARM_UP_MS = 3_600_000

/** Electron gives its utility processes a port; Node gives a forked process a channel. */
interface ParentPort {
  on(event: 'message', listener: (event: { data: ToProcess }) => void): void
  postMessage(message: FromProcess): void
}
const { parentPort } = process as unknown as { parentPort?: ParentPort }

const say = (message: FromProcess): void => {
  if (parentPort) parentPort.postMessage(message)
  else process.send!(message)
}

/** The cancel flags of runs, shared with the thread alone. */
const flags = new Map<string, Int32Array<SharedArrayBuffer>>()
const worker = new Worker(process.argv.at(-1)!)

/** At its first step a GPU may compile its kernels, which keeps the thread silent for many minutes; until then the process speaks for it. */
const warmUp = setInterval(() => {
  if (performance.now() < MOST_WARM_UP_MS) say({ kind: 'beat' })
}, BEAT_MS)

const hear = (message: ToProcess): void => {
  if (message.kind === 'cancel') {
    const cancel = flags.get(message.runId)
    if (cancel) Atomics.store(cancel, 0, 1)
  } else if (message.kind === 'train') {
    const cancel = new Int32Array(new SharedArrayBuffer(4))
    flags.set(message.runId, cancel)
    worker.postMessage({ ...message, cancel })
  } else {
    worker.postMessage(message)
  }
}

worker.on('message', (message: FromWorker) => {
  if (
    message.kind === 'ended' ||
    message.kind === 'measured' ||
    message.kind === 'estimated' ||
    (message.kind === 'events' && message.events.some(({ kind }) => kind === 'progress'))
  )
    clearInterval(warmUp)
  if (message.kind === 'ended') flags.delete(message.runId)
  say(message)
})
worker.on('error', error => say({ kind: 'thrown', message: error.message }))
worker.on('exit', code => process.exit(code))
if (parentPort) parentPort.on('message', ({ data }) => hear(data))
else {
  process.on('message', hear)
  // The host is gone: nobody would store what this process finds. Native code at work does not take being asked to leave.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
}
// A terminal, a service manager or a batch system tells every process at once; the host stops its runs as it should.
for (const signal of STOP_SIGNALS) process.on(signal, () => {})
