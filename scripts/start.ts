import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** Opens the built desktop app; arguments go to Electron. */

const require = createRequire(import.meta.url)

/** Why the Electron runtime cannot be had; undefined once it is there. The package leaves its download to the first start. */
function fetchRuntime(): string | undefined {
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH) return undefined
  const installer = require.resolve('electron/install.js')
  if (!existsSync(join(installer, '..', 'path.txt'))) console.log('Downloading the Electron runtime, once …')
  const { status, stderr } = spawnSync(process.execPath, [installer], { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' })
  return status === 0 ? undefined : stderr.trim().split('\n')[0]
}

function openApp(): void {
  const app = spawn(require('electron') as string, [join(import.meta.dirname, '..'), ...process.argv.slice(2)], { stdio: 'inherit' })
  app.on('error', error => fail(`The Electron runtime does not start: ${error.message}`))
  app.on('exit', (code, signal) => {
    if (signal !== null) fail(`The app was ended by ${signal}`)
    else process.exitCode = code ?? 1
  })
}

function fail(message: string): void {
  console.error(message)
  process.exitCode = 1
}

const problem = fetchRuntime()
if (problem === undefined) openApp()
else fail(`The desktop app cannot open: the Electron runtime is not here and could not be downloaded (${problem}). \`npm run study\` works without it.`)
