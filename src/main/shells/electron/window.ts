import { BrowserWindow, nativeTheme } from 'electron'
import type { WindowState } from './window-state.ts'

export interface WindowOptions {
  readonly page: string
  readonly preload: string
  readonly icon: string
  readonly state: WindowState
  /** The page crashes time and again, and is not loaded any more. */
  readonly onCrashing: (window: BrowserWindow, reason: string) => void
}

/** As the pages paint their ground before anything else is there. */
const GROUND = { light: '#f6f8fa', dark: '#0f161d' }

/** The lab's window, not yet loaded: sandboxed, isolated from its preload, without Node. It shows once there is something to see. */
export function createWindow({ preload, icon, state, onCrashing }: WindowOptions): BrowserWindow {
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
  const crashes = new CrashCount()
  window.webContents.on('render-process-gone', (_, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return
    if (crashes.mayReload()) window.reload()
    else onCrashing(window, reason)
  })
  return window
}

const MOST_CRASHES = 3
const CRASHES_WITHIN_MS = 60_000

/** A page that has crashed is loaded anew, but not one that crashes time and again. */
export class CrashCount {
  readonly #now: () => number
  #at: number[] = []

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Counts a crash. */
  mayReload(): boolean {
    const now = this.#now()
    this.#at = [...this.#at.filter(at => now - at < CRASHES_WITHIN_MS), now]
    return this.#at.length <= MOST_CRASHES
  }
}
