import type { Page } from 'playwright-core'
import { figure, repeated, type Figure } from './figures.ts'
import { fillCurves, makeHistory } from './histories.ts'
import { openLab } from './page.ts'

const SCENE = '100 runs × 10,000 points'
const TIMES = 9

/** Curves of many long runs, on the two pages that draw them. */
export async function measureCurves(home: string): Promise<Figure[]> {
  const study = await makeHistory(home, fillCurves)
  const { page, close } = await openLab(home)
  try {
    await page.evaluate(() => {
      window.__bench.go('#/history')
    })
    await page.waitForTimeout(1_000)
    const live = await repeated(TIMES, () => open(page, `#/live/${study}`, 'Training loss'))
    const metric = await repeated(TIMES, () => metricOnLive(page))
    const plans = await repeated(TIMES, () => planOn(page))
    await open(page, `#/compare/${study}`, 'Validation loss')
    // Of every step, not of every epoch; the page keeps the choice.
    await page.locator('select[aria-label="Metric"]').selectOption('trainLoss')
    await page.waitForTimeout(1_000)
    const compare = await repeated(TIMES, () => open(page, `#/compare/${study}`, 'Training loss'))
    const learning = await repeated(TIMES, () => planOn(page))
    return [
      figure(SCENE, 'Live page, first paint of its curves', live, { most: 500 }),
      figure(SCENE, 'Live page, another metric', metric, { most: 60 }),
      figure(SCENE, 'Live page, a plan hidden or shown in all its figures', plans, { most: 60 }),
      figure(SCENE, 'Compare page, first paint of its learning curves', compare, { most: 500 }),
      figure(SCENE, 'Compare page, a plan hidden or shown', learning, { most: 60 }),
    ]
  } finally {
    await close()
  }
}

async function open(page: Page, hash: string, title: string): Promise<number> {
  await page.evaluate(() => {
    window.__bench.go('#/history')
  })
  await page.waitForTimeout(800)
  return page.evaluate(
    ([hash, title]) =>
      window.__bench.until(
        () => {
          window.__bench.go(hash)
        },
        () => {
          const canvas = document.querySelector<HTMLCanvasElement>(`[role=application][aria-label^="${title}"] canvas`)
          return canvas !== null && canvas.width !== 300
        },
      ),
    [hash, title] as const,
  )
}

/** From training loss to validation loss, or back. */
const metricOnLive = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const isLoss = (): boolean => document.querySelector('[role=application][aria-label^="Training loss"]') !== null
    const before = isLoss()
    const button = [...document.querySelectorAll<HTMLElement>('button, label, [role=radio]')].find(
      one => one.textContent?.trim() === (before ? 'Validation loss' : 'Training loss'),
    )!
    return window.__bench.until(
      () => {
        button.click()
      },
      () => isLoss() !== before,
    )
  })

/** A click on the first plan in the figure's legend. */
const planOn = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const entry = document.querySelector<HTMLElement>('.legend button')!
    const pressed = entry.getAttribute('aria-pressed')
    return window.__bench.until(
      () => {
        entry.click()
      },
      () => entry.getAttribute('aria-pressed') !== pressed,
    )
  })
