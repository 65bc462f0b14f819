import { parentPort } from 'node:worker_threads'
import { serveJobs } from '../serve-jobs.ts'

/** A thread that trains, and that ends its whole process soon after the first epoch, as a fault in native code does. */
serveJobs({
  on: (event, listener) => parentPort!.on(event, listener),
  postMessage(message) {
    parentPort!.postMessage(message)
    if (message.kind === 'events' && message.events.some(({ kind }) => kind === 'epoch'))
      setTimeout(() => process.kill(process.pid, 'SIGSEGV'), 300)
  },
})
