import { parentPort } from 'node:worker_threads'
import { serveHelper } from '../../engine/devices/wasm/helper.ts'

/** What runs in a helper thread, which computes for the worker thread that has started it. */
if (parentPort === null) throw new Error('helper.ts runs in a worker thread')
serveHelper(parentPort)
