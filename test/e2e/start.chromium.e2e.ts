import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { freshHome } from './support/electron.ts'
import { start } from './support/start.ts'

/** A place to download from where nobody answers. */
const NOWHERE = {
  ELECTRON_OVERRIDE_DIST_PATH: undefined,
  ELECTRON_MIRROR: 'http://127.0.0.1:1/',
  electron_config_cache: join(tmpdir(), 'permafrost-e2e-no-cache'),
}
const hasRuntime = existsSync(join(createRequire(import.meta.url).resolve('electron/install.js'), '..', 'path.txt'))

describe.skipIf(hasRuntime)(
  hasRuntime
    ? 'a start without the Electron runtime (skipped: it has been downloaded)'
    : 'a start without the Electron runtime',
  () => {
    const home = freshHome()
    afterAll(() => {
      rmSync(home, { recursive: true, force: true })
    })

    /** A program in the place of a browser, which writes down how it was started. */
    function browser(name: string, ends: string): { program: string; asked: () => string[] } {
      const program = join(home, name)
      writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > '${program}.asked'\n${ends}\n`)
      chmodSync(program, 0o755)
      return { program, asked: () => readFileSync(`${program}.asked`, 'utf8').trim().split('\n') }
    }

    it('says so in one line, and prints its address where there is no browser', async () => {
      const app = start([`--home=${home}`], { ...NOWHERE, PERMAFROST_BROWSER: '' })
      const [, url] = await app.line(/^Permafrost is at (\S+)$/)
      expect(app.lines.filter(line => line.includes('could not be downloaded'))).toHaveLength(1)
      const answer = await fetch(url!)
      expect([answer.status, (await answer.text()).includes('<title>Permafrost')]).toEqual([200, true])
      app.process.kill('SIGTERM')
      expect(await app.ended).toBe(143)
    })

    it('opens in a window of a browser that is there, with a profile of its own, and ends with it', async () => {
      const { program, asked } = browser('browser', 'sleep 1')
      const app = start([`--home=${home}`], { ...NOWHERE, PERMAFROST_BROWSER: program })
      await app.line(/opens in a window of/)
      expect(await app.ended).toBe(0)
      expect(asked().find(word => word.startsWith('--app='))).toMatch(
        /^--app=http:\/\/127\.0\.0\.1:\d+\/#token=[0-9a-f]{64}$/,
      )
      expect(asked()).toContain(`--user-data-dir=${join(home, 'app', 'browser')}`)
      expect(app.lines.some(line => line.startsWith('Permafrost is at'))).toBe(false)
    })

    it('prints its address where the browser does not open', async () => {
      const { program } = browser('broken', 'exit 3')
      const app = start([`--home=${home}`], { ...NOWHERE, PERMAFROST_BROWSER: program })
      await app.line(/^Permafrost is at (\S+)$/)
      app.process.kill('SIGTERM')
      expect(await app.ended).toBe(143)
    })
  },
)
