import './jitless.ts'
import { readonly, shallowRef, type Ref } from 'vue'
import { contract, type LabClient } from '../shared/contract/index.ts'
import { LabError } from '../shared/errors.ts'
import type { Channel } from '../shared/rpc/channel.ts'
import { connect } from '../shared/rpc/connect.ts'

export interface Host {
  readonly lab: LabClient
  /** False while the host cannot be reached; feeds go on by themselves once it can, calls fail with `disconnected` meanwhile. */
  readonly connected: Readonly<Ref<boolean>>
  /** Resolves when the host is reached for the first time; rejects with `not-allowed` when it refuses this page, `no-host` when there is none. */
  readonly ready: Promise<void>
}

const PORT_MESSAGE = 'permafrost:port'
const PROTOCOL = 'permafrost.1'
const TOKEN_KEY = 'permafrost:token'
const PORT_WAIT_MS = 15_000
const RETRY_MS = 1_000

/**
 * Connects the page to its host: over the port that the desktop app hands over, or over a WebSocket to the loopback server that sent the
 * page, with the token that stood in its address. Call it once, while the page's first script runs: the port comes soon after.
 */
export function connectHost(page: Window = window): Host {
  const connected = shallowRef(false)
  const { client, attach } = connect(contract, {
    onChange: now => {
      connected.value = now
    },
    onProblem: error => page.reportError(error),
  })
  const ready =
    page.location.protocol.startsWith('http') && !page.navigator.userAgent.includes('Electron/')
      ? overSocket(page, attach)
      : overPort(page, attach)
  return { lab: client, connected: readonly(connected), ready }
}

function overPort(page: Window, attach: (channel: Channel) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = page.setTimeout(
      () => reject(new LabError('no-host', 'The app’s host did not hand over a connection.')),
      PORT_WAIT_MS,
    )
    page.addEventListener('message', ({ source, origin, data, ports: [port] }: MessageEvent) => {
      if (source !== page || origin !== page.location.origin || data !== PORT_MESSAGE || port === undefined) return
      page.clearTimeout(late)
      attach(portChannel(port))
      resolve()
    })
  })
}

function portChannel(port: MessagePort): Channel {
  return {
    send: bytes => port.postMessage(bytes),
    onMessage(listen) {
      port.addEventListener('message', ({ data }) => {
        if (data instanceof Uint8Array) listen(data)
      })
      port.start()
    },
    // Browsers tell a port that its other end is gone only lately; where they do not, the window is about to go too.
    onClose: listen => port.addEventListener('close', listen),
    close: () => port.close(),
  }
}

/**
 * The key to the server stands behind the # of the address, which browsers send nowhere. It is taken from there and changed for one of
 * the page's own, kept for this tab's reloads.
 */
async function takeToken({ location, history, sessionStorage }: Window): Promise<string | null> {
  const given = /^#token=([0-9a-f]+)$/.exec(location.hash)?.[1]
  if (given === undefined) return sessionStorage.getItem(TOKEN_KEY)
  history.replaceState(null, '', location.pathname)
  const answer = await fetch('/session', { method: 'POST', headers: { authorization: `Bearer ${given}` } })
  if (!answer.ok) return sessionStorage.getItem(TOKEN_KEY)
  const own = await answer.text()
  sessionStorage.setItem(TOKEN_KEY, own)
  return own
}

async function overSocket(page: Window, attach: (channel: Channel) => void): Promise<void> {
  const token = await takeToken(page)
  if (token === null)
    throw new LabError(
      'not-allowed',
      'Open the address that was printed when the server started: it holds the key to it.',
    )
  const url = `${page.location.origin.replace(/^http/, 'ws')}/lab`
  const open = (): Promise<Channel> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url, [PROTOCOL, `token.${token}`])
      socket.binaryType = 'arraybuffer'
      socket.addEventListener('open', () => resolve(socketChannel(socket)), { once: true })
      socket.addEventListener(
        'error',
        () =>
          reject(
            new LabError(
              'not-allowed',
              'The server does not answer this page: open the address that was printed when it started.',
            ),
          ),
        { once: true },
      )
    })
  const keep = (channel: Channel): void =>
    attach({
      ...channel,
      onClose: listen =>
        channel.onClose(() => {
          listen()
          again()
        }),
    })
  const again = (): void => {
    page.setTimeout(() => void open().then(keep, again), RETRY_MS)
  }
  keep(await open())
}

function socketChannel(socket: WebSocket): Channel {
  return {
    send: bytes => socket.send(bytes),
    onMessage: listen =>
      socket.addEventListener('message', ({ data }) => {
        if (data instanceof ArrayBuffer) listen(new Uint8Array(data))
      }),
    onClose: listen => socket.addEventListener('close', listen),
    close: () => socket.close(),
  }
}
