import { WebSocket } from 'ws'

/** A page of a program that only opened its debugging port: Playwright asks more of it than Electron has. */
export interface DevTools {
  evaluate(expression: string): Promise<unknown>
  /** Waits until the expression is true in the page. */
  until(expression: string, milliseconds?: number): Promise<void>
  close(): void
}

interface Target {
  readonly type: string
  readonly url: string
  readonly webSocketDebuggerUrl: string
}
interface Reply {
  readonly id: number
  readonly error?: { readonly message: string }
  readonly result?: {
    readonly result: { readonly value?: unknown }
    readonly exceptionDetails?: { readonly exception?: { readonly description?: string } }
  }
}

const WAIT_MS = 100
const pause = (): Promise<void> =>
  new Promise(resolve => {
    setTimeout(resolve, WAIT_MS)
  })

/** The first page on the port whose address begins so. */
export async function openDevTools(port: string, url: string): Promise<DevTools> {
  const socket = new WebSocket((await targetAt(port, url)).webSocketDebuggerUrl)
  await new Promise((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  const asked = new Map<number, (reply: Reply) => void>()
  let last = 0
  socket.on('message', data => {
    const reply = JSON.parse(String(data)) as Reply
    asked.get(reply.id)?.(reply)
  })
  const evaluate = async (expression: string): Promise<unknown> => {
    const id = ++last
    const { error, result } = await new Promise<Reply>(resolve => {
      asked.set(id, resolve)
      socket.send(
        JSON.stringify({
          id,
          method: 'Runtime.evaluate',
          params: { expression, awaitPromise: true, returnByValue: true },
        }),
      )
    })
    if (error ?? result?.exceptionDetails)
      throw new Error(error?.message ?? result?.exceptionDetails?.exception?.description)
    return result?.result.value
  }
  return {
    evaluate,
    async until(expression, milliseconds = 100_000) {
      for (const deadline = performance.now() + milliseconds; (await evaluate(expression)) !== true; await pause()) {
        if (performance.now() > deadline)
          throw new Error(`never true: ${expression}\n${(await evaluate('document.body.innerText')) as string}`)
      }
    },
    close: () => socket.close(),
  }
}

async function targetAt(port: string, url: string): Promise<Target> {
  for (const deadline = performance.now() + 100_000; performance.now() < deadline; await pause()) {
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as Target[]
    const found = targets.find(target => target.type === 'page' && target.url.startsWith(url))
    if (found) return found
  }
  throw new Error(`There is no page ${url} on port ${port}`)
}
