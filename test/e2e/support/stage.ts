import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, startServer, type Served } from './chromium.ts'
import { listenForComplaints, openElectron, type OpenedApp } from './electron.ts'
import { allAddresses, askedByPages, HOOK, readConnections } from './network.ts'
import { openSocket, sharePort } from './page-lab.ts'

export interface Saved {
  readonly name: string
  readonly bytes: Buffer
}

/** The app with a person before it: the same on every transport. */
export interface Stage {
  readonly kind: 'electron' | 'web'
  readonly page: Page
  /** What the page complained of since the stage was set: errors, warnings, refusals by its policy. */
  readonly complaints: readonly string[]
  /** The file that the page gives to the person. */
  saved(work: () => Promise<void>): Promise<Saved>
  /** Ends the app and opens it again on the same history. */
  restart(): Promise<void>
  /** Ends everything. @returns whom host and page turned to, over all starts */
  close(): Promise<string[]>
}

/** Ends what hangs: far longer than anything takes. */
const PATIENCE_MS = 60_000
const viewport = { width: 1280, height: 800 }

async function ready(page: Page): Promise<void> {
  await page.getByRole('navigation').first().waitFor()
}

export async function webStage(home: string): Promise<Stage> {
  const folder = join(home, 'e2e')
  mkdirSync(folder, { recursive: true })
  const logs: string[] = []
  const complaints: string[] = []
  const connections = join(folder, 'host.log')
  let browser: Browser
  let served: Served
  let page: Page

  async function open(): Promise<void> {
    logs.push(join(folder, `net-${logs.length}.json`))
    served = await startServer(home, {
      env: { NODE_OPTIONS: `--require=${HOOK}`, PERMAFROST_E2E_CONNECTIONS: connections },
    })
    browser = await openBrowser(`--log-net-log=${logs.at(-1)}`)
    page = await (await browser.newContext({ viewport, acceptDownloads: true })).newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    listenForComplaints(page, complaints)
    await page.goto(served.url)
    await ready(page)
    await openSocket(page)
  }
  async function end(): Promise<void> {
    await browser.close()
    await served.stop('SIGTERM')
  }

  await open()
  return {
    kind: 'web',
    complaints,
    get page() {
      return page
    },
    async saved(work) {
      const [download] = await Promise.all([page.waitForEvent('download'), work()])
      return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
    },
    async restart() {
      await end()
      await open()
    },
    async close() {
      await end()
      return [...logs.flatMap(askedByPages), ...readConnections(connections)]
    },
  }
}

export async function electronStage(home: string): Promise<Stage> {
  const folder = join(home, 'e2e')
  mkdirSync(folder, { recursive: true })
  const logs: string[] = []
  const complaints: string[] = []
  const connections = join(folder, 'host.log')
  let opened: OpenedApp

  async function open(): Promise<void> {
    logs.push(join(folder, `net-${logs.length}.json`))
    opened = await openElectron(home, {
      args: [`--log-net-log=${logs.at(-1)}`],
      hook: HOOK,
      env: { PERMAFROST_E2E_CONNECTIONS: connections },
      complaints,
    })
    await opened.app.evaluate(
      ({ BrowserWindow, session }, { size, to }) => {
        BrowserWindow.getAllWindows()[0]!.setContentSize(size.width, size.height)
        session.defaultSession.on('will-download', (_, item) => item.setSavePath(`${to}/${item.getFilename()}`))
      },
      { size: viewport, to: folder },
    )
    opened.page.setDefaultTimeout(PATIENCE_MS)
    await sharePort(opened.page)
    await ready(opened.page)
  }

  await open()
  return {
    kind: 'electron',
    complaints,
    get page() {
      return opened.page
    },
    async saved(work) {
      const done = opened.app.evaluate(
        ({ session }) =>
          new Promise<string>(resolve => {
            session.defaultSession.once('will-download', (_, item) =>
              item.once('done', () => resolve(item.getFilename())),
            )
          }),
      )
      await opened.app.evaluate(() => undefined)
      await work()
      const name = await done
      return { name, bytes: readFileSync(join(folder, name)) }
    },
    async restart() {
      await opened.app.close()
      await open()
    },
    async close() {
      await opened.app.close()
      return [...logs.flatMap(allAddresses), ...readConnections(connections)]
    },
  }
}
