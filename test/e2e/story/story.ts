import { expect } from 'vitest'
import type { Comparison } from '../../../src/shared/comparison.ts'
import type { RunPage } from '../../../src/shared/contract/index.ts'
import { awayFrom } from '../support/network.ts'
import { ask } from '../support/page-lab.ts'
import type { Stage } from '../support/stage.ts'
import { build } from './build.ts'
import { checkComparison, compare } from './compare.ts'
import { expectAccessible, nav } from './hands.ts'
import { keep } from './history.ts'
import { inspect } from './inspect.ts'
import { train, type Trained } from './train.ts'

/** A person's whole way through the app: builds a study, trains it, compares its plans, marks a run, looks inside, and comes back another day. */
export async function tellWholeStory(stage: Stage): Promise<void> {
  await expectAccessible(stage.page)
  await build(stage)
  const trained = await train(stage)
  const comparison = await compare(stage, trained)
  await keep(stage, trained)
  await inspect(stage, trained)
  await nav(stage.page, 'Compare').click()
  await checkComparison(stage.page, comparison)
  await expect
    .poll(() => ask(stage.page, 'layout.get', { key: 'place' }))
    .toMatch(new RegExp(`^#/compare/${trained.studyId}`))
  await stage.restart()
  await checkAllThere(stage, trained, comparison)
  expect(stage.complaints).toEqual([])
  const addresses = await stage.close()
  expect(addresses).toContain('hooked')
  // In Electron the pages come from app://, and nothing at all goes to the network.
  expect(addresses.some(address => address.startsWith('url '))).toBe(stage.kind === 'web')
  expect(awayFrom(addresses)).toEqual([])
}

async function checkAllThere({ page, kind }: Stage, { studyId, rows }: Trained, comparison: Comparison): Promise<void> {
  // The page is where it was left, and in the theme that was chosen.
  await page.waitForURL(new RegExp(`#/compare/${studyId}`))
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('light')
  await checkComparison(page, comparison)
  const again = await ask<RunPage>(page, 'runs.list', { search: 'is:over', sort: [{ by: 'plan' }, { by: 'seed' }] })
  expect(again.rows.map(({ id, bestLoss, retention }) => [id, bestLoss, retention])).toEqual(
    rows.map(({ id, bestLoss, retention }) => [id, bestLoss, retention]),
  )
  await nav(page, 'History').click()
  await page.getByText('6 runs', { exact: true }).first().waitFor()
  // Beside an open record the table leaves out columns that do not fit; stars are always there.
  await page
    .locator('.line')
    .filter({ has: page.getByRole('button', { name: 'Take the star away' }) })
    .click()
  const pane = page.getByRole('complementary', { name: 'Run record' })
  await expect.poll(() => pane.getByLabel('Note').inputValue()).toBe('kept for later')
  await pane.locator('.tag', { hasText: 'story' }).waitFor()
  expect(await ask(page, 'app.info')).toMatchObject({ shell: kind })
}
