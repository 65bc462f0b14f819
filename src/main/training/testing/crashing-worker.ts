import { parentPort } from 'node:worker_threads'
import { serveJobs } from '../serve-jobs.ts'
import type { FromWorker, ToWorker } from '../protocol.ts'

let told = 0,
  stored = 0
/** How many events there were when the first checkpoint was among them. */
let checkpointAt = Infinity

/** A thread that trains, and that ends its whole process once a checkpoint is stored, as a fault in native code does. */
serveJobs({
  on: (event, listener) =>
    parentPort!.on(event, (message: ToWorker) => {
      listener(message)
      if (message.kind === 'stored') stored += message.events
      if (stored >= checkpointAt) process.kill(process.pid, 'SIGSEGV')
    }),
  postMessage(message: FromWorker) {
    parentPort!.postMessage(message)
    if (message.kind !== 'events') return
    told += message.events.length
    if (message.events.some(({ kind }) => kind === 'checkpoint')) checkpointAt = Math.min(checkpointAt, told)
  },
})
