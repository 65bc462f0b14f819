import { parentPort } from 'node:worker_threads'

/** A thread that its first message keeps busy for good. */
parentPort!.on('message', () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})
