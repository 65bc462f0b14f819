import { rmSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, openPage, startServer, type Served } from './support/chromium.ts'
import { dropFiles } from './support/drop.ts'
import { freshHome, listenForComplaints } from './support/electron.ts'
import { ask, openSocket } from './support/page-lab.ts'
import { checkStillThere, sayNonsense, tellStory } from './support/story.ts'

describe('the app in a browser', () => {
  const home = freshHome()
  let browser: Browser
  let served: Served

  beforeAll(async () => {
    browser = await openBrowser()
    served = await startServer(home)
  })

  afterAll(async () => {
    await browser.close()
    await served.stop()
    rmSync(home, { recursive: true, force: true })
  })

  it('opens by its address, hides the key, and outlives a reload', async () => {
    const page = await openPage(browser, served.url)
    const complaints = listenForComplaints(page)
    await page.getByRole('navigation').first().waitFor()
    expect(page.url()).not.toContain('token')
    await page.reload()
    await page.getByRole('navigation').first().waitFor()
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('lets no page in that does not know the key', async () => {
    const page = await openPage(browser, new URL(served.url).origin)
    await page.getByText('Open the address that the lab printed').waitFor()
    expect(
      await page.evaluate(
        async () => (await fetch('/session', { method: 'POST', headers: { authorization: 'Bearer 00' } })).status,
      ),
    ).toBe(403)
    const other = await openPage(browser, 'about:blank')
    expect(
      await other.evaluate(
        url =>
          new Promise(resolve => {
            const socket = new WebSocket(`${url.replace('http', 'ws')}/lab`, ['permafrost.1'])
            socket.onopen = () => resolve('open')
            socket.onerror = () => resolve('refused')
          }),
        new URL(served.url).origin,
      ),
    ).toBe('refused')
    await page.context().close()
    await other.context().close()
  })

  it('trains, compares and looks inside over its socket, and has it all again after a restart and after a kill', async () => {
    const page = await openPage(browser, served.url)
    await page.getByRole('navigation').first().waitFor()
    await openSocket(page)
    const told = await tellStory(page)
    await sayNonsense(page)
    await openSocket(page)
    expect(await ask(page, 'app.info')).toMatchObject({ shell: 'web', safeMode: false })
    await page.context().close()
    expect(await served.stop('SIGTERM')).toBe(143)
    served = await startServer(home)
    const again = await openPage(browser, served.url)
    await again.getByRole('navigation').first().waitFor()
    await openSocket(again)
    await checkStillThere(again, told)
    await again.context().close()
    await served.stop('SIGKILL')
    served = await startServer(home, { args: ['--safe-mode'] })
    const third = await openPage(browser, served.url)
    await third.getByRole('navigation').first().waitFor()
    await openSocket(third)
    await checkStillThere(third, told, { safe: true })
    expect(await ask(third, 'app.info')).toMatchObject({ safeMode: true })
    await third.context().close()
  })

  it('takes study files and bundles that are dropped on it', async () => {
    const page = await openPage(browser, served.url)
    await page.getByRole('navigation').first().waitFor()
    await openSocket(page)
    await dropFiles(page)
    await page.context().close()
  })

  it('runs no script but its own, and reaches no other host', async () => {
    const page = await openPage(browser, served.url)
    await page.getByRole('navigation').first().waitFor()
    expect(
      await page.evaluate(async () => {
        const violations: string[] = []
        document.addEventListener('securitypolicyviolation', event => violations.push(event.effectiveDirective))
        const script = document.createElement('script')
        let markup = 'taken'
        try {
          script.textContent = 'window.injected = true'
        } catch {
          markup = 'refused'
        }
        document.head.append(script)
        const fetched = await fetch('https://example.com/').then(
          () => 'reached',
          () => 'refused',
        )
        const frame = document.createElement('iframe')
        frame.src = 'https://example.com/'
        document.body.append(frame)
        await new Promise(resolve => setTimeout(resolve, 500))
        return { injected: 'injected' in window, markup, fetched, violations: [...new Set(violations)].sort() }
      }),
    ).toEqual({
      injected: false,
      markup: 'refused',
      fetched: 'refused',
      violations: ['connect-src', 'frame-src', 'require-trusted-types-for'],
    })
    await page.context().close()
  })

  it('refuses a second app on the same history', async () => {
    await expect(startServer(home)).rejects.toThrow('the server ended with 1')
  })
})
