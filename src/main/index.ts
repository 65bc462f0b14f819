import { join } from 'node:path'
import { app, BrowserWindow } from 'electron'
import { declareAppScheme, PAGE_URL, serveAppScheme } from './shells/electron/app-protocol.ts'
import { openWindow } from './shells/electron/window.ts'

/** The page comes from the dev server while `electron-vite dev` runs, otherwise from the built files. */
const page = !app.isPackaged && process.env.ELECTRON_RENDERER_URL || PAGE_URL
const inApp = (...path: string[]): string => join(app.getAppPath(), ...path)

const open = (): Promise<BrowserWindow> =>
  openWindow({ page, preload: inApp('out', 'preload', 'index.cjs'), icon: inApp('resources', 'icons', 'permafrost.png') })

async function start(): Promise<void> {
  await app.whenReady()
  serveAppScheme(inApp('out', 'renderer'))
  app.on('second-instance', showWindow)
  app.on('activate', showWindow)
  app.on('window-all-closed', () => { if (process.platform !== 'darwin') app.quit() })
  await open()
}

function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows()
  if (window === undefined) return void open().catch(fail)
  if (window.isMinimized()) window.restore()
  window.focus()
}

function fail(error: unknown): void {
  console.error(error)
  app.exit(1)
}

declareAppScheme()
if (app.requestSingleInstanceLock()) start().catch(fail)
else app.quit()
