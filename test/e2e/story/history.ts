import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { RunPage } from '../../../src/shared/contract/index.ts'
import { ask } from '../support/page-lab.ts'
import type { Stage } from '../support/stage.ts'
import { csvRows, expectAccessible, nav, pickFrom } from './hands.ts'
import type { Trained } from './train.ts'

/** What the table counts; completions of a search count runs too. */
const total = (page: Page, words: string): Locator =>
  page
    .locator('main')
    .getByRole('status')
    .filter({ hasText: new RegExp(`^${words}$`) })

/** Finds a run, marks it, and reads its record. */
export async function keep({ page, saved }: Stage, { rows }: Trained): Promise<void> {
  await nav(page, 'History').click()
  const grid = page.getByRole('grid', { name: 'Runs' })
  const lines = grid.locator('.line')
  await total(page, '6 runs').waitFor()
  expect(await lines.count()).toBe(6)
  await expectAccessible(page)

  const heads = grid.locator('[data-column]')
  const order = (): Promise<(string | null)[]> =>
    heads.evaluateAll(found => found.slice(0, 3).map(one => one.getAttribute('data-column')))
  await heads.nth(1).getByRole('button').press('Control+ArrowLeft')
  expect(await order()).toEqual(['plan', 'study', 'seed'])
  const [from, to] = [await heads.nth(0).boundingBox(), await heads.nth(1).boundingBox()]
  await page.mouse.move(from!.x + 20, from!.y + 12)
  await page.mouse.down()
  await page.mouse.move(to!.x + to!.width - 4, to!.y + 12, { steps: 5 })
  await page.mouse.up()
  expect(await order()).toEqual(['study', 'plan', 'seed'])
  const edge = (await heads.nth(2).locator('.edge').boundingBox())!
  const before = (await heads.nth(2).boundingBox())!.width
  await page.mouse.move(edge.x + 4, edge.y + 12)
  await page.mouse.down()
  await page.mouse.move(edge.x + 34, edge.y + 12, { steps: 3 })
  await page.mouse.up()
  expect((await heads.nth(2).boundingBox())!.width).toBe(before + 30)
  await heads.nth(2).locator('.edge').dblclick()
  expect((await heads.nth(2).boundingBox())!.width).toBeLessThan(before + 30)
  await expectAccessible(page)
  await pickFrom(page, page.locator('main').getByRole('button', { name: 'Columns' }), 'Reset columns')

  const search = page.getByLabel('Search runs')
  await search.fill('plan:frozen-memory seed:2')
  await total(page, '1 run').waitFor()
  const run = rows.find(({ planId, seed }) => planId === 'frozen-memory' && seed === 2)!
  await lines.first().click()
  const pane = page.getByRole('complementary', { name: 'Run record' })
  await pane.getByText('Frozen stayed frozen').waitFor()
  expect(await pane.locator('.figures dd').first().textContent()).toContain(run.bestLoss!.toPrecision(3))
  await pane.getByLabel('Note').fill('kept for later')
  await pane.getByLabel('Add tag').fill('story')
  await pane.getByLabel('Add tag').press('Enter')
  await pane.locator('.tag', { hasText: 'story' }).waitFor()
  await lines.first().getByRole('button', { name: 'Star' }).click()
  await expect
    .poll(async () =>
      (await ask<RunPage>(page, 'runs.list', { search: 'is:starred tag:story' })).rows.map(({ id, note }) => [
        id,
        note,
      ]),
    )
    .toEqual([[run.id, 'kept for later']])
  await expectAccessible(page)

  await search.fill('plan:full')
  await total(page, '2 runs').waitFor()
  const table = await saved(() =>
    pickFrom(page, page.locator('main').getByRole('button', { name: 'Export the table' }), /^CSV/),
  )
  expect(
    csvRows(table.bytes).map(row => [
      row.run,
      Object.values(row)
        .map(Number)
        .some(value => value === rows.find(({ id }) => id === row.run)?.bestLoss),
    ]),
  ).toEqual(rows.filter(({ planId }) => planId === 'full').map(({ id }) => [id, true]))
  await search.fill('retention>')
  await page.getByRole('alert').waitFor()
  await search.fill('')
  await total(page, '6 runs').waitFor()
}
