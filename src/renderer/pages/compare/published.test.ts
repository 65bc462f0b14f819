import { expect, it } from 'vitest'
import { sampleCard } from '../../testing/samples.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import PublishedCard from './PublishedCard.vue'
import { cellText, figureText } from './published.ts'

const faked = () =>
  mountPage(
    PublishedCard,
    {
      comparison: {
        published: () => Promise.resolve(sampleCard()),
        exportPublished: () => Promise.resolve({ name: 'a.md', type: 'text/markdown', bytes: new Uint8Array() }),
      },
    },
    { studyId: 's1', stamp: '' },
  )

it('shows published figures beside ours, and the verdict of each claim with its caveats', async () => {
  const { view } = faked()
  await settle()
  const text = view.text().replace(/\s+/g, ' ')
  for (const said of [
    '2 of 126 published cells measured',
    'Too few seeds',
    '−0.11 over 1 pair and 3 seeds. 1 of 28 pairs of task and model measured.',
    'Its tables: +0.004.',
    'Less than the last printed digit.',
    'wasm on a processor',
    '3 seeds (published: 10 restarts)',
    'Other: no run has ended',
  ])
    expect(text).toContain(said)
  // Frozen memory, accuracy in the last bin, is what comes first.
  const cells = view
    .findAll('tbody tr')[0]!
    .findAll('td')
    .map(cell => cell.text().replace(/\s+/g, ' '))
  expect(cells).toEqual(['Count to three', '72 %3×66 %', '–not run'])
  expect(text).toContain('Count to three: Superposition 10; Penn Treebank: all models')
  view.unmount()
})

it('asks for other lengths', async () => {
  const { view, host } = faked()
  await settle()
  await view.find('select').setValue('short')
  await settle()
  expect(host.asked.filter(([name]) => name === 'comparison.published').map(([, input]) => input)).toEqual([
    {},
    { protocol: 'short' },
  ])
  view.unmount()
})

it('says how far it has come, stops, and goes on', async () => {
  const answers: ((card: ReturnType<typeof sampleCard>) => void)[] = []
  const signals: AbortSignal[] = []
  const { view, host } = mountPage(
    PublishedCard,
    {
      comparison: {
        published: (_, options) => {
          signals.push(options!.signal!)
          return new Promise(resolve => {
            answers.push(resolve)
          })
        },
      },
    },
    { studyId: 's1', stamp: '' },
  )
  await settle()
  expect(view.text()).toContain('Comparing the studies of the history…')
  host.say('comparison.onPublished', { done: 12, of: 28, study: 'count-3 · jm-10' })
  await settle(0)
  const bar = view.find('[role=progressbar]')
  expect([view.text(), bar.attributes('aria-valuenow'), bar.attributes('aria-valuemax')]).toEqual([
    expect.stringContaining('12 of 28count-3 · jm-10'),
    '12',
    '28',
  ])
  const press = async (title: string): Promise<void> => {
    await view
      .findAll('button')
      .find(button => button.text() === title)!
      .trigger('click')
    await settle(0)
  }
  await press('Stop')
  expect([signals[0]!.aborted, view.text()]).toEqual([
    true,
    expect.stringContaining('Stopped after 12 of 28 studies. What was worked out so far is kept.'),
  ])
  await press('Go on')
  expect(signals).toHaveLength(2)
  answers[1]!(sampleCard())
  await settle()
  expect([view.find('[role=progressbar]').exists(), view.text()]).toEqual([
    false,
    expect.stringContaining('2 of 126 published cells measured'),
  ])
  host.say('comparison.onPublished', { done: 28, of: 28, study: null })
  await view.get('select').setValue('short')
  await settle(0)
  expect(view.find('[role=progressbar]').exists()).toBe(false)
  await press('Stop')
  expect(view.text()).toMatch(/Stopped\. .*2 of 126 published cells measured/)
  view.unmount()
})

it('writes a figure with what is known of it', () => {
  const [full] = sampleCard().cells
  expect(cellText(full, 'accuracy-2')).toEqual({
    theirs: '85 %',
    ours: '77 %',
    seeds: 3,
    hint: '77 % in the run with the best validation loss; median 70 %, from 60 % to 80 % over 3 seeds. Not clearly above the trivial predictor',
  })
  expect(cellText(full, 'retention')).toMatchObject({ ours: '', seeds: 0 })
  expect([
    figureText('perplexity-2', 1772.19),
    figureText('perplexity-2', null),
    figureText('retention', 0.387),
    figureText('test-perplexity', 119.8),
  ]).toEqual(['1,772', '∞', '0.39', '119.8'])
})
