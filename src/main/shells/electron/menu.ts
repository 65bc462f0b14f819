import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { Command } from '../../../shared/contract/index.ts'

export interface MenuActions {
  readonly command: (command: Command) => void
  readonly showLogs: () => void
}

const separator: MenuItemConstructorOptions = { type: 'separator' }

/** The native menu. Its commands are the page's own; the keys beside them are only shown here, and heard by the page. */
export function setMenu({ command, showLogs }: MenuActions, platform: NodeJS.Platform = process.platform): void {
  const item = (label: string, name: Command, accelerator?: string): MenuItemConstructorOptions =>
    ({ id: name, label, click: () => command(name), ...accelerator === undefined ? {} : { accelerator, registerAccelerator: false } })
  const mac = platform === 'darwin'
  Menu.setApplicationMenu(Menu.buildFromTemplate([
    ...mac ? [{ role: 'appMenu' as const }] : [],
    { label: '&File', submenu: [
      item('New study', 'new-study', 'CmdOrCtrl+N'), item('Open file …', 'import', 'CmdOrCtrl+O'), item('Export …', 'export', 'CmdOrCtrl+E'), separator,
      item('Settings', 'settings', 'CmdOrCtrl+,'), separator, mac ? { role: 'close' } : { role: 'quit' },
    ] },
    { role: 'editMenu' },
    { label: '&View', submenu: [
      item('Build', 'go-build', 'CmdOrCtrl+1'), item('Live', 'go-live', 'CmdOrCtrl+2'), item('History', 'go-history', 'CmdOrCtrl+3'), item('Compare', 'go-compare', 'CmdOrCtrl+4'), item('Inspect', 'go-inspect', 'CmdOrCtrl+5'), separator,
      item('Quick open', 'quick-open', 'CmdOrCtrl+P'), item('Commands', 'command-palette', 'CmdOrCtrl+Shift+P'), item('Find', 'find', 'CmdOrCtrl+F'), separator,
      { role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, separator, { role: 'togglefullscreen' }, { role: 'toggleDevTools' },
    ] },
    { label: '&Queue', submenu: [item('Take up queued runs', 'open-queue'), item('Take up no further run', 'hold-queue')] },
    { role: 'windowMenu' },
    { label: '&Help', role: 'help', submenu: [item('About Permafrost', 'about'), { label: 'Show logs', click: showLogs }] },
  ]))
}
