import { parentPort } from 'node:worker_threads'
import { serveJobs } from './serve-jobs.ts'

/** What runs in a worker thread. */
if (parentPort === null) throw new Error('worker.ts runs in a worker thread')
serveJobs(parentPort)
