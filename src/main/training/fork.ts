import { fork } from 'node:child_process'
import { tensorflowEnvironment } from '../devices/tensorflow-load.ts'
import { ProcessWorker } from './process-worker.ts'
import type { FromProcess } from './process-line.ts'
import type { StartWorker } from './thread.ts'

/**
 * Starts training processes with Node.
 * @param entry the file of `training-process.ts` @param worker the file of `worker.ts` @param node default: the Node that runs this
 */
export const forked =
  (entry: string, worker: string, node: string = process.execPath): StartWorker =>
  () => {
    const child = fork(entry, [worker], {
      execPath: node,
      ...(node === process.execPath ? {} : { execArgv: ['--disable-sigusr1'] }),
      serialization: 'advanced',
      env: { ...process.env, ...tensorflowEnvironment() },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    return new ProcessWorker({
      // A process that is just ending takes no more messages; that it ended is said by itself.
      send: message => {
        if (child.connected) child.send(message, () => {})
      },
      onMessage: listener => {
        child.on('message', message => listener(message as FromProcess))
      },
      onExit: listener => {
        child.on('exit', (code, signal) => listener(signal === null ? `exit code ${code}` : signal, code ?? 1))
        child.on('error', error => listener(error.message, 1))
      },
      kill: () => {
        child.kill('SIGKILL')
      },
    })
  }
