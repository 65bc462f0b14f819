import { parentPort } from 'node:worker_threads'
import { serveHelper, type ToHelper } from '../devices/wasm/helper.ts'

/** A helper whose work fails. */
const port = parentPort!
serveHelper({
  on: (_, listener) =>
    port.on('message', (message: ToHelper) => {
      listener('memory' in message ? message : { ...message, work: [['no-such-function']] })
      port.postMessage('done')
    }),
})
