import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { app, BrowserWindow, dialog, nativeTheme, shell } from 'electron'
import { createApp, type App } from './app/app.ts'
import { claimHome } from './app/home-claim.ts'
import { readPresets } from './app/presets.ts'
import { composeLab } from './compose.ts'
import { appIn } from './history/environment.ts'
import { homeFolder } from './home.ts'
import { declareAppScheme, PAGE_URL, serveAppScheme } from './shells/electron/app-protocol.ts'
import { choosePath } from './shells/electron/choose-path.ts'
import { guardContents } from './shells/electron/guards.ts'
import { setMenu } from './shells/electron/menu.ts'
import { filesNamed } from './shells/electron/opened-files.ts'
import { handOverPorts } from './shells/electron/port-channel.ts'
import { notifyEnd, progressShown } from './shells/electron/progress.ts'
import { inUtilityProcess } from './shells/electron/utility-process.ts'
import { createWindow } from './shells/electron/window.ts'
import { windowState } from './shells/electron/window-state.ts'

/** The page comes from the dev server while `electron-vite dev` runs, otherwise from the built files. */
const page = !app.isPackaged && process.env.ELECTRON_RENDERER_URL || PAGE_URL
const origin = page.replace(/(?<=\w)\/.*$/, '')
const inApp = (...path: string[]): string => join(app.getAppPath(), ...path)

const words = process.argv.slice(app.isPackaged ? 1 : 2)
const { values: flags } = parseArgs({ args: words, strict: false, options: { 'home': { type: 'string' }, 'safe-mode': { type: 'boolean' } } })
const home = homeFolder(typeof flags.home === 'string' ? flags.home : undefined)

async function start(): Promise<void> {
  await app.whenReady()
  const giveUp = claimHome(home)
  const lab = openApp()
  serveAppScheme(inApp('out', 'renderer'))
  setMenu({ command: command => lab.requests.say({ kind: 'command', command }), showLogs: () => void shell.openPath(lab.log.folder) })
  const state = windowState(join(home, 'app', 'window.json'), lab.log.problem)
  const open = async (): Promise<void> => {
    const window = createWindow({ page, preload: inApp('out', 'preload', 'index.cjs'), icon: inApp('resources', 'icons', 'permafrost.png'), state })
    handOverPorts(window.webContents, origin, lab.answer)
    await window.loadURL(page)
  }
  const openFiles = (names: readonly string[], folder: string): void => {
    const files = filesNamed(names, folder)
    if (files.length > 0) lab.requests.say({ kind: 'files', files })
  }
  app.on('second-instance', (_, argv, folder) => {
    showWindow(open)
    openFiles(argv.slice(1), folder)
  })
  app.on('open-file', (event, path) => {
    event.preventDefault()
    openFiles([path], '/')
  })
  app.on('activate', () => showWindow(open))
  app.on('window-all-closed', () => { if (process.platform !== 'darwin') app.quit() })
  quitInOrder(async () => {
    await lab.close()
    giveUp()
  })
  openFiles(words, process.cwd())
  await open()
  await lab.start()
}

function openApp(): App {
  const about = appIn(app.getAppPath())
  // Worker threads look for the lab's texts there too.
  process.env.PERMAFROST_RESOURCES = inApp('resources')
  const worker = (name: string) => (): Worker => new Worker(inApp('out', 'main', name))
  const lab = composeLab({ home, app: about, startWorker: worker('training-worker.cjs'), startIsolated: inUtilityProcess(inApp('out', 'main', 'training-process.cjs'), inApp('out', 'main', 'training-worker.cjs')), onProblem: error => opened.log.problem(error, 'history') })
  const opened: App = createApp({
    lab, app: about, presets: readPresets(inApp('resources', 'presets')), shell: 'electron', safeMode: flags['safe-mode'] === true, startAnalysis: worker('analysis-worker.cjs'),
    showLogs: async folder => { await shell.openPath(folder) },
    choosePath: kind => choosePath(BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0], kind),
    onProgress: progressShown(() => BrowserWindow.getAllWindows()[0]),
    onStudyEnded: study => {
      if (!opened.settings().notifyAtEnd || BrowserWindow.getFocusedWindow()) return
      notifyEnd(study, () => {
        showWindow(async () => {})
        opened.requests.say({ kind: 'command', command: 'go-compare' })
      })
    },
    onSettings: ({ theme }) => { nativeTheme.themeSource = theme },
  })
  process.on('uncaughtException', error => opened.log.problem(error, 'process'))
  process.on('unhandledRejection', error => opened.log.problem(error, 'process'))
  return opened
}

function showWindow(open: () => Promise<void>): void {
  const [window] = BrowserWindow.getAllWindows()
  if (window === undefined) return void open().catch(fail)
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

/** What is being trained is left with a checkpoint before the process ends. */
function quitInOrder(close: () => Promise<void>): void {
  let state: 'open' | 'closing' | 'closed' = 'open'
  app.on('before-quit', event => {
    if (state === 'closed') return
    event.preventDefault()
    if (state === 'closing') return
    state = 'closing'
    void close().catch(error => console.error(error)).finally(() => {
      state = 'closed'
      app.quit()
    })
  })
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  console.error(message)
  if (process.stdout.isTTY !== true) dialog.showErrorBox('Permafrost cannot open', message)
  app.exit(1)
}

app.setPath('userData', join(home, 'app', 'electron'))
// As root Chromium has no sandbox, and refuses one.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
declareAppScheme()
guardContents(origin)
if (app.requestSingleInstanceLock()) start().catch(fail)
else app.quit()
