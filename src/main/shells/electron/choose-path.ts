import { dialog, type BrowserWindow } from 'electron'

const FILTERS = [
  { name: 'Texts and archives', extensions: ['txt', 'tgz', 'gz', 'tar', 'zip'] },
  { name: 'All files', extensions: ['*'] },
]

/** The system's own dialog: the page never sees the disk. @returns null when it was cancelled */
export async function choosePath(window: BrowserWindow | undefined, kind: 'file' | 'folder'): Promise<string | null> {
  const options =
    kind === 'file'
      ? { title: 'Choose a text or an archive', properties: ['openFile' as const], filters: FILTERS }
      : { title: 'Choose a folder with texts', properties: ['openDirectory' as const] }
  const { filePaths } = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options))
  return filePaths[0] ?? null
}
