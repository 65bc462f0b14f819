import { protocol } from 'electron'
import { pageFile } from '../page-files.ts'

const SCHEME = 'app'
/** Where the page lives in the desktop app. */
export const PAGE_URL = `${SCHEME}://permafrost/`

/** Gives `app://` an origin and a secure context, as https has. Call before the app is ready. */
export function declareAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

/** Answers `app://permafrost/…` from the files below `root`, and nothing else. Call when the app is ready. */
export function serveAppScheme(root: string): void {
  protocol.handle(SCHEME, async request => {
    const { origin, pathname } = splitUrl(request.url)
    if (origin !== PAGE_URL) return new Response(null, { status: 404 })
    if (request.method !== 'GET') return new Response(null, { status: 405 })
    const { status, headers, body } = await pageFile(root, pathname)
    return new Response(body, { status, headers })
  })
}

function splitUrl(text: string): { origin: string; pathname: string } {
  const { protocol: scheme, host, pathname } = new URL(text)
  return { origin: `${scheme}//${host}/`, pathname }
}
