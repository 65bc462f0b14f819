import { readFile } from 'node:fs/promises'
import { extname, isAbsolute, join, relative, resolve, sep } from 'node:path'

/** What the built pages may load and run: their own files and nothing else, no inline script, no `eval`. */
export const CONTENT_SECURITY_POLICY = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self'`,
  `img-src 'self' data: blob:`,
  `font-src 'self'`,
  `connect-src 'self'`,
  `worker-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
  // No text becomes markup or script, but what Vue has compiled.
  `require-trusted-types-for 'script'`,
  `trusted-types vue`,
].join('; ')

/** What no page of the lab ever asks for. */
const NOT_USED = [
  'accelerometer',
  'autoplay',
  'camera',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'hid',
  'idle-detection',
  'local-fonts',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'picture-in-picture',
  'publickey-credentials-get',
  'screen-wake-lock',
  'serial',
  'usb',
  'xr-spatial-tracking',
]

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
}

export interface PageFile {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer>
}

/**
 * The file behind a URL's path: `/` is the page itself, everything else a file below `root`.
 * @param pathname as it stands in the URL, percent-encoded
 * @returns an absolute path inside of `root`; undefined when the path is malformed or leads outside
 */
export function locate(root: string, pathname: string): string | undefined {
  const decoded = decode(pathname)
  if (decoded === undefined || decoded.includes('\0') || decoded.includes('\\')) return undefined
  const file = resolve(join(root, decoded === '/' ? 'index.html' : decoded))
  const below = relative(resolve(root), file)
  return below === '' || below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? undefined : file
}

/** The answer to GET `pathname`: the file with its type and the security headers, or 404 with an empty body. */
export async function pageFile(root: string, pathname: string): Promise<PageFile> {
  const file = locate(root, pathname)
  const body = file === undefined ? undefined : await readIfThere(file)
  if (file === undefined || body === undefined)
    return { status: 404, headers: SECURITY_HEADERS, body: new Uint8Array() }
  return {
    status: 200,
    headers: { ...SECURITY_HEADERS, 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' },
    body,
  }
}

const SECURITY_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'permissions-policy': NOT_USED.map(feature => `${feature}=()`).join(', '),
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

function decode(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return undefined
  }
}

async function readIfThere(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return Uint8Array.from(await readFile(file))
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOENT' || error.code === 'EISDIR' || error.code === 'ENOTDIR')
    )
      return undefined
    throw error
  }
}
