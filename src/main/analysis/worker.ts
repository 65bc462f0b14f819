import { parentPort } from 'node:worker_threads'
import { serve } from '../../shared/rpc/serve.ts'
import { analysisContract } from './contract.ts'
import { analysisService } from './service.ts'
import { portChannel } from './port-channel.ts'

/** What runs in an analysis thread. */
if (parentPort === null) throw new Error('worker.ts runs in a worker thread')
serve(analysisContract, analysisService, portChannel(parentPort), { onProblem: error => console.error(error) })
