import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StudyInfo } from '../../src/shared/contract/index.ts'
import { dropFiles } from './support/drop.ts'
import { appArguments, electronProgram, freshHome, openElectron, type OpenedApp } from './support/electron.ts'
import { ask, sharePort, takePort } from './support/page-lab.ts'
import { checkStillThere, sayNonsense, tellStory, TINY } from './support/story.ts'

const homes: string[] = []
let opened: OpenedApp

async function open(home = freshHome(), ...args: string[]): Promise<{ home: string } & OpenedApp> {
  homes.push(home)
  opened = await openElectron(home, { args })
  await opened.page.getByRole('navigation').first().waitFor()
  return { home, ...opened }
}

afterEach(() => opened.app.close())
afterAll(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true })
})

describe('the desktop app', () => {
  it('trains, compares and looks inside over its port, survives nonsense, and has it all again after a restart and after a kill', async () => {
    const { home, app, page } = await open()
    await takePort(page)
    const told = await tellStory(page)
    await sayNonsense(page)
    await page.reload()
    await page.waitForFunction(() => window.__port !== undefined)
    await takePort(page)
    expect(await ask(page, 'app.info')).toMatchObject({ shell: 'electron', safeMode: false })
    await app.close()
    const again = await open(home)
    await takePort(again.page)
    await checkStillThere(again.page, told)
    again.app.process().kill('SIGKILL')
    const third = await open(home, '--safe-mode')
    await takePort(third.page)
    await checkStillThere(third.page, told, { safe: true })
    expect(await ask(third.page, 'app.info')).toMatchObject({ safeMode: true })
    await third.app.close()
    const last = await open(home)
    await sharePort(last.page)
    await dropFiles(last.page)
  })

  it('shows its window again where it was', async () => {
    const { home, app } = await open()
    const moved = { x: 60, y: 40, width: 900, height: 620 }
    await app.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]!.setBounds(bounds), moved)
    await app.close()
    const next = await open(home)
    expect(await next.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getSize())).toEqual([
      900, 620,
    ])
  })

  it('is open once: a second start hands over its files and ends', async () => {
    const { home, app, page } = await open()
    const file = join(home, 'study.json')
    writeFileSync(file, JSON.stringify({ name: 'From outside' }))
    await takePort(page)
    await page.evaluate(() => {
      const heard: unknown[] = []
      Object.assign(window, { __heard: heard })
      const before = window.__wire.hear
      window.__wire.hear = bytes => {
        const message = window.__frame.decodeFrame(bytes) as {
          kind: string
          payload: { kind: string; files: { name: string; bytes: Uint8Array }[] }
        }
        if (message.kind === 'payload')
          heard.push(message.payload.files.map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)]))
        else before(bytes)
      }
      window.__wire.send(window.__frame.encodeFrame({ kind: 'listen', id: 5000, to: 'app.onRequest' }))
    })
    const second = spawn(electronProgram(), appArguments(home, file), { stdio: 'ignore' })
    expect(await new Promise(resolve => second.on('exit', resolve))).toBe(0)
    await expect
      .poll(() => page.evaluate(() => (window as unknown as { __heard: unknown[] }).__heard))
      .toEqual([[['study.json', '{"name":"From outside"}']]])
    expect(app.windows()).toHaveLength(1)
  })

  it('asks where the treebank is by the system’s dialog, and says what is wrong with what was chosen', async () => {
    const { home, app, page } = await open()
    const asked = await app.evaluateHandle(({ dialog }, chosen) => {
      const given: unknown[] = []
      Object.assign(dialog, {
        showOpenDialog: (_: unknown, options: { properties: string[] }) => {
          given.push(options.properties)
          return Promise.resolve({ canceled: given.length === 1, filePaths: given.length === 1 ? [] : [chosen] })
        },
      })
      return given
    }, home)
    await page.evaluate(() => {
      window.location.hash = '#/build'
    })
    await page.getByRole('button', { name: /^Main study, Penn Treebank/ }).click()
    const place = page.getByRole('textbox', { name: 'Text', exact: true })
    expect(await place.inputValue()).toBe('')
    await page.getByRole('button', { name: 'Choose a text or an archive' }).click()
    await page.getByRole('button', { name: 'Choose a folder' }).click()
    await expect.poll(() => place.inputValue()).toBe(home)
    expect(await asked.jsonValue()).toEqual([['openFile'], ['openDirectory']])
    await page.getByRole('alert').getByText('a folder or archive with ptb.train.txt').waitFor()
    expect(JSON.parse(await page.getByRole('textbox', { name: 'Study as JSON' }).inputValue())).toMatchObject({
      tasks: [{ id: 'penn-treebank', path: home }],
    })
    expect(await page.getByRole('button', { name: 'Start training' }).isDisabled()).toBe(true)
  })

  it('has a menu whose commands are the page’s, which opens files and recent studies', async () => {
    const { app, page, home } = await open()
    const labels = await app.evaluate(({ Menu }) => Menu.getApplicationMenu()!.items.map(({ label }) => label))
    expect(labels).toEqual(expect.arrayContaining(['&File', '&View', '&Queue', '&Help']))
    const click = (id: string): Promise<void> =>
      app.evaluate(({ Menu }, name) => {
        Menu.getApplicationMenu()!.getMenuItemById(name)!.click()
      }, id)
    await click('command-palette')
    await page.getByRole('combobox', { name: 'Command' }).waitFor()
    await page.keyboard.press('Escape')

    const file = join(home, 'study.json')
    writeFileSync(file, JSON.stringify({ ...TINY, name: 'From the dialog' }))
    await app.evaluate(({ dialog }, path) => {
      Object.assign(dialog, {
        showOpenDialog: (_: unknown, { filters }: Electron.OpenDialogOptions) =>
          Promise.resolve({ canceled: false, filePaths: filters![0]!.extensions.includes('json') ? [path] : [] }),
      })
    }, file)
    await click('import')
    await expect.poll(() => page.getByLabel('Name of the study').inputValue()).toBe('From the dialog')
    await page.getByRole('button', { name: 'Start training' }).click()
    await page.waitForURL(/#\/live\//)
    const studies = (): Promise<string[]> =>
      app.evaluate(({ Menu }) =>
        Menu.getApplicationMenu()!
          .getMenuItemById('recent')!
          .submenu!.items.map(({ label }) => label),
      )
    await expect.poll(studies).toEqual(['From the dialog'])
    await click('go-welcome')
    await page
      .getByRole('link', { name: /From the dialog/ })
      .last()
      .waitFor()
    await app.evaluate(({ Menu }) => {
      Menu.getApplicationMenu()!.getMenuItemById('recent')!.submenu!.items[0]!.click()
    })
    await page.waitForURL(/#\/compare\//)
  })

  it('shows in the task bar how far it has come, and tells the end of a study that nobody looks at', async () => {
    const { app, page } = await open()
    await app.evaluate(({ BrowserWindow, Notification }) => {
      const seen = { bar: [] as number[], told: [] as string[] }
      Object.assign(globalThis, { __seen: seen })
      BrowserWindow.getAllWindows()[0]!.setProgressBar = value => {
        seen.bar.push(value)
      }
      BrowserWindow.getFocusedWindow = () => null
      Notification.isSupported = () => true
      Notification.prototype.show = function (this: { title: string; emit: (name: string) => void }) {
        seen.told.push(this.title)
        this.emit('click')
      }
    })
    await sharePort(page)
    const [study] = await ask<StudyInfo[]>(page, 'studies.start', {
      content: { ...TINY, training: { ...TINY.training, epochs: 40 } },
    })
    await ask(page, 'queue.open')
    const seen = (): Promise<{ bar: number[]; told: string[] }> =>
      app.evaluate(() => (globalThis as unknown as { __seen: { bar: number[]; told: string[] } }).__seen)
    await expect.poll(async () => (await seen()).told, { timeout: 200_000 }).toEqual(['Tiny'])
    await expect.poll(async () => (await seen()).bar.at(-1)).toBe(-1)
    expect((await seen()).bar.some(value => value > 0 && value < 1)).toBe(true)
    await page.waitForURL(url => url.hash === `#/compare/${study!.id}`)
  })
})

