import { existsSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openHistory } from '../../src/main/history/history.ts'
import { openDevTools } from './support/devtools.ts'
import { asRoot, electronProgram, freshHome } from './support/electron.ts'
import { start, type Started } from './support/start.ts'
import { TINY } from './support/story.ts'

async function withApp(
  env: (home: string) => Record<string, string>,
  args: readonly string[],
  use: (app: Started, home: string) => Promise<void>,
): Promise<void> {
  electronProgram()
  const home = freshHome()
  const app = start([...asRoot, '--remote-debugging-port=0', `--home=${home}`, ...args], env(home))
  try {
    await use(app, home)
  } finally {
    app.process.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  }
}

async function pageOf(app: Started): Promise<Awaited<ReturnType<typeof openDevTools>>> {
  const [, port] = await app.line(/DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/)
  return openDevTools(port!, 'app://permafrost/')
}

/** Chromium's Vulkan driver without a GPU, and its loader, where Debian has put them. */
const SOFTWARE_GPU = '/usr/lib/chromium'
const hasSoftwareGpu =
  process.platform === 'linux' &&
  ['vk_swiftshader_icd.json', 'libvulkan.so.1'].every(name => existsSync(join(SOFTWARE_GPU, name)))

describe('a start with the Electron runtime', () => {
  it('opens the app in Electron, hands over arguments and its end', () =>
    withApp(
      () => ({}),
      ['--safe-mode'],
      async app => {
        const page = await pageOf(app)
        await page.until(`document.querySelector('footer')?.innerText.includes('Safe mode') === true`)
        page.close()
        app.process.kill('SIGTERM')
        expect(await app.ended).toBe(143)
        expect(app.lines.filter(line => /download|browser instead/i.test(line))).toEqual([])
      },
    ))

  it.skipIf(!hasSoftwareGpu)(
    hasSoftwareGpu
      ? 'trains on webgpu, which Electron itself cannot run, in Node'
      : 'trains on webgpu (skipped: there is no Vulkan driver of Chromium here)',
    () =>
      withApp(
        home => {
          symlinkSync(join(SOFTWARE_GPU, 'libvulkan.so.1'), join(home, 'libvulkan.so.1'))
          return { VK_ICD_FILENAMES: join(SOFTWARE_GPU, 'vk_swiftshader_icd.json'), LD_LIBRARY_PATH: home }
        },
        [],
        async (app, home) => {
          const page = await pageOf(app)
          const study = {
            ...TINY,
            name: 'On the card',
            plans: ['full'],
            training: { ...TINY.training, device: 'webgpu' },
          }
          await page.until(`document.querySelector('nav') !== null`)
          await page.evaluate(`{
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([${JSON.stringify(JSON.stringify(study))}], 'card.json'))
      document.querySelector('main').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }))
    }`)
          await page.until(
            `[...document.querySelectorAll('button')].some(button => button.textContent.includes('Start training') && !button.disabled && (button.click(), true))`,
          )
          await page.until(`document.body.innerText.includes('2 of 2 runs trained')`, 240_000)
          page.close()
          app.process.kill('SIGTERM')
          expect(await app.ended).toBe(143)
          const history = openHistory({ home })
          expect(
            history.runs
              .list({})
              .map(({ id, status }) => [history.runRecord(id).attempts[0]!.environment.device.id, status]),
          ).toEqual([
            ['webgpu', 'finished'],
            ['webgpu', 'finished'],
          ])
          history.close()
        },
      ),
  )
})
