import { expect } from 'vitest'
import type { Draft } from '../../../src/shared/contract/index.ts'
import type { StudySpec } from '../../../src/shared/study.ts'
import { ask } from '../support/page-lab.ts'
import type { Stage } from '../support/stage.ts'
import { expectAccessible, field, nav, pickFrom } from './hands.ts'

const BINS = [
  { name: 'short', lengths: [3, 9], perLength: 4, seed: 0 },
  { name: 'long', lengths: [11, 17], perLength: 4, seed: 1 },
]

/** Writes a study by hand, wrong at first, and starts it. */
export async function build({ page, saved }: Stage): Promise<void> {
  await nav(page, 'Build').click()
  await expectAccessible(page)
  await page.locator('main').getByRole('button', { name: 'New study' }).click()
  await page.getByLabel('Name of the study').fill('Story')
  await field(page, 'task.id').selectOption('marked-reversal')
  await page.getByLabel('Training lengths, from').fill('3')
  await page.getByLabel('Training lengths, to').fill('9')
  await page.getByLabel('Validation lengths, from').fill('3')
  await page.getByLabel('Validation lengths, to').fill('9')
  await field(page, 'data.train.strings').fill('60')
  await field(page, 'data.validation.strings').fill('20')
  await field(page, 'model.controller.id').selectOption('lstm')
  await field(page, 'model.controller.units').fill('6')
  await field(page, 'model.memory.id').selectOption('superposition-stack')
  await field(page, 'training.epochs').fill('4')
  await page.getByRole('radiogroup', { name: 'Learning rate' }).getByRole('radio', { name: 'Fixed' }).click()
  await field(page, 'training.learningRate').fill('0.01')
  await checkPreviews(page)
  await plans(page)
  await mistakes(page)

  await page.getByRole('radio', { name: 'JSON' }).click()
  const text = page.getByLabel('Study as JSON')
  const content = JSON.parse(await text.inputValue()) as StudySpec
  expect(content).toMatchObject({
    name: 'Story',
    task: { id: 'marked-reversal' },
    seeds: [1, 2],
    model: { controller: { id: 'lstm', units: 6 } },
    data: { train: { strings: 60, lengths: [3, 9] } },
    training: { epochs: 4 },
  })
  await text.fill(JSON.stringify({ ...content, evaluation: { bins: BINS } }, null, 2))
  await page.getByRole('radio', { name: 'Form' }).click()
  expect(await page.getByLabel('Name of bin 2').inputValue()).toBe('long')

  const outlook = page.getByRole('complementary', { name: 'Outlook' })
  await outlook.getByText(/^about [\d,]+ (s|min).* on \d+ workers?$/).waitFor()
  expect(await outlook.locator('dd').first().textContent()).toBe('6')
  expect(await outlook.locator('dd').nth(1).textContent()).toBe(String(6 * 4 * 6))
  await expectAccessible(page)

  const file = await saved(() => pickFrom(page, page.getByRole('button', { name: 'More' }), /Export study file/))
  expect(file.name).toBe('story.json')
  expect(JSON.parse(file.bytes.toString('utf8'))).toEqual({ ...content, evaluation: { bins: BINS } })
  await expect
    .poll(async () =>
      (await ask<Draft[]>(page, 'drafts.list')).map(({ name, content }) => [
        name,
        (content as StudySpec).evaluation.bins.length,
      ]),
    )
    .toEqual([['Story', 2]])
}

async function checkPreviews(page: Stage['page']): Promise<void> {
  const preview = await ask<{ strings: { text: string }[]; boundPerplexity: number }>(page, 'preview.task', {
    task: { id: 'marked-reversal' },
    lengths: [3, 9],
    strings: 7,
    seed: 0,
  })
  await page.locator('ol code').first().waitFor()
  await expect.poll(() => page.locator('ol code').allTextContents()).toEqual(preview.strings.map(({ text }) => text))
  await page.locator('dd', { hasText: preview.boundPerplexity.toFixed(2) }).waitFor()
  // LSTM of 6 units: four gates, each from 6 units, what is read and what is seen.
  const { counts, total } = await ask<{ counts: Record<string, number>; total: number }>(page, 'preview.model', {
    task: { id: 'marked-reversal' },
    model: { controller: { id: 'lstm', units: 6 }, memory: { id: 'superposition-stack' } },
  })
  await page.getByText(`${total.toLocaleString('en-US')} weights`, { exact: true }).waitFor()
  expect(Object.values(counts).reduce((a, b) => a + b)).toBe(total)
}

/** Leaves full training and frozen memory, and adds a plan whose memory is frozen from the middle on, drawn with the mouse. */
async function plans(page: Stage['page']): Promise<void> {
  const cards = page.locator('article.card')
  for (let i = (await cards.count()) - 1; i >= 2; i--)
    await pickFrom(page, cards.nth(i).getByRole('button', { name: 'Plan' }), /Remove/)
  await pickFrom(page, page.getByRole('button', { name: 'Add plan' }), 'Own plan')
  const track = cards.nth(2).locator('.track[aria-label^="memory"]')
  await track.scrollIntoViewIfNeeded()
  const box = (await track.boundingBox())!
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * 0.5, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.8, y, { steps: 4 })
  await page.mouse.move(box.x + box.width - 1, y, { steps: 4 })
  await page.mouse.up()
  expect(await cards.nth(2).locator('.bar[aria-label]').getAttribute('aria-label')).toContain('epoch 2')
  expect(await cards.nth(2).getByLabel('From', { exact: true }).inputValue()).toBe('2')
  const groups = cards.nth(1).getByRole('button', { name: 'Parameter groups of memory' })
  await groups.click()
  const group = cards.nth(1).locator('.track[aria-label^="memory.actions:"]')
  expect(await group.getAttribute('aria-label')).toContain('memory frozen from the start to the end')
  await expectAccessible(page)
  await group.press('Enter')
  await cards.nth(1).locator('.bar[aria-label^="memory.actions frozen"]').press('Delete')
  await groups.click()
  await field(page, 'seeds').fill('1-2')
  await field(page, 'seeds').blur()
}

async function mistakes(page: Stage['page']): Promise<void> {
  await field(page, 'data.train.strings').fill('0')
  const outlook = page.getByRole('complementary', { name: 'Outlook' })
  await outlook.getByText('1 problem', { exact: true }).waitFor()
  expect(await page.getByRole('button', { name: 'Start training' }).isDisabled()).toBe(true)
  expect(await field(page, 'data.train.strings').getAttribute('aria-invalid')).toBe('true')
  await field(page, 'data.train.strings').fill('60')
  await outlook.getByText('Steps in all').waitFor()
}
