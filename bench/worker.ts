import { parentPort, workerData } from 'node:worker_threads'
import { prepare } from './ours.ts'
import { loadKernel } from './peers/wasm.ts'
import { problem, type ModelId } from './problem.ts'

/** What a worker trains: our engine, or a hand-written kernel that lies at `kernel`. */
export interface WorkerSetting {
  readonly model: ModelId
  readonly kernel?: string
}

const { model, kernel } = workerData as WorkerSetting
const step: () => unknown =
  kernel === undefined ? (await prepare(model)).step : await loadKernel(kernel, problem(model))
parentPort!.on('message', (steps: number) => {
  for (let i = 0; i < steps; i++) step()
  parentPort!.postMessage('done')
})
parentPort!.postMessage('ready')
