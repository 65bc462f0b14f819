import './jitless.ts'
import { readonly, shallowRef, type Ref } from 'vue'
import { contract, type LabClient } from '../shared/contract/index.ts'
import { LabError } from '../shared/errors.ts'
import type { Clock } from '../shared/rpc/beat.ts'
import type { Channel } from '../shared/rpc/channel.ts'
import { connect } from '../shared/rpc/connect.ts'
import { pageClock } from './lib/clock.ts'
import { HERE, type Standing } from './lib/standing.ts'

export interface Host {
  readonly lab: LabClient
  /** False while the host cannot be reached; feeds go on by themselves once it can, calls fail with `disconnected` meanwhile. */
  readonly connected: Readonly<Ref<boolean>>
  readonly standing: Readonly<Ref<Standing>>
  /** Resolves when the host is reached for the first time; rejects with `not-allowed` when it refuses this page, `no-host` when there is none. */
  readonly ready: Promise<void>
}

const PORT_MESSAGE = 'permafrost:port'
const PROTOCOL = 'permafrost.1'
const TOKEN = /^#token=([0-9a-f]+)$/
const TOKEN_KEY = 'permafrost:token'
const PORT_WAIT_MS = 15_000
const RETRY_MS = 1_000

/**
 * Connects the page to its host: over the port that the desktop app hands over, or over a WebSocket to the loopback server that sent the
 * page, with the token that stood in its address. Call it once, while the page's first script runs: the port comes soon after.
 */
export function connectHost(page: Window = window, clock: Clock = pageClock): Host {
  const connected = shallowRef(false)
  const standing = shallowRef<Standing>(HERE)
  const { client, attach } = connect(contract, {
    clock,
    onChange: now => {
      connected.value = now
      standing.value = now ? HERE : { kind: 'gone', since: clock.now() }
    },
    onSilence: since => {
      standing.value = since === null ? HERE : { kind: 'silent', since }
    },
    onProblem: error => page.reportError(error),
  })
  const onRefused = (refused: boolean): void => {
    const { kind, since } = standing.value
    if (kind === 'gone' || kind === 'refused') standing.value = { kind: refused ? 'refused' : 'gone', since }
  }
  const ready =
    page.location.protocol.startsWith('http') && !page.navigator.userAgent.includes('Electron/')
      ? overSocket(page, attach, onRefused)
      : overPort(page, attach)
  return { lab: client, connected: readonly(connected), standing: readonly(standing), ready }
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
  const given = TOKEN.exec(location.hash)?.[1]
  if (given === undefined) return sessionStorage.getItem(TOKEN_KEY)
  history.replaceState(null, '', location.pathname)
  const answer = await fetch('/session', { method: 'POST', headers: { authorization: `Bearer ${given}` } })
  if (!answer.ok) return sessionStorage.getItem(TOKEN_KEY)
  const own = await answer.text()
  sessionStorage.setItem(TOKEN_KEY, own)
  return own
}

/** Whether a server is there that does not know this page's key; a browser does not say why a socket could not be opened. */
async function isRefused(token: string): Promise<boolean> {
  try {
    const answer = await fetch('/session/known', { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    return answer.status === 403
  } catch {
    return false
  }
}

const REFUSED = 'Open the address that the lab printed when it was started: it holds the key to it.'
const GONE = 'The lab does not answer: it was ended, or is about to start. This page goes on as soon as it is there.'

async function overSocket(
  page: Window,
  attach: (channel: Channel) => void,
  onRefused: (refused: boolean) => void,
): Promise<void> {
  // The printed address, opened in a page that is there already, changes only what stands behind its #.
  page.addEventListener('hashchange', () => {
    if (TOKEN.test(page.location.hash)) page.location.reload()
  })
  const token = await takeToken(page)
  if (token === null) throw new LabError('not-allowed', REFUSED)
  const open = (): Promise<Channel> => openSocket(page, token)
  const keep = (channel: Channel): void =>
    attach({
      ...channel,
      onClose: listen =>
        channel.onClose(() => {
          listen()
          again()
        }),
    })
  // The same key opens the lab again when it was started anew on this history; of one that does not know it, a person is told.
  const again = (): void => {
    page.setTimeout(
      () =>
        void open().then(keep, async () => {
          onRefused(await isRefused(token))
          again()
        }),
      RETRY_MS,
    )
  }
  try {
    keep(await open())
  } catch (cause) {
    const refused = await isRefused(token)
    throw new LabError(refused ? 'not-allowed' : 'no-host', refused ? REFUSED : GONE, { cause })
  }
}

function openSocket(page: Window, token: string): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${page.location.origin.replace(/^http/, 'ws')}/lab`, [PROTOCOL, `token.${token}`])
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => resolve(socketChannel(socket)), { once: true })
    socket.addEventListener('error', () => reject(new LabError('no-host', GONE)), { once: true })
  })
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
