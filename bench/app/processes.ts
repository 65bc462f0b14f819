import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'

/** Processor time of other processes, by Linux’s own account. */

/** Clock ticks a second: a constant of Linux's interface. */
const TICKS = 100

/** Seconds of one core that a process has used so far, all threads together, those that have ended too. */
export function secondsUsed(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

export interface BrowserProcesses {
  /** All that show pages; the one that is left over from an empty page does nothing. */ readonly renderers: readonly number[]
  /** Browser, GPU (which puts frames together by software) and network. */ readonly others: readonly number[]
}

/** The processes behind a browser's pages. */
export async function processesOf(browser: Browser): Promise<BrowserProcesses> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
  if (renderers.length === 0) throw new Error('there is no page')
  return { renderers, others: processInfo.filter(({ type }) => type !== 'renderer').map(({ id }) => id) }
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise(resolve => {
    setTimeout(resolve, milliseconds)
  })
