import { expect, it, vi } from 'vitest'

vi.mock('electron', () => ({
  app: {},
  BrowserWindow: {},
  nativeTheme: {},
  shell: {},
  MessageChannelMain: {},
}))
const { CrashCount } = await import('./window.ts')
const { isOwnDownload } = await import('./guards.ts')

it('a page that crashes is loaded anew three times in a minute, not for ever', () => {
  let now = 0
  const crashes = new CrashCount(() => now)
  const crashAt = (at: number): boolean => {
    now = at
    return crashes.mayReload()
  }
  expect([0, 10, 20, 30, 40].map(crashAt)).toEqual([true, true, true, false, false])
  expect(crashAt(100_000)).toBe(true)
})

it('only what a page of the app has made is saved', () => {
  const own = (url: string): boolean => isOwnDownload(url, 'app://permafrost')
  expect(own('blob:app://permafrost/0f3c')).toBe(true)
  for (const url of [
    'https://example.com/x.zip',
    'blob:https://example.com/0f3c',
    'data:text/html,x',
    'app://permafrost/index.html',
    'file:///etc/passwd',
    'blob:null/0f3c',
  ])
    expect([url, own(url)]).toEqual([url, false])
})
