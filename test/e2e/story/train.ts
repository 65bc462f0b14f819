import { expect } from 'vitest'
import type { FullRun, RunPage, RunRow, StudyInfo } from '../../../src/shared/contract/index.ts'
import { ask } from '../support/page-lab.ts'
import type { Stage } from '../support/stage.ts'
import { csvRows, expectAccessible, pickFrom } from './hands.ts'
import { figures } from '../../../src/shared/score.ts'

export interface Trained {
  readonly studyId: string
  readonly rows: readonly RunRow[]
}

/** Starts what was built and watches it to its end. */
export async function train({ page, saved }: Stage): Promise<Trained> {
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.waitForURL(/#\/live\//)
  await page.getByText('6 of 6 runs trained').waitFor({ timeout: 90_000 })
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
  await expectAccessible(page)
  await page.getByRole('radio', { name: /Queue/ }).click()
  await expectAccessible(page)
  return { studyId: study!.id, rows }
}
