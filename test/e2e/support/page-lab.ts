import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { resolve } from 'node:path'
import type { Page } from 'playwright-core'

/**
 * A hostile page's view of the host: its own script, which speaks the wire's language over the same port or socket as the app's page, but
 * says what it likes.
 */

const FRAME = resolve(import.meta.dirname, '..', '..', '..', 'src', 'shared', 'rpc', 'frame.ts')

function frameScript(): string {
  const code = stripTypeScriptTypes(readFileSync(FRAME, 'utf8'))
    .replace(/^import .*$/gm, '')
    .replace(/^export /gm, '')
  return `(() => { class LabError extends Error { constructor(code, message) { super(message); this.code = code } }\n${code}\nwindow.__frame = { encodeFrame, decodeFrame } })()`
}

declare global {
  interface Window {
    __frame: { encodeFrame: (value: unknown) => Uint8Array<ArrayBuffer>; decodeFrame: (bytes: Uint8Array) => unknown }
    __port?: MessagePort
    __wire: { send: (data: unknown) => void; hear: (bytes: Uint8Array) => void; isOpen: () => boolean }
    __call: (to: string, input?: unknown) => Promise<unknown>
  }
}

/** In Electron: takes the port before the page's own script does. Reloads the page. */
export async function takePort(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.addEventListener('message', event => {
      if (event.data !== 'permafrost:port') return
      event.stopImmediatePropagation()
      window.__port = event.ports[0]!
    })
  })
  // A page whose port was taken before has no navigation.
  if (await page.evaluate(() => window.__port === undefined)) await page.getByRole('navigation').first().waitFor()
  await page.reload()
  await page.waitForFunction(() => window.__port !== undefined)
  await speakOnPort(page)
}

async function speakOnPort(page: Page): Promise<void> {
  await page.evaluate(frameScript())
  await page.evaluate(() => {
    const port = window.__port!
    let open = true
    window.__wire = { send: data => port.postMessage(data), hear: () => {}, isOpen: () => open }
    port.addEventListener('message', ({ data }) => window.__wire.hear(data as Uint8Array))
    port.addEventListener('close', () => {
      open = false
    })
    port.start()
  })
  await page.evaluate(speak)
}

/** In Electron: speaks beside the page's own script on the same port. Reloads the page. */
export async function sharePort(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.addEventListener('message', event => {
      if (event.data === 'permafrost:port') window.__port = event.ports[0]!
    })
  })
  await page.getByRole('navigation').first().waitFor()
  await page.reload()
  await page.waitForFunction(() => window.__port !== undefined)
  await speakOnPort(page)
}

/** In a browser: opens a socket of its own with the page's key. */
export async function openSocket(page: Page): Promise<void> {
  await page.evaluate(frameScript())
  await page.evaluate(async () => {
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/lab`, [
      'permafrost.1',
      `token.${sessionStorage.getItem('permafrost:token')}`,
    ])
    socket.binaryType = 'arraybuffer'
    await new Promise((resolve, reject) => {
      socket.onopen = resolve
      socket.onerror = reject
    })
    window.__wire = {
      send: data => socket.send(data as Uint8Array<ArrayBuffer>),
      hear: () => {},
      isOpen: () => socket.readyState === WebSocket.OPEN,
    }
    socket.onmessage = ({ data }) => window.__wire.hear(new Uint8Array(data as ArrayBuffer))
  })
  await page.evaluate(speak)
}

/** Runs in the page. */
function speak(): void {
  const asked = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>()
  // Far from the ids of a page that speaks on the same port.
  let last = 1_000_000_000
  window.__wire.hear = bytes => {
    const message = window.__frame.decodeFrame(bytes) as {
      kind: string
      id: number
      output?: unknown
      code?: string
      message?: string
      field?: string
    }
    if (message.kind === 'beat') {
      window.__wire.send(window.__frame.encodeFrame({ kind: 'beat' }))
      return
    }
    const call = asked.get(message.id)
    asked.delete(message.id)
    if (message.kind === 'answer') call?.resolve(message.output)
    else call?.reject(new Error(JSON.stringify({ code: message.code, message: message.message, field: message.field })))
  }
  window.__call = (to, input) =>
    new Promise((resolve, reject) => {
      const id = ++last
      asked.set(id, { resolve, reject })
      window.__wire.send(window.__frame.encodeFrame({ kind: 'call', id, to, input }))
    })
}

/** Asks the host from within the page. Typed arrays come back as plain ones. */
export async function ask<T>(page: Page, to: string, input?: unknown): Promise<T> {
  return (await page.evaluate(
    async ([to, input]) => {
      const plain = (value: unknown): unknown =>
        ArrayBuffer.isView(value)
          ? Array.from(value as unknown as ArrayLike<number>)
          : Array.isArray(value)
            ? value.map(plain)
            : typeof value === 'object' && value !== null
              ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
              : value
      return plain(await window.__call(to as string, input))
    },
    [to, input],
  )) as T
}

/** The code with which the host refuses. */
export async function refusal(page: Page, to: string, input?: unknown): Promise<string> {
  try {
    await ask(page, to, input)
    return 'none'
  } catch (error) {
    return /"code":"([a-z-]+)"/.exec(String(error))?.[1] ?? String(error)
  }
}
