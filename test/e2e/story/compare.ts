import { expect } from 'vitest'
import type { Across } from '../../../src/shared/across.ts'
import type { Comparison, Summary } from '../../../src/shared/comparison.ts'
import type { MemoryUse } from '../../../src/shared/contract/index.ts'
import { figureWithin } from '../../../src/shared/number-format.ts'
import { ask } from '../support/page-lab.ts'
import { checkSavedFigures } from '../support/saved-figures.ts'
import type { Stage } from '../support/stage.ts'
import { csvRows, expectAccessible, pickFrom } from './hands.ts'
import type { Trained } from './train.ts'

/** Reads the verdicts, and takes figures and tables away. @returns what the page says */
export async function compare({ page, saved }: Stage, { studyId, rows }: Trained): Promise<Comparison> {
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.waitForURL(/#\/compare\//)
  const comparison = await ask<Comparison>(page, 'comparison.get', { studyId })
  await checkComparison(page, comparison)

  const full = comparison.plans.find(({ id }) => id === 'full')!
  const accuracies = full.bins.long!.accuracy!.values
  expect(accuracies.map(({ value }) => value)).toEqual(
    rows.filter(({ planId }) => planId === 'full').map(({ lastAccuracy }) => lastAccuracy),
  )
  expect(full.bins.long!.accuracy!.mean).toBeCloseTo(
    accuracies.reduce((sum, { value }) => sum + Number(value), 0) / 2,
    12,
  )

  const menu = page.locator('main').getByRole('button', { name: 'Export', exact: true })
  const verdicts = await saved(() => pickFrom(page, menu, 'Verdicts as CSV'))
  const decided = csvRows(verdicts.bytes).filter(({ verdict }) => verdict !== '')
  expect(
    decided.map(({ plan, measure, difference, verdict }) => [plan, measure, Number(difference), verdict]).sort(),
  ).toEqual(
    comparison.contrasts.map(({ plan, target, mean, verdict }) => [plan, target.measure, mean, verdict.outcome]).sort(),
  )
  const all = await saved(() => pickFrom(page, menu, 'All as JSON'))
  expect(JSON.parse(all.bytes.toString('utf8'))).toMatchObject({
    headline: comparison.headline,
    plans: comparison.plans.map(({ id }) => ({ id })),
  })
  const latex = await saved(() => pickFrom(page, menu, 'Table as LaTeX'))
  expect(latex.bytes.toString('utf8')).toMatch(/\\begin\{tabular\}[^]*Full training[^]*\\end\{tabular\}/)
  const values = await saved(() => pickFrom(page, menu, 'Values of each seed as CSV'))
  const long = csvRows(values.bytes).filter(row => row.bin === 'long' && row.measure === 'accuracy')
  expect(long.map(({ plan, seed, value }) => [plan, Number(seed), Number(value)])).toEqual(
    comparison.plans.flatMap(({ id, bins }) => bins.long!.accuracy!.values.map(({ seed, value }) => [id, seed, value])),
  )
  const markdown = await saved(() => pickFrom(page, menu, 'Table as Markdown'))
  expect(markdown.bytes.toString('utf8')).toMatch(/\| *Full training/)

  const figures = page.locator('figure.panel')
  expect(await checkSavedFigures({ page, saved }, figures)).toEqual([
    'story-length-accuracy',
    'story-learning-validationLoss',
    'story-seeds-cross-entropy-difference-short',
    'story-pairs-cross-entropy-difference-short',
  ])
  const bundle = await saved(() => pickFrom(page, menu, /^Bundle/))
  expect([bundle.name, bundle.bytes.readUInt16BE(0)]).toEqual(['Story.permafrost', 0x1f8b])
  await memoryUse({ page, saved }, rows)
  await expectAccessible(page)
  await sideBySide({ page, saved }, studyId)
  return comparison
}

/** Tests every run without its memory, and draws what the host says of each. */
async function memoryUse({ page, saved }: Pick<Stage, 'page' | 'saved'>, rows: Trained['rows']): Promise<void> {
  await page.getByRole('button', { name: 'Test without memory' }).click()
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
  const panel = page.locator('figure.panel').filter({ has: page.getByRole('heading', { name: 'Memory use' }) })
  const file = await saved(() =>
    pickFrom(page, panel.getByRole('button', { name: 'Save figure' }), 'Save the numbers as CSV'),
  )
  const points = csvRows(file.bytes)
  for (const { id, planTitle, seed } of rows) {
    const { bins } = await ask<MemoryUse>(page, 'traces.memoryUse', { runId: id })
    const drawn = points.filter(({ series, part }) => series === planTitle && part === `seed ${seed}`)
    expect(drawn.map(point => Number(point['nats per symbol']))).toEqual(
      bins.map(({ whole, held }) => held.loss - whole.loss),
    )
    expect(drawn.length).toBeGreaterThan(0)
  }
  await checkSavedFigures({ page, saved }, panel)
}

async function sideBySide({ page, saved }: Pick<Stage, 'page' | 'saved'>, studyId: string): Promise<void> {
  await page.getByRole('button', { name: 'Side by side' }).click()
  const across = await ask<Across>(page, 'comparison.across', { studies: [studyId] })
  for (const { text } of across.overall) await page.getByText(text.slice(0, text.indexOf(':'))).waitFor()
  const table = page.getByRole('region', { name: 'Figures by study' })
  await table.locator('tbody tr').first().waitFor()
  expect(await table.locator('tbody tr').count()).toBe(1)
  for (const { id } of across.plans)
    await table
      .getByText(`${(Number(across.rows[0]!.cells[id]!.summary.mean) * 100).toFixed(1)} %`)
      .first()
      .waitFor()
  // Where no plan beats guessing anywhere there is nothing to pool.
  expect(await checkSavedFigures({ page, saved }, page.locator('figure.panel'))).toHaveLength(
    across.overall.length > 0 ? 1 : 0,
  )
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Back to one study' }).click()
}

/** In the digits of its interval. */
const written = ({ mean, meanInterval }: Summary): string => figureWithin(mean, meanInterval)

/** The page shows the comparison's own words and numbers. */
export async function checkComparison(page: Stage['page'], comparison: Comparison): Promise<void> {
  await page.getByText(comparison.headline, { exact: true }).waitFor()
  const { measure } = comparison.targets[0]!
  expect(measure).toBe('cross-entropy-difference')
  for (const plan of comparison.plans) {
    const row = page.locator('table.plain tr', { hasText: plan.title }).first()
    const texts = await row.locator('td').allTextContents()
    expect(texts[1]).toContain(written(plan.bins.short![measure]!))
    expect(texts[2]).toContain(written(plan.bins.long![measure]!))
  }
}
