import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { app, BrowserWindow, dialog, nativeTheme, shell, type OpenDialogOptions } from 'electron'
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
import { ENDINGS, fileOpening, MOST_BYTES } from './shells/electron/opened-files.ts'
import { handOverPorts } from './shells/electron/port-channel.ts'
import { notifyEnd, progressShown } from './shells/electron/progress.ts'
import { isolated } from './shells/electron/isolated.ts'
import { createWindow } from './shells/electron/window.ts'
import { windowState } from './shells/electron/window-state.ts'
import { helpedBy } from './training/helpers.ts'

/** The page comes from the dev server while `electron-vite dev` runs, otherwise from the built files. */
const page = (import.meta.env.DEV && process.env.ELECTRON_RENDERER_URL) || PAGE_URL
const origin = page.replace(/(?<=\w)\/.*$/, '')
const inApp = (...path: string[]): string => join(app.getAppPath(), ...path)

const words = process.argv.slice(app.isPackaged ? 1 : 2)
const { values: flags } = parseArgs({
  args: words,
  strict: false,
  options: { home: { type: 'string' }, 'safe-mode': { type: 'boolean' } },
})
const home = homeFolder(typeof flags.home === 'string' ? flags.home : undefined)

async function start(): Promise<void> {
  await app.whenReady()
  const giveUp = claimHome(home)
  const lab = openApp(() => showWindow(open))
  serveAppScheme(inApp('out', 'renderer'))
  const state = windowState(join(home, 'app', 'window.json'), lab.log.problem)
  const open = async (): Promise<void> => {
    const window = createWindow({
      page,
      preload: inApp('out', 'preload', 'index.cjs'),
      icon: inApp('resources', 'icons', 'permafrost.png'),
      state,
      onCrashing: (crashed, reason) => void offerReload(crashed, reason),
    })
    handOverPorts(window.webContents, origin, lab.answer)
    await window.loadURL(page)
  }
  app.on('second-instance', (_, argv, folder) => {
    showWindow(open)
    opening.open(argv.slice(1), folder)
  })
  app.on('activate', () => showWindow(open))
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  quitInOrder(async () => {
    await lab.close()
    giveUp()
  })
  await open()
  opening.open(words, process.cwd())
  opening.begin(({ files, tooLarge }) => {
    showWindow(open)
    if (files.length > 0) lab.requests.say({ kind: 'files', files })
    if (tooLarge.length > 0)
      dialog.showErrorBox(
        'Too large to be opened',
        `${tooLarge.join(', ')}: files of at most ${MOST_BYTES / 1024 ** 2} MB can be.`,
      )
  })
  await lab.start()
}

/** @param show brings the window to the front, or opens one */
function openApp(show: () => void): App {
  const about = appIn(app.getAppPath())
  // Worker threads look for the lab's texts there too.
  process.env.PERMAFROST_RESOURCES = inApp('resources')
  const inMain = (name: string): string => inApp('out', 'main', name)
  const lab = composeLab({
    home,
    app: about,
    startWorker: () => new Worker(inMain('training-worker.cjs'), helpedBy(inMain('training-helper.cjs'))),
    startIsolated: isolated(inMain('training-process.cjs'), inMain('training-worker.cjs')),
    onProblem: error => opened.log.problem(error, 'history'),
  })
  const openStudy = (studyId: string): void => {
    show()
    opened.requests.say({ kind: 'study', studyId })
  }
  const opened: App = createApp({
    lab,
    app: about,
    presets: readPresets(inApp('resources', 'presets')),
    shell: 'electron',
    safeMode: flags['safe-mode'] === true,
    startAnalysis: () => new Worker(inMain('analysis-worker.cjs')),
    showLogs: async folder => {
      await shell.openPath(folder)
    },
    choosePath: kind => choosePath(BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0], kind),
    onProgress: progressShown(() => BrowserWindow.getAllWindows()[0]),
    onStudyEnded: study => {
      if (opened.settings().notifyAtEnd && !BrowserWindow.getFocusedWindow())
        notifyEnd(study, () => openStudy(study.id))
    },
    onRecent: recent =>
      setMenu(
        {
          command: command => opened.requests.say({ kind: 'command', command }),
          openFiles: () => void chooseFiles(),
          openStudy,
          showLogs: () => void shell.openPath(opened.log.folder),
        },
        recent,
      ),
    onSettings: ({ theme }) => {
      nativeTheme.themeSource = theme
    },
  })
  process.on('uncaughtException', error => opened.log.problem(error, 'process'))
  process.on('unhandledRejection', error => opened.log.problem(error, 'process'))
  return opened
}

/** What is trained goes on without a window. */
async function offerReload(window: BrowserWindow, reason: string): Promise<void> {
  const { response } = await dialog.showMessageBox({
    type: 'error',
    message: 'The window crashes time and again',
    detail: `It is not loaded any more (${reason}). What is being trained goes on, and nothing that was saved is lost.`,
    buttons: ['Load it again', 'Close the window'],
    cancelId: 1,
  })
  if (window.isDestroyed()) return
  if (response === 0) window.reload()
  else window.destroy()
}

async function chooseFiles(): Promise<void> {
  const options: OpenDialogOptions = {
    title: 'Open',
    filters: [{ name: 'Studies and bundles', extensions: [...ENDINGS] }],
    properties: ['openFile', 'multiSelections'],
  }
  const [window] = BrowserWindow.getAllWindows()
  const { filePaths } = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options))
  opening.open(filePaths, '/')
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
    void close()
      .catch(error => console.error(error))
      .finally(() => {
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

const opening = fileOpening()
app.on('open-file', (event, path) => {
  event.preventDefault()
  opening.open([path], '/')
})
// As the package is named: Windows shows notifications of no other.
app.setAppUserModelId('lab.permafrost')
app.setPath('userData', join(home, 'app', 'electron'))
// As root Chromium has no sandbox, and refuses one.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
declareAppScheme()
guardContents(origin)
if (app.requestSingleInstanceLock()) start().catch(fail)
else app.quit()
