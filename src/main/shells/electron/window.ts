import { BrowserWindow, nativeTheme } from 'electron'
import type { WindowState } from './window-state.ts'

export interface WindowOptions {
  readonly page: string
  readonly preload: string
  readonly icon: string
  readonly state: WindowState
}

/** As the pages paint their ground before anything else is there. */
const GROUND = { light: '#f6f8fa', dark: '#0f161d' }

/** The lab's window, not yet loaded: sandboxed, isolated from its preload, without Node. It shows once there is something to see. */
export function createWindow({ preload, icon, state }: WindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    title: 'Permafrost',
    ...state.bounds,
    minWidth: 800,
    minHeight: 560,
    show: false,
    icon,
    backgroundColor: nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
    },
  })
  state.follow(window)
  window.once('ready-to-show', () => window.show())
  // The host says what is going on in the title; the page's own would take its place.
  window.on('page-title-updated', event => event.preventDefault())
  window.webContents.on('render-process-gone', (_, { reason }) => {
    if (reason !== 'clean-exit' && !window.isDestroyed()) window.reload()
  })
  return window
}
