import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Channel } from '../../../shared/rpc/channel.ts'
import { pageFile } from '../page-files.ts'
import { knownPages, type KnownPages } from './known-pages.ts'

export interface WebServerOptions {
  /** The built pages. */
  readonly root: string
  /** 0: any free one. */
  readonly port?: number
  /** Answers a page for as long as its channel lasts. */
  readonly answer: (channel: Channel) => void
  /** The key in `url` opens the app once only: for a window that is opened with it, since other people of this machine can see how programs were started. */
  readonly once?: boolean
  /** Where the keys of pages are known beyond this start, so that a page comes back by itself when the app is started anew on its port. */
  readonly pages?: KnownPages
}

export interface WebServer {
  /** The address to open: the key stands behind the #, which browsers send nowhere. */
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const NAMES: readonly string[] = [HOST, 'localhost', '[::1]']
const PROTOCOL = 'permafrost.1'
const MOST_PAGES = 32
const MOST_BYTES = 256 * 1024 * 1024

/**
 * Serves the app to browsers of this machine: pages over HTTP, the contract over a WebSocket. It listens on the loopback address alone and
 * answers only requests that name a loopback host (so that no site can have its own name point here), and talks only to pages of its own
 * origin that know the key.
 */
export async function openWebServer({
  root,
  port = 0,
  answer,
  once = false,
  pages = knownPages(null),
}: WebServerOptions): Promise<WebServer> {
  const keys = keyRing(once, pages)
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_BYTES,
    perMessageDeflate: false,
    handleProtocols: offered => (offered.has(PROTOCOL) ? PROTOCOL : false),
  })
  // Whatever goes wrong with one request ends that one alone, and leaves no socket open.
  const server = createServer((request, response) => {
    respond(request, response, root, keys).catch(() => response.destroy())
  })

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    try {
      const refusal =
        refuse(request) ??
        (request.url === '/lab' ? undefined : 404) ??
        (keys.opens(tokenOf(request)) ? undefined : 403) ??
        (sockets.clients.size >= MOST_PAGES ? 503 : undefined)
      if (refusal !== undefined) return reject(socket, refusal)
      sockets.handleUpgrade(request, socket, head, page => {
        try {
          answer(socketChannel(page))
        } catch {
          page.terminate()
        }
      })
    } catch {
      socket.destroy()
    }
  })
  await new Promise<void>((resolve, rejectListen) => {
    server.once('error', rejectListen)
    server.listen(port, HOST, resolve)
  })
  const { port: actual } = server.address() as AddressInfo
  return {
    port: actual,
    url: `http://${HOST}:${actual}/#token=${keys.launch}`,
    async close() {
      for (const page of sockets.clients) page.terminate()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

interface KeyRing {
  readonly launch: string
  /** A key of its own for a page that knows the launch key. */
  exchange(key: string | undefined): string | undefined
  opens(key: string | undefined): boolean
}

function keyRing(once: boolean, pages: KnownPages): KeyRing {
  const launch = newKey()
  let launched = false
  const opens: KeyRing['opens'] = (key = '') => {
    const isLaunch = same(launch, key) && !(once && launched)
    return pages.knows(key) || isLaunch
  }
  return {
    launch,
    opens,
    exchange(key) {
      if (!opens(key)) return undefined
      const own = newKey()
      pages.add(own)
      launched = true
      return own
    },
  }
}

const newKey = (): string => randomBytes(32).toString('hex')
const digest = (key: string): Buffer => createHash('sha256').update(key).digest()
/** In the same time wherever they differ, and of whatever characters they are. */
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

async function respond(request: IncomingMessage, response: ServerResponse, root: string, keys: KeyRing): Promise<void> {
  const { method, url = '/' } = request
  request.resume()
  if (!isLoopback(request.headers.host)) return end(response, 421)
  const [pathname] = url.split(/[?#]/, 1) as [string]
  if (method === 'POST' && pathname === '/session') {
    const key = refuse(request) === undefined ? keys.exchange(bearer(request)) : undefined
    return key === undefined
      ? end(response, 403)
      : end(response, 200, { 'content-type': 'text/plain', 'cache-control': 'no-store' }, key)
  }
  if (method === 'POST' && pathname === '/session/known')
    return end(response, refuse(request) === undefined && keys.opens(bearer(request)) ? 204 : 403)
  if (method !== 'GET' && method !== 'HEAD') return end(response, 405, { allow: 'GET, HEAD' })
  try {
    const { status, headers, body } = await pageFile(root, pathname)
    end(
      response,
      status,
      { ...headers, 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin' },
      method === 'HEAD' ? undefined : body,
    )
  } catch {
    end(response, 500)
  }
}

function end(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Uint8Array,
): void {
  response.writeHead(status, headers)
  response.end(body)
}

/** Why a request is none of a page of this server; undefined when it is. */
function refuse({ headers: { host, origin } }: IncomingMessage): number | undefined {
  if (!isLoopback(host)) return 421
  return origin === `http://${host}` ? undefined : 403
}

const isLoopback = (host: string | undefined): boolean =>
  host !== undefined && NAMES.includes(host.replace(/:\d+$/, ''))

function tokenOf(request: IncomingMessage): string | undefined {
  return request.headers['sec-websocket-protocol']
    ?.split(',')
    .map(offer => offer.trim())
    .find(offer => offer.startsWith('token.'))
    ?.slice('token.'.length)
}

const bearer = (request: IncomingMessage): string | undefined =>
  /^Bearer ([0-9a-f]+)$/.exec(request.headers.authorization ?? '')?.[1]

function reject(socket: Duplex, status: number): void {
  socket.on('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

function socketChannel(socket: WebSocket): Channel {
  return {
    send: bytes => socket.send(bytes),
    onMessage: listen => {
      socket.on('message', (data, isBinary) => {
        if (isBinary && Buffer.isBuffer(data)) listen(data)
        else socket.close(1003)
      })
    },
    onClose: listen => {
      socket.on('error', () => socket.terminate())
      socket.on('close', listen)
    },
    close: () => socket.close(1008),
    unsent: () => socket.bufferedAmount,
  }
}
