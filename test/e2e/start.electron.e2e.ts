import { rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import { openDevTools } from './support/devtools.ts'
import { asRoot, electronProgram, freshHome } from './support/electron.ts'
import { start } from './support/start.ts'

it('opens the app in Electron where its runtime is, hands over arguments and its end', async () => {
  electronProgram()
  const home = freshHome()
  const app = start([...asRoot, '--remote-debugging-port=0', `--home=${home}`, '--safe-mode'], {})
  try {
    const [, port] = await app.line(/DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/)
    const page = await openDevTools(port!, 'app://permafrost/')
    await page.until(`document.querySelector('footer')?.innerText.includes('Safe mode') === true`)
    page.close()
    app.process.kill('SIGTERM')
    expect(await app.ended).toBe(0)
    expect(app.lines.filter(line => /download|browser instead/i.test(line))).toEqual([])
  } finally {
    app.process.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  }
})
