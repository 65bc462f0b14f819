import { utilityProcess } from 'electron'
import { tensorflowEnvironment } from '../../devices/tensorflow-load.ts'
import type { FromProcess } from '../../training/process-line.ts'
import { ProcessWorker } from '../../training/process-worker.ts'
import type { StartWorker } from '../../training/thread.ts'

/**
 * Starts training processes with Electron, which may not be usable as Node.
 * @param entry the built `training-process.ts` @param worker the built `worker.ts`
 */
export const inUtilityProcess =
  (entry: string, worker: string): StartWorker =>
  () => {
    const child = utilityProcess.fork(entry, [worker], {
      serviceName: 'Permafrost training',
      env: { ...(process.env as Record<string, string>), ...tensorflowEnvironment() },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return new ProcessWorker({
      send: message => child.postMessage(message),
      onMessage: listener => {
        child.on('message', (message: FromProcess) => listener(message))
      },
      onExit: listener => {
        child.on('exit', code => listener(`exit code ${code}`, code))
      },
      kill: () => {
        child.kill()
      },
    })
  }
