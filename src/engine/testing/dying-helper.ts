import { parentPort } from 'node:worker_threads'
import { serveHelper, type ToHelper } from '../devices/wasm/helper.ts'

/** A helper that is there, and gone as soon as there is work. */
const port = parentPort!
serveHelper({
  on: (_, listener) =>
    port.on('message', (message: ToHelper) => {
      if (!('memory' in message)) process.exit(1)
      listener(message)
      port.postMessage('done')
    }),
})
