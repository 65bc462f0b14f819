import type { Page } from 'playwright-core'
import { figure, repeated, type Figure } from './figures.ts'
import { fillTable, makeHistory } from './histories.ts'
import { openLab } from './page.ts'

const SCENE = 'History page, 10,000 runs'
const TIMES = 15
const ROWS = '[role=grid] [aria-rowindex]'

/** The run table as a person uses it: from the click or the last key until the table has been drawn anew. */
export async function measureTable(home: string): Promise<Figure[]> {
  await makeHistory(home, fillTable)
  const { page, close } = await openLab(home)
  try {
    await page.evaluate(() => window.__bench.go('#/history'))
    await page.locator(ROWS).first().waitFor()
    await page.waitForTimeout(1_000)
    const figures = [
      figure(SCENE, 'sort by a column', await repeated(TIMES, () => sort(page)), { most: 50 }),
      figure(SCENE, 'filter by a typed search', await repeated(TIMES, () => filter(page)), { most: 50 }),
      figure(SCENE, 'group by study', await repeated(TIMES, () => group(page)), null),
    ]
    return [
      ...figures,
      figure(SCENE, 'opening, from the click on the navigation', await repeated(TIMES, () => open(page)), null),
    ]
  } finally {
    await close()
  }
}

/** Until the rows in sight are others than before. */
const sort = (page: Page): Promise<number> =>
  page.evaluate(ROWS => {
    const rows = (): string => document.querySelector(ROWS)?.textContent ?? ''
    const before = rows()
    const head = [...document.querySelectorAll<HTMLElement>('[role=columnheader] button')].find(button =>
      button.textContent?.includes('Best loss'),
    )!
    return window.__bench.until(
      () => {
        head.click()
      },
      () => rows() !== before,
    )
  }, ROWS)

let searched = 0
const filter = async (page: Page): Promise<number> => {
  const text = `plan:${['frozen-memory', 'frozen-controller'][searched++ % 2]!} task:marked-reversal retention>0.9`
  await page.waitForTimeout(300)
  return page.evaluate(text => {
    const total = (): string =>
      document.querySelector('[role=status]')!.textContent +
      (document.querySelector('[role=grid] [aria-rowindex]')?.textContent ?? '')
    const box = document.querySelector<HTMLInputElement>('[role=combobox]')!
    const before = total()
    return window.__bench.until(
      () => {
        box.value = text
        box.dispatchEvent(new InputEvent('input', { bubbles: true }))
      },
      () => total() !== before,
    )
  }, text)
}

const group = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const choice = [...document.querySelectorAll('label')]
      .find(label => label.textContent?.startsWith('Group by'))!
      .querySelector('select')!
    const grouped = (): boolean => document.querySelector('[role=grid] [aria-expanded]') !== null
    const to = grouped() ? '' : 'study'
    return window.__bench.until(
      () => {
        choice.value = to
        choice.dispatchEvent(new Event('change', { bubbles: true }))
      },
      () => grouped() === (to !== ''),
    )
  })

async function open(page: Page): Promise<number> {
  await page.evaluate(() => {
    window.__bench.go('#/build')
  })
  await page.waitForTimeout(600)
  return page.evaluate(
    ROWS =>
      window.__bench.until(
        () => {
          window.__bench.go('#/history')
        },
        () => (document.querySelector(ROWS)?.childElementCount ?? 0) > 2,
      ),
    ROWS,
  )
}
