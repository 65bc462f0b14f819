import { BrowserWindow, shell, type Session } from 'electron'

/**
 * Opens the lab's window on `page`. The page runs sandboxed, may not navigate away and gets no permission;
 * links to https addresses open in the person's browser.
 */
export async function openWindow({ page, preload, icon }: { page: string, preload: string, icon: string }): Promise<BrowserWindow> {
  const window = new BrowserWindow({
    title: 'Permafrost',
    width: 1280,
    height: 840,
    minWidth: 800,
    minHeight: 560,
    show: false,
    icon,
    webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false, spellcheck: false },
  })
  window.once('ready-to-show', () => window.show())
  denyPermissions(window.webContents.session)
  window.webContents.on('will-navigate', event => event.preventDefault())
  window.webContents.setWindowOpenHandler(({ url }) => {
    if (url.startsWith('https://')) void shell.openExternal(url)
    return { action: 'deny' }
  })
  await window.loadURL(page)
  return window
}

function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false))
  session.setPermissionCheckHandler(() => false)
}
