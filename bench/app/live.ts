import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Served } from '../../test/e2e/support/chromium.ts'
import { figure, type Figure } from './figures.ts'
import { fillRunning, makeHistory } from './histories.ts'
import { openLab } from './page.ts'
import { pause, processesOf, secondsUsed } from './processes.ts'

const SCENE = 'Live view, 8 runs, 20 messages a second'
const PROJECT = resolve(import.meta.dirname, '..', '..')
const TURNS = 3
const TURN_MS = 8_000
const SETTLE_MS = 2_500

function startTalkingHost(home: string, runs: readonly string[]): () => Promise<Served> {
  return async () => {
    const server = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        resolve(import.meta.dirname, 'live-host.ts'),
        home,
        resolve(PROJECT, 'out', 'renderer'),
        ...runs,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const ended = new Promise<number | null>(resolve => server.on('exit', resolve))
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: server.stdout }).on('line', line => {
        const found = /http:\S+/.exec(line)
        if (found) resolve(found[0])
      })
      void ended.then(code => reject(new Error(`the host ended with ${code}`)))
    })
    return {
      url,
      server,
      stop(signal = 'SIGINT') {
        server.kill(signal)
        return ended
      },
    }
  }
}

/** What the live page costs: turns with the page open and turns with an empty page in its place, one after the other. */
export async function measureLive(home: string): Promise<Figure[]> {
  const { studyId, runs } = await makeHistory(home, fillRunning)
  const { page, browser, served, close } = await openLab(home, startTalkingHost(home, runs))
  try {
    await page.waitForTimeout(SETTLE_MS)
    const live = await page.evaluate(id => {
      window.__bench.go(`#/live/${id}`)
      return location.href
    }, studyId)
    const host = served.server.pid!
    const turns: { page: number; host: number; browser: number }[] = []
    const long: number[] = []
    let messages = 0
    for (let turn = 0; turn < TURNS; turn++) {
      await page.goto('about:blank')
      await pause(SETTLE_MS)
      const quiet = await turnOf(host)
      await page.goto(live)
      await page.locator('canvas').first().waitFor()
      await pause(SETTLE_MS)
      const { renderers, others } = await processesOf(browser)
      await page.evaluate(() => {
        window.__bench.long.length = 0
      })
      const heard = await page.evaluate(() => window.__bench.heard)
      const [before, othersBefore, at] = [sumOf(renderers), sumOf(others), performance.now()]
      const busy = await turnOf(host)
      const seconds = (performance.now() - at) / 1000
      turns.push({
        page: (sumOf(renderers) - before) / seconds,
        host: busy - quiet,
        browser: (sumOf(others) - othersBefore) / seconds,
      })
      long.push(...(await page.evaluate(() => window.__bench.long)))
      messages += ((await page.evaluate(() => window.__bench.heard)) - heard) / seconds / TURNS
    }
    if (messages < 15) throw new Error(`only ${messages.toFixed(1)} messages a second came: nothing was measured`)
    const percent = (of: (turn: (typeof turns)[number]) => number): number[] => turns.map(turn => 100 * of(turn))
    return [
      figure(
        SCENE,
        'page and the host’s share, of one core',
        percent(turn => turn.page + turn.host),
        { most: 5 },
        {
          unit: '%',
          note: `renderer process (script, layout, raster) and what the host uses more than without a page, over ${TURN_MS / 1000} s; ${messages.toFixed(0)} messages a second came`,
        },
      ),
      figure(
        SCENE,
        'renderer process alone',
        percent(turn => turn.page),
        null,
        { unit: '%' },
      ),
      figure(
        SCENE,
        'host’s share',
        percent(turn => turn.host),
        null,
        { unit: '%' },
      ),
      figure(
        SCENE,
        'the browser’s other processes',
        percent(turn => turn.browser),
        null,
        { unit: '%', note: 'browser, network and the GPU process, which here puts frames together by software' },
      ),
      figure(
        SCENE,
        'longest task on the page’s thread',
        [Math.max(0, ...long)],
        { most: 50.001 },
        { note: `${long.length} tasks of 50 ms or more in ${(TURNS * TURN_MS) / 1000} s; 0: none` },
      ),
    ]
  } finally {
    await close()
  }
}

const sumOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + secondsUsed(pid), 0)

/** Share of a core that a process uses over one turn. */
async function turnOf(pid: number): Promise<number> {
  const [before, at] = [secondsUsed(pid), performance.now()]
  await pause(TURN_MS)
  return (secondsUsed(pid) - before) / ((performance.now() - at) / 1000)
}
