import { existsSync, mkdtempSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'

const PROJECT = resolve(import.meta.dirname, '..', '..', '..')

/** The Electron that the package `electron` runs. @throws where there is none, saying how to get one */
export function electronProgram(): string {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH
  const program = folder
    ? join(folder, process.platform === 'win32' ? 'electron.exe' : 'electron')
    : (createRequire(import.meta.url)('electron') as string)
  if (!existsSync(program))
    throw new Error(
      'These tests need an Electron runtime: run `npm start` once, or name its folder in ELECTRON_OVERRIDE_DIST_PATH.',
    )
  return program
}

export const freshHome = (): string => mkdtempSync(join(tmpdir(), 'permafrost-e2e-'))

/** Chromium has no sandbox as root. */
export const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []

export const appArguments = (home: string, ...more: string[]): string[] => [
  PROJECT,
  ...asRoot,
  `--home=${home}`,
  ...more,
]

export interface OpenedApp {
  readonly app: ElectronApplication
  readonly page: Page
  /** See `listenForComplaints`. */ readonly complaints: readonly string[]
}
export interface OpenOptions {
  readonly args?: readonly string[]
  /** Loaded into the host before everything else. */ readonly hook?: string
  readonly env?: Readonly<Record<string, string>>
  readonly complaints?: string[]
}

export async function openElectron(
  home: string,
  { args = [], hook, env = {}, complaints = [] }: OpenOptions = {},
): Promise<OpenedApp> {
  const app = await _electron.launch({
    executablePath: electronProgram(),
    args: [...(hook ? ['-r', hook] : []), ...appArguments(home, ...args)],
    env: { ...(process.env as Record<string, string>), ...env },
    timeout: 60_000,
  })
  const page = await app.firstWindow()
  return { app, page, complaints: listenForComplaints(page, complaints) }
}

/** Errors and warnings of the page; what its policy refuses is said as an error too. */
export function listenForComplaints(page: Page, complaints: string[] = []): string[] {
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  return complaints
}
