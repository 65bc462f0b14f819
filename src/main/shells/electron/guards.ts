import { app, shell, type Session, type WebContents } from 'electron'
import { isFrom } from './port-channel.ts'

/** Where the sources of tasks, memories and methods can be looked up. */
const KNOWN_HOSTS: readonly string[] = ['doi.org', 'dx.doi.org', 'arxiv.org', 'github.com']

/** Rules for everything that shows web content in this process, windows that are yet to come too: no page but ours, and nothing that ours could ask for. */
export function guardContents(origin: string): void {
  app.on('web-contents-created', (_, contents) => {
    guard(contents, origin)
    denyPermissions(contents.session)
  })
  app.on('session-created', session => {
    forgetSpelling(session)
    onlyOwnDownloads(session, origin)
  })
}

/** What the app saves it has made itself; nothing is fetched from anywhere. */
function onlyOwnDownloads(session: Session, origin: string): void {
  session.on('will-download', (event, item) => {
    if (!isOwnDownload(item.getURL(), origin)) event.preventDefault()
  })
}

/** Whether a page of ours has made what lies behind a URL. */
export const isOwnDownload = (url: string, origin: string): boolean =>
  url.startsWith('blob:') && isFrom(url.slice('blob:'.length), origin)

/** Chromium fetches a dictionary as soon as there is a session, whether or not a page has its spelling checked. */
function forgetSpelling(session: Session): void {
  session.setSpellCheckerEnabled(false)
  session.setSpellCheckerLanguages([])
}

function guard(contents: WebContents, origin: string): void {
  const stay = (event: { preventDefault: () => void }, url: string): void => {
    if (!isFrom(url, origin)) event.preventDefault()
  }
  contents.on('will-navigate', event => event.preventDefault())
  contents.on('will-frame-navigate', event => {
    if (!event.isMainFrame || !isFrom(event.url, origin)) event.preventDefault()
  })
  contents.on('will-redirect', (event, url) => stay(event, url))
  contents.on('will-attach-webview', event => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    openKnown(url)
    return { action: 'deny' }
  })
}

function openKnown(text: string): void {
  const url = parsed(text)
  if (url?.protocol === 'https:' && KNOWN_HOSTS.includes(url.hostname)) void shell.openExternal(url.href)
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide) =>
    decide(permission === 'clipboard-sanitized-write'),
  )
  session.setPermissionCheckHandler((_contents, permission) => permission === 'clipboard-sanitized-write')
  session.setDevicePermissionHandler(() => false)
}
