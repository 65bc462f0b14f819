import { spawn, type ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium, type Browser, type Page } from 'playwright-core'
import { findBrowser } from '../../../src/main/shells/web/browser.ts'
import { asRoot } from './electron.ts'

const PROJECT = resolve(import.meta.dirname, '..', '..', '..')
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Served {
  readonly url: string
  readonly server: ChildProcess
  /** As Ctrl-C does; waits for the end. */ stop(signal?: NodeJS.Signals): Promise<number | null>
}

export async function startServer(
  home: string,
  { args = [], env = {} }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Served> {
  const server = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', resolve(PROJECT, 'src', 'main', 'serve.ts'), '--home', home, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } },
  )
  const ended = new Promise<number | null>(resolve => server.on('exit', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: server.stdout }).on('line', line => {
      const found = /http:\S+/.exec(line)
      if (found) resolve(found[0])
    })
    void ended.then(code => reject(new Error(`the server ended with ${code}`)))
  })
  return {
    url,
    server,
    stop(signal = 'SIGINT') {
      server.kill(signal)
      return ended
    },
  }
}

export async function openBrowser(...more: string[]): Promise<Browser> {
  const program = findBrowser({ ...process.env, DISPLAY: process.env.DISPLAY ?? ':0' })
  if (!program) throw new Error('These tests need Chromium or Chrome; PERMAFROST_BROWSER names one.')
  return chromium.launch({ executablePath: program, args: [...QUIET, ...asRoot, ...more] })
}

export async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(url)
  return page
}
