import { parentPort } from 'node:worker_threads'

/** A thread that throws at its first message. */
parentPort!.on('message', () => {
  throw new Error('from inside')
})
