import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { contract, type LabClient } from '../../../src/shared/contract/index.ts'
import { connect } from '../../../src/shared/rpc/connect.ts'

const SERVE = fileURLToPath(new URL('../../../src/main/serve.ts', import.meta.url))

export interface ServedApp {
  readonly lab: LabClient
  /** The page's address, with its key. */
  readonly url: string
  /** Without any warning to it. */
  kill(): Promise<void>
  /** As Ctrl-C does. */
  stop(): Promise<number | null>
}

/** The app as a process of its own on `home`, and a page's client to it. */
export async function serveApp(home: string): Promise<ServedApp> {
  const process_ = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SERVE, '--home', home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>(resolve => process_.on('exit', resolve))
  const url = new URL(
    await new Promise<string>((resolve, reject) => {
      createInterface({ input: process_.stdout }).on('line', line => {
        const [found] = /http:\S+/.exec(line) ?? []
        if (found) resolve(found)
      })
      void ended.then(code => reject(new Error(`the app ended with ${code} before it could be reached`)))
    }),
  )
  const socket = new WebSocket(`ws://${url.host}/lab`, ['permafrost.1', `token.${url.hash.split('=')[1]}`], {
    origin: url.origin,
  })
  await new Promise((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  const { client, attach } = connect(contract)
  attach({
    send: bytes => socket.send(bytes),
    onMessage: listen => {
      socket.on('message', data => listen(data as Buffer))
    },
    onClose: listen => {
      socket.on('close', listen)
    },
    close: () => socket.close(),
  })
  socket.on('error', () => {
    /* the kill: every call that waits says so */
  })
  const end = (signal: NodeJS.Signals) => (): Promise<number | null> => {
    process_.kill(signal)
    return ended
  }
  return {
    lab: client,
    url: url.href,
    kill: async () => {
      await end('SIGKILL')()
    },
    stop: end('SIGINT'),
  }
}
