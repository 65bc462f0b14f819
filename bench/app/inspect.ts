import type { Page } from 'playwright-core'
import { figure, repeated, type Figure } from './figures.ts'
import { fillTrace, makeHistory } from './histories.ts'
import { openLab } from './page.ts'

const SCENE = 'Trace inspector, 1,001 steps × depth 64 × width 32'
const TIMES = 15
const SYMBOLS = 1001
const MOVES = 300
/** Until nothing more comes of a string: cells, exact distribution, fidelity. */
const SETTLE_MS = 1_200

declare global {
  interface Window {
    __lanes: { drawn: number; all: number }
  }
}

/** Opening a trace and moving through it, over the socket, on the page. */
export async function measureInspect(home: string): Promise<Figure[]> {
  const run = await makeHistory(home, fillTrace)
  const { page, close } = await openLab(home)
  try {
    await page.evaluate(watchLanes)
    await openTrace(page, run)
    const opening = await repeated(TIMES, () => openTrace(page, run))
    const another = await repeated(TIMES, () => settled(page, () => press(page, 'n')))
    const { frames, redraws } = await moveCursor(page)
    const scrub: number[] = []
    await page.locator('[aria-label="Epoch of training"]').focus()
    await page.waitForTimeout(SETTLE_MS)
    for (const key of ['ArrowLeft', 'ArrowRight'])
      for (let i = 0; i < 11; i++) scrub.push(await press(page, key, '[aria-label="Epoch of training"]'))
    return [
      figure(SCENE, 'another string, from the key to its lanes drawn', another, { most: 100 }),
      figure(SCENE, 'opening the page on a run, from the link to its lanes drawn', opening, { most: 100 }),
      figure(
        SCENE,
        'frames while the cursor is dragged over the string',
        frames.map(time => 1000 / time),
        { least: 59 },
        {
          unit: 'frames/s',
          note: `${frames.length} frames, ${redraws} lanes drawn anew meanwhile; frames are put together by software`,
        },
      ),
      figure(SCENE, 'one epoch on or back in training, from the key to its lanes drawn', scrub, { most: 50 }),
    ]
  } finally {
    await close()
  }
}

/** Counts the draws of one lane that shows nothing but the trace. Runs in the page. */
function watchLanes(): void {
  window.__lanes = { drawn: 0, all: 0 }
  const context = HTMLCanvasElement.prototype.getContext
  HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...given: Parameters<typeof context>) {
    const lane = this.isConnected ? this.closest('.lane') : null
    if (lane) window.__lanes.all++
    if (lane?.querySelector('.clip')?.textContent === 'Reading') window.__lanes.drawn++
    return context.apply(this, given)
  } as typeof context
}

async function openTrace(page: Page, run: string): Promise<number> {
  await page.evaluate(() => {
    window.__bench.go('#/history')
  })
  await page.waitForTimeout(800)
  return settled(page, () =>
    page.evaluate(
      ([run, symbols]) => {
        const before = window.__lanes.drawn
        return window.__bench.until(
          () => {
            window.__bench.go(`#/inspect/${run}?length=${symbols}`)
          },
          () => window.__lanes.drawn > before,
        )
      },
      [run, SYMBOLS] as const,
    ),
  )
}

async function settled(page: Page, work: () => Promise<number>): Promise<number> {
  const time = await work()
  await page.waitForTimeout(SETTLE_MS)
  return time
}

const press = (page: Page, key: string, on = 'body'): Promise<number> =>
  page.evaluate(
    ([key, on]) => {
      const before = window.__lanes.drawn
      return window.__bench.until(
        () => {
          document.querySelector(on)!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
        },
        () => window.__lanes.drawn > before,
      )
    },
    [key, on] as const,
  )

/** Drags with a real mouse from the left end of the lanes to the right. */
async function moveCursor(page: Page): Promise<{ frames: number[]; redraws: number }> {
  const lane = (await page.locator('.lane .canvas').first().boundingBox())!
  const at = (share: number): [number, number] => [lane.x + share * lane.width, lane.y + lane.height / 2]
  await page.mouse.move(...at(0))
  await page.mouse.down()
  const before = await page.evaluate(() => window.__lanes.all)
  const counting = page.evaluate(
    moves =>
      window.__bench.frames(async () => {
        const cursor = document.querySelector('[aria-label="Step of the string"]')!
        const seen = new Set<string | null>()
        while (seen.size < moves) {
          await window.__bench.frame()
          seen.add(cursor.getAttribute('aria-valuenow'))
        }
      }),
    MOVES,
  )
  for (let going = true, i = 0; going; i++) {
    await page.mouse.move(...at(Math.abs(((i / 900) % 2) - 1)))
    if (i % 50 === 0)
      going = await Promise.race([
        counting.then(() => false),
        new Promise<boolean>(resolve => {
          setTimeout(resolve, 0, true)
        }),
      ])
  }
  const frames = await counting
  await page.mouse.up()
  return { frames, redraws: (await page.evaluate(() => window.__lanes.all)) - before }
}
