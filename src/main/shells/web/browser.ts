import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Browsers that can show a page in a window of its own, without tabs and address. */
const COMMANDS = [
  'google-chrome',
  'google-chrome-stable',
  'chromium',
  'chromium-browser',
  'microsoft-edge',
  'brave-browser',
] as const
const MAC = ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser'] as const
const WINDOWS = [
  ['Google', 'Chrome', 'Application', 'chrome.exe'],
  ['Microsoft', 'Edge', 'Application', 'msedge.exe'],
  ['Chromium', 'Application', 'chrome.exe'],
] as const

/** The first Chrome or Chromium there is, where there is a screen to show it on; PERMAFROST_BROWSER names another program, or none when it is empty. */
export function findBrowser(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (env.PERMAFROST_BROWSER !== undefined) return env.PERMAFROST_BROWSER || undefined
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return undefined
  return candidates(env, platform).find(isExecutable)
}

function candidates(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  if (platform === 'darwin') return MAC.map(name => join('/Applications', `${name}.app`, 'Contents', 'MacOS', name))
  if (platform === 'win32')
    return [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
      .filter(folder => folder !== undefined)
      .flatMap(folder => WINDOWS.map(path => join(folder, ...path)))
  return COMMANDS.flatMap(name =>
    (env.PATH ?? '')
      .split(delimiter)
      .filter(Boolean)
      .map(folder => join(folder, name)),
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Opens the page in an app window, with a profile of its own so that the program lasts as long as the window. The browser is to keep to itself what it sees, the shape of forms too. */
export function openBrowserWindow(browser: string, url: string, profile: string): ChildProcess {
  return spawn(
    browser,
    [
      `--app=${url}`,
      `--user-data-dir=${profile}`,
      '--no-first-run',
      '--no-default-browser-check',
      '--disable-background-networking',
      '--disable-sync',
      '--disable-component-update',
      '--disable-domain-reliability',
      '--no-pings',
      '--disable-features=AutofillServerCommunication,OptimizationHints',
    ],
    { stdio: 'ignore' },
  )
}
