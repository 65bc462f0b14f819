import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { describe, LabError } from '../shared/errors.ts'
import { createApp } from './app/app.ts'
import { claimHome } from './app/home-claim.ts'
import { readPresets } from './app/presets.ts'
import { composeLab } from './compose.ts'
import { appIn } from './history/environment.ts'
import { homeFolder } from './home.ts'
import { findBrowser, openBrowserWindow } from './shells/web/browser.ts'
import { knownPages } from './shells/web/known-pages.ts'
import { openWebServer } from './shells/web/server.ts'
import { onParentGone, onStopSignals, signalExit } from './stop-signals.ts'
import { forked } from './training/fork.ts'
import { helpedBy } from './training/helpers.ts'

/** The app on a loopback address, for the browsers of this machine. Run from the sources; the pages are built before. */

const HELP = `Usage: npm run serve -- [options]

  --home <folder>   where the history lies
  --port <number>   the port to listen on (any free one)
  --window          open the app in a window of an installed Chrome or Chromium, and end with it
  --safe-mode       train nothing by itself
  --help            this text`

/** A window that closes with an error within this time did not open. */
const SOON_MS = 10_000

const FOLDER = join(import.meta.dirname, '..', '..')
const inTraining = (name: string): string => join(import.meta.dirname, 'training', name)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      port: { type: 'string' },
      window: { type: 'boolean', default: false },
      'safe-mode': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  const home = homeFolder(values.home)
  const giveUp = claimHome(home)
  const about = appIn(FOLDER)
  const lab = composeLab({
    home,
    app: about,
    startWorker: () => new Worker(inTraining('worker.ts'), helpedBy(inTraining('helper.ts'))),
    startIsolated: forked(inTraining('training-process.ts'), inTraining('worker.ts')),
    onProblem: error => app.log.problem(error, 'history'),
  })
  const app = createApp({
    lab,
    app: about,
    presets: readPresets(join(FOLDER, 'resources', 'presets')),
    shell: 'web',
    safeMode: values['safe-mode'],
    startAgain: () => startAgain(values, server.port),
    startAnalysis: () => new Worker(new URL('./analysis/worker.ts', import.meta.url)),
  })
  const browser = values.window ? findBrowser() : undefined
  const server = await openWebServer({
    root: join(FOLDER, 'out', 'renderer'),
    port: portOf(values.port),
    answer: app.answer,
    once: browser !== undefined,
    pages: knownPages(join(home, 'app', 'pages.json'), { onProblem: error => app.log.problem(error, 'pages') }),
  })
  await app.start()

  let ending: Promise<void> | null = null
  const end = (code: number): void => {
    ending ??= shutDown().then(() => process.exit(code), fail)
  }
  const shutDown = async (): Promise<void> => {
    await server.close()
    await app.close()
    giveUp()
  }
  onStopSignals((signal, asked) => {
    if (asked === 'at once') process.exit(signalExit(signal))
    end(signalExit(signal))
  })
  onParentGone(() => end(signalExit('SIGHUP')))
  process.on('uncaughtException', error => app.log.problem(error, 'process'))
  process.on('unhandledRejection', error => app.log.problem(error, 'process'))

  const printAddress = (): void => console.log(`Permafrost is at ${server.url}`)
  if (browser === undefined) return printAddress()
  console.log(`Permafrost opens in a window of ${browser}`)
  const began = performance.now()
  const window = openBrowserWindow(browser, server.url, join(home, 'app', 'browser'))
  // A browser that could not open leaves the app for another one.
  window.on('error', printAddress)
  window.on('exit', code => {
    if (code === 0 || performance.now() - began > SOON_MS) end(0)
    else printAddress()
  })
}

/** The command that starts the app as it was started, where its pages look for it. */
function startAgain(
  { home, window, ...flags }: { home?: string; window: boolean; 'safe-mode': boolean },
  port: number,
) {
  const words = [
    ...(home === undefined ? [] : ['--home', /^[\w@%+=:,./-]+$/.test(home) ? home : JSON.stringify(home)]),
    ...(window ? ['--window'] : ['--port', port]),
    ...(flags['safe-mode'] ? ['--safe-mode'] : []),
  ]
  return `npm run serve -- ${words.join(' ')}`
}

function portOf(given: string | undefined): number {
  const port = Number(given ?? 0)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new LabError('bad-input', `--port is ${describe(given)}; allowed: a whole number from 0 to 65535`)
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error)
  process.exit(error instanceof LabError && error.code === 'bad-input' ? 2 : 1)
}

main().catch(fail)
