import { expect } from 'vitest'
import type { FullRun, RunPage, RunRow, StudyInfo } from '../../../src/shared/contract/index.ts'
import { ask } from '../support/page-lab.ts'
import { checkSavedFigures } from '../support/saved-figures.ts'
import type { Stage } from '../support/stage.ts'
import { csvRows, expectAccessible, pickFrom } from './hands.ts'
import { figures } from '../../../src/shared/score.ts'

export interface Trained {
  readonly studyId: string
  readonly rows: readonly RunRow[]
}

/** Starts what was built and watches it to its end. */
export async function train({ page, saved, kind }: Stage): Promise<Trained> {
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/#\/live\//)
  await page.getByText('6 of 6 runs trained').waitFor({ timeout: 240_000 })
  const [study] = await ask<StudyInfo[]>(page, 'studies.list')
  const { rows } = await ask<RunPage>(page, 'runs.list', { search: 'is:over', sort: [{ by: 'plan' }, { by: 'seed' }] })
  expect(rows.map(({ planId, seed, status, step }) => [planId, seed, status, step])).toEqual(
    ['full', 'frozen-memory', 'own'].flatMap(plan => [1, 2].map(seed => [plan, seed, 'finished', 24])),
  )

  await page.getByRole('radio', { name: 'Validation loss' }).click()
  const panel = page.locator('figure.panel').first()
  const file = await saved(() =>
    pickFrom(page, panel.getByRole('button', { name: 'Save figure' }), 'Save the numbers as CSV'),
  )
  expect(file.name).toBe('story-validationLoss.csv')
  const points = csvRows(file.bytes)
  for (const row of rows) {
    const { epochs } = await ask<FullRun>(page, 'runs.get', { runId: row.id })
    const drawn = points.filter(({ series, part }) => series === row.planTitle && part === `seed ${row.seed}`)
    expect(drawn.map(point => [Number(point.step), Number(point['nats per symbol'])])).toEqual(
      epochs.map(({ step, validation }) => [step, figures(validation).loss]),
    )
  }
  expect(points.filter(({ part }) => part === 'mark').map(({ series, step }) => [series, step])).toEqual([
    ['Own plan: frozen, memory from epoch 2', '12'],
  ])
  for (const part of ['controller', 'memory', 'classifier'])
    await page.getByRole('heading', { name: `Gradient norm, ${part}` }).waitFor()
  await trainingLoss({ page, saved }, rows)
  const small = page
    .locator('figure.panel')
    .filter({ has: page.getByRole('heading', { name: /norm, controller|steps per second/i }) })
  expect((await checkSavedFigures({ page, saved }, small)).length).toBe(3)
  if (kind === 'web') await checkLayout(page)
  await expectAccessible(page)
  await page.getByRole('radio', { name: /Queue/ }).click()
  await expectAccessible(page)
  return { studyId: study!.id, rows }
}

/** Training loss is that of the epochs' records, each in the middle of its epoch: the runs are faster than the log. */
async function trainingLoss({ page, saved }: Pick<Stage, 'page' | 'saved'>, rows: readonly RunRow[]): Promise<void> {
  await page.getByRole('radio', { name: 'Training loss' }).click()
  const panel = page.locator('figure.panel').first()
  const file = await saved(() =>
    pickFrom(page, panel.getByRole('button', { name: 'Save figure' }), 'Save the numbers as CSV'),
  )
  const points = csvRows(file.bytes)
  for (const row of rows) {
    const { epochs } = await ask<FullRun>(page, 'runs.get', { runId: row.id })
    const drawn = points.filter(({ series, part }) => series === row.planTitle && part === `seed ${row.seed}`)
    expect(drawn.map(point => [Number(point.step), Number(point['nats per symbol'])])).toEqual(
      epochs.map(({ step, trainLoss }) => [step - 3, trainLoss]),
    )
  }
  await checkSavedFigures({ page, saved }, panel)
}

/** In a small window and in a large one nothing lies over anything else, and what is read off stays in its figure. */
async function checkLayout(page: Stage['page']): Promise<void> {
  const before = page.viewportSize()!
  for (const [width, height] of [
    [900, 600],
    [1920, 1200],
  ] as const) {
    await page.setViewportSize({ width, height })
    const canvas = page.locator('figure.panel canvas').first()
    await expect.poll(async () => (await canvas.boundingBox())!.width).toBeGreaterThan(width * 0.55)
    const [figures, side] = [
      (await page.locator('.figures').boundingBox())!,
      (await page.locator('aside.side').boundingBox())!,
    ]
    expect(side.x >= figures.x + figures.width - 1 || side.y >= figures.y + figures.height - 1).toBe(true)
    const { x, y, width: wide } = (await canvas.boundingBox())!
    await page.mouse.move(x + 0.6 * wide, y + 100)
    await page.locator('.reading.compact').or(page.locator('.reading')).first().waitFor()
    const outside = await page.locator('figure.panel').evaluateAll(panels =>
      panels.flatMap(panel => {
        const [own, reading] = [panel.getBoundingClientRect(), panel.querySelector('.reading')?.getBoundingClientRect()]
        const inside =
          !reading || (reading.left >= own.left && reading.right <= own.right && reading.bottom <= own.bottom)
        return inside ? [] : [panel.querySelector('h2')?.textContent]
      }),
    )
    expect(outside).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
    await page.mouse.move(2, 2)
  }
  const minis = await page
    .locator('.minis')
    .first()
    .evaluate(row => {
      const [own, last] = [row.getBoundingClientRect(), row.lastElementChild!.getBoundingClientRect()]
      return own.right - last.right
    })
  expect(Math.abs(minis)).toBeLessThan(2)
  await page.setViewportSize(before)
}
