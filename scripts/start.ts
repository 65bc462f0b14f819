import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { onParentGone, onStopSignals, signalExit, type StopSignal } from '../src/main/stop-signals.ts'

/**
 * Opens the built app: in Electron, or, where its runtime cannot be had, from the loopback server in a window of an installed Chrome or
 * Chromium; without one of these the address is printed. Arguments go to the app.
 */

const require = createRequire(import.meta.url)
const FOLDER = join(import.meta.dirname, '..')
const words = process.argv.slice(2)

/** Why the Electron runtime cannot be had; undefined once it is there. The package leaves its download to the first start. */
function fetchRuntime(): string | undefined {
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH) return undefined
  const installer = require.resolve('electron/install.js')
  if (!existsSync(join(installer, '..', 'path.txt'))) console.log('Downloading the Electron runtime, once …')
  const { status, stderr } = spawnSync(process.execPath, [installer], {
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  })
  return status === 0 ? undefined : stderr.trim().split('\n')[0]
}

function run(program: string, args: readonly string[]): void {
  const env = { ...process.env, PERMAFROST_PARENT: String(process.pid) }
  const app = spawn(program, args, { stdio: 'inherit', env })
  // The app ends when what it trains is safe. Of the signals that ask for it Electron knows TERM, INT and HUP alone.
  let stoppedBy: StopSignal | null = null
  const stop = (signal: StopSignal): void => {
    stoppedBy ??= signal
    app.kill('SIGTERM')
  }
  onStopSignals((signal, asked) => {
    if (asked === 'at once') app.kill('SIGKILL')
    else stop(signal)
  })
  onParentGone(() => stop('SIGHUP'))
  app.on('error', error => fail(`The app does not start: ${error.message}`))
  app.on('exit', (code, signal) => {
    if (stoppedBy !== null) process.exit(signalExit(stoppedBy))
    if (signal !== null) fail(`The app was ended by ${signal}`)
    else process.exitCode = code ?? 1
  })
}

function fail(message: string): void {
  console.error(message)
  process.exitCode = 1
}

const problem = fetchRuntime()
if (problem === undefined) run(require('electron') as string, [FOLDER, ...words])
else {
  console.log(
    `The Electron runtime is not here and could not be downloaded (${problem}): the app opens in a browser instead.`,
  )
  run(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--disable-sigusr1',
    join(FOLDER, 'src', 'main', 'serve.ts'),
    '--window',
    ...words,
  ])
}
