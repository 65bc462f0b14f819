import { BroadcastChannel, parentPort } from 'node:worker_threads'
import { serveHelper } from '../../../engine/devices/wasm/helper.ts'

/** A helper thread that says on a channel of its own whenever it has done something, and answers there as long as it lives; not to the other helpers. */
const channel = new BroadcastChannel('helper')
channel.onmessage = event => {
  if ((event as { data: string }).data === 'who is there?') channel.postMessage('alive')
}
const port = parentPort!
serveHelper(port)
port.on('message', () => channel.postMessage('worked'))
