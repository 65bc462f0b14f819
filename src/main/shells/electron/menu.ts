import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { Command, RecentStudy } from '../../../shared/contract/index.ts'

export interface MenuActions {
  readonly command: (command: Command) => void
  /** Lets the person choose files: a page may do so only right after a key or a click of its own. */
  readonly openFiles: () => void
  readonly openStudy: (studyId: string) => void
  readonly showLogs: () => void
}

const separator: MenuItemConstructorOptions = { type: 'separator' }

/** The native menu. Its commands are the page's own; the keys beside them are only shown here, and heard by the page. @param recent the most recent studies, newest first */
export function menuTemplate(
  { command, openFiles, openStudy, showLogs }: MenuActions,
  recent: readonly RecentStudy[],
  platform: NodeJS.Platform = process.platform,
): MenuItemConstructorOptions[] {
  const item = (
    label: string,
    name: Command,
    accelerator?: string,
    click = () => command(name),
  ): MenuItemConstructorOptions => ({
    id: name,
    label,
    click,
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
  })
  const mac = platform === 'darwin'
  return [
    ...(mac ? [{ role: 'appMenu' as const }] : []),
    {
      label: '&File',
      submenu: [
        item('New study', 'new-study', 'CmdOrCtrl+N'),
        item('Open file …', 'import', 'CmdOrCtrl+O', openFiles),
        // An ampersand would stand for a key.
        {
          id: 'recent',
          label: 'Recent studies',
          enabled: recent.length > 0,
          submenu: recent.map(({ studyId, name }) => ({
            label: name.replaceAll('&', '&&'),
            click: () => openStudy(studyId),
          })),
        },
        separator,
        item('Export …', 'export', 'CmdOrCtrl+S'),
        separator,
        item('Settings', 'settings', 'CmdOrCtrl+,'),
        item('Trash', 'trash'),
        separator,
        mac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        item('Welcome', 'go-welcome'),
        item('Build', 'go-build', 'CmdOrCtrl+1'),
        item('Live', 'go-live', 'CmdOrCtrl+2'),
        item('History', 'go-history', 'CmdOrCtrl+3'),
        item('Compare', 'go-compare', 'CmdOrCtrl+4'),
        item('Inspect', 'go-inspect', 'CmdOrCtrl+5'),
        separator,
        item('Quick open', 'quick-open', 'CmdOrCtrl+P'),
        item('Commands', 'command-palette', 'CmdOrCtrl+Shift+P'),
        item('Find', 'find', 'CmdOrCtrl+F'),
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        separator,
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' },
      ],
    },
    { label: '&Queue', submenu: [item('Take up queued runs', 'open-queue'), item('Pause all training', 'hold-queue')] },
    { role: 'windowMenu' },
    {
      label: '&Help',
      role: 'help',
      submenu: [
        item('Keys', 'keys'),
        item('About Permafrost', 'about'),
        separator,
        { id: 'logs', label: 'Show logs', click: showLogs },
        item('Copy diagnostics', 'diagnostics'),
      ],
    },
  ]
}

export function setMenu(actions: MenuActions, recent: readonly RecentStudy[]): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(actions, recent)))
}
