import { BroadcastChannel, parentPort } from 'node:worker_threads'
import { serveHelper } from '../../../engine/devices/wasm/helper.ts'

/** A helper thread that says on a channel of its own whenever it has done something, and answers there as long as it lives. */
const channel = new BroadcastChannel('helper')
channel.onmessage = () => channel.postMessage('alive')
const port = parentPort!
serveHelper(port)
port.on('message', () => channel.postMessage('worked'))