describe('a page in the desktop app', () => {
  beforeEach(async () => {
    await open()
  })

  it('is isolated, sandboxed and without Node', async () => {
    const { app, page } = opened
    const preferences = await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map(({ webContents }) =>
        (webContents as unknown as { getLastWebPreferences: () => Record<string, unknown> }).getLastWebPreferences(),
      ),
    )
    expect(preferences).toHaveLength(1)
    expect(preferences[0]).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
    })
    expect(preferences[0]!.nodeIntegrationInWorker ?? false).toBe(false)
    expect(preferences[0]!.enableBlinkFeatures ?? '').toBe('')
    expect(
      await page.evaluate(() =>
        ['require', 'process', 'module', 'Buffer', 'global', 'ipcRenderer', 'electron', '__dirname'].filter(
          name => name in window,
        ),
      ),
    ).toEqual([])
  })

  it('gets a port and nothing else from its preload', async () => {
    const { page } = opened
    const blank = await page.evaluate(() => {
      const frame = document.createElement('iframe')
      document.body.append(frame)
      const names = new Set(Object.getOwnPropertyNames(frame.contentWindow))
      frame.remove()
      return Object.getOwnPropertyNames(window).filter(
        name => !names.has(name) && !/^\d+$/.test(name) && !name.startsWith('__'),
      )
    })
    expect(blank).toEqual([])
  })

  it('does not lead anywhere', async () => {
    const { app, page } = opened
    for (const address of [
      'https://example.com/',
      'file:///etc/passwd',
      'javascript:document.title="x"',
      'app://other/',
      'data:text/html,x',
      'smb://host/share',
    ]) {
      await page
        .evaluate(url => {
          location.href = url
        }, address)
        .catch(() => {})
      await page.waitForTimeout(150)
      expect(new URL(page.url()).href).toMatch(/^app:\/\/permafrost\//)
    }
    await page.evaluate(() => {
      for (const url of ['https://example.com/', 'file:///etc/passwd', 'app://permafrost/']) window.open(url)
    })
    await page.waitForTimeout(500)
    expect(app.windows()).toHaveLength(1)
    expect(await page.title()).not.toBe('x')
  })

  it('saves nothing but what it has made itself', async () => {
    const { app, page } = opened
    await app.evaluate(({ BrowserWindow }) => {
      const known = globalThis as unknown as { saved: string[] }
      known.saved = []
      BrowserWindow.getAllWindows()[0]!.webContents.session.on('will-download', (event, item) => {
        if (!event.defaultPrevented) known.saved.push(item.getURL())
        item.cancel()
      })
    })
    for (const href of ['data:application/octet-stream,x', 'app://permafrost/index.html', 'blob'])
      await page.evaluate(given => {
        const link = document.createElement('a')
        link.href = given === 'blob' ? URL.createObjectURL(new Blob(['own'])) : given
        link.download = 'file'
        link.click()
      }, href)
    await page.waitForTimeout(500)
    const saved = await app.evaluate(() => (globalThis as unknown as { saved: string[] }).saved)
    expect(saved).toEqual([expect.stringMatching(/^blob:app:\/\/permafrost\//)])
  })

  it('runs no script but its own, and reaches no other host', async () => {
    const { page } = opened
    expect(
      await page.evaluate(async () => {
        const violations: string[] = []
        document.addEventListener('securitypolicyviolation', event => violations.push(event.effectiveDirective))
        const script = document.createElement('script')
        const typed = (set: () => void): string => {
          try {
            set()
            return 'taken'
          } catch {
            return 'refused'
          }
        }
        const markup = [
          typed(() => {
            script.text = 'window.injected = true'
          }),
          typed(() => {
            document.createElement('div').innerHTML = '<img src="x" onerror="window.injected = true">'
          }),
          typed(() => {
            ;(
              window as unknown as { trustedTypes: { createPolicy: (name: string, rules: object) => void } }
            ).trustedTypes.createPolicy('own', {})
          }),
        ]
        document.head.append(script)
        const fetched = await Promise.all(
          ['https://example.com/', 'http://127.0.0.1:1/', 'file:///etc/passwd'].map(url =>
            fetch(url).then(
              () => 'reached',
              () => 'refused',
            ),
          ),
        )
        const frame = document.createElement('iframe')
        frame.src = 'https://example.com/'
        document.body.append(frame)
        const view = document.createElement('webview')
        view.setAttribute('src', 'https://example.com/')
        document.body.append(view)
        await new Promise(resolve => setTimeout(resolve, 500))
        return {
          injected: 'injected' in window,
          markup,
          fetched,
          webview: 'getURL' in view,
          violations: [...new Set(violations)].sort(),
        }
      }),
    ).toEqual({
      injected: false,
      markup: ['refused', 'refused', 'refused'],
      fetched: ['refused', 'refused', 'refused'],
      webview: false,
      violations: ['connect-src', 'frame-src', 'require-trusted-types-for', 'trusted-types'],
    })
  })

  it('finds no file but the app’s pages behind app://', async () => {
    const { page } = opened
    const statuses = await page.evaluate(() =>
      Promise.all(
        [
          '/index.html',
          '/../package.json',
          '/%2e%2e/%2e%2e/package.json',
          '/..%2f..%2fpackage.json',
          '/..%5c..%5cpackage.json',
          '/index.html%00',
          '//etc/passwd',
          `/${'é'.repeat(3000)}`,
        ].map(path =>
          fetch(`app://permafrost${path}`).then(
            ({ status }) => status,
            () => 'refused',
          ),
        ),
      ),
    )
    expect(statuses[0]).toBe(200)
    expect(statuses.slice(1).filter(status => status !== 404 && status !== 'refused')).toEqual([])
    expect(
      await page.evaluate(() => fetch('app://permafrost/index.html', { method: 'POST' }).then(({ status }) => status)),
    ).toBe(405)
  })

  it('gets no permission but to copy', async () => {
    const { page } = opened
    const states = await page.evaluate(async () => {
      const names = [
        'geolocation',
        'notifications',
        'camera',
        'microphone',
        'midi',
        'persistent-storage',
      ] as PermissionName[]
      return Promise.all(names.map(async name => (await navigator.permissions.query({ name })).state))
    })
    expect(new Set(states)).toEqual(new Set(['denied']))
    expect(
      await page.evaluate(() =>
        navigator.mediaDevices.getUserMedia({ audio: true }).then(
          () => 'granted',
          () => 'refused',
        ),
      ),
    ).toBe('refused')
  })

  it('is given its port only where it comes from the app', async () => {
    const { app, page } = opened
    const [second] = await Promise.all([
      app.waitForEvent('window'),
      app.evaluate(({ BrowserWindow }) => {
        const [first] = BrowserWindow.getAllWindows()
        const { preload } = (
          first!.webContents as unknown as { getLastWebPreferences: () => { preload: string } }
        ).getLastWebPreferences()
        const window = new BrowserWindow({ webPreferences: { preload, sandbox: true, contextIsolation: true } })
        void window.loadURL(
          'data:text/html,<title>stranger</title><script>addEventListener("message", () => { document.title = "got it" })</script>',
        )
      }),
    ])
    await second.waitForTimeout(1_000)
    expect(await second.title()).toBe('stranger')
    expect(await page.evaluate(() => location.href)).toMatch(/^app:/)
  })
})

it('says nothing wrong on its way up', async () => {
  const { page, complaints } = await open()
  await page.waitForTimeout(1_000)
  expect(complaints).toEqual([])
})
