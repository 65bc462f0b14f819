import { parentPort } from 'node:worker_threads'
import { serveHelper } from '../devices/wasm/helper.ts'

/** A helper thread for tests: says whenever it has done something. */
const port = parentPort!
serveHelper(port)
port.on('message', () => port.postMessage('done'))
