import type { Browser, Page } from 'playwright-core'
import { openBrowser, startServer, type Served } from '../../test/e2e/support/chromium.ts'

/** The app as a person has it: the built page in Chromium, over the loopback socket, to a host in a process of its own. */
export interface OpenLab {
  readonly page: Page
  readonly browser: Browser
  readonly served: Served
  close(): Promise<void>
}

const viewport = { width: 1440, height: 900 }

/** A host at an address, as `startServer` gives it. */
export async function openLab(home: string, start: () => Promise<Served> = () => startServer(home)): Promise<OpenLab> {
  const served = await start()
  const browser = await openBrowser()
  const page = await openPage(browser, served.url)
  return {
    page,
    browser,
    served,
    async close() {
      await browser.close()
      await served.stop()
    },
  }
}

/** A page of its own in the browser, with the bench's helpers in it. */
export async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport })).newPage()
  await page.addInitScript(helpers)
  await page.goto(url)
  await page.getByRole('navigation').first().waitFor()
  return page
}

declare global {
  interface Window {
    __bench: {
      /** Milliseconds from doing something until the frame in which `done` first holds has been drawn and the next one begins. */
      until(act: () => void, done: () => boolean): Promise<number>
      /** Times between frames, in milliseconds, while something goes on. */
      frames(work: () => Promise<void>): Promise<number[]>
      frame(): Promise<number>
      /** What the address behind `#` is changed to, as a link does. */
      go(hash: string): void
      pause(milliseconds: number): Promise<void>
      /** Durations of the tasks of 50 ms and more on the page's thread since the helpers came in, in milliseconds. */
      readonly long: number[]
      /** Messages that came over sockets. */
      readonly heard: number
    }
  }
}

/** Runs in the page. */
function helpers(): void {
  const frame = (): Promise<number> =>
    new Promise(resolve => {
      requestAnimationFrame(resolve)
    })
  const long: number[] = []
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) long.push(duration)
  }).observe({ type: 'longtask' })
  let heard = 0
  const listen = WebSocket.prototype.addEventListener
  WebSocket.prototype.addEventListener = function (this: WebSocket, ...given: Parameters<typeof listen>) {
    if (given[0] === 'message')
      listen.call(this, 'message', () => {
        heard++
      })
    listen.apply(this, given)
  }
  window.__bench = {
    frame,
    long,
    get heard() {
      return heard
    },
    async until(act, done) {
      const began = performance.now()
      act()
      const deadline = began + 20_000
      while (!done()) {
        if (performance.now() > deadline) throw new Error(`never drawn: ${String(done)}`)
        await frame()
      }
      await frame()
      return performance.now() - began
    },
    async frames(work) {
      let going = true
      const times: number[] = []
      const watch = (async () => {
        let last = await frame()
        while (going) {
          const now = await frame()
          times.push(now - last)
          last = now
        }
      })()
      await work()
      going = false
      await watch
      return times
    },
    go(hash) {
      location.hash = hash
    },
    pause: milliseconds =>
      new Promise(resolve => {
        setTimeout(resolve, milliseconds)
      }),
  }
}
