import type { Page as Tab } from 'playwright-core'
import type { LabClient } from '../../src/shared/contract/index.ts'
import { DRAFT, MISTAKEN, type HistoryName } from './histories.ts'

/** Every picture there is to take of the app. */

/** The host's side of a picture: to find out what its address must name. */
export interface Backstage {
  readonly lab: LabClient
  readonly studies: Readonly<Record<string, string>>
}

export interface Scene {
  readonly name: string
  /** Histories on which it differs. */
  readonly on: readonly HistoryName[]
  /** The address behind `#`. */
  readonly at: (backstage: Backstage) => string | Promise<string>
  /** What a person does there before the picture is taken. */
  readonly act?: (tab: Tab, backstage: Backstage) => Promise<void>
  /** While runs are trained, once so many have ended. */
  readonly training?: number
  /** Under which name it is in the README, and how. */
  readonly readme?: Readonly<
    Record<string, { readonly theme: 'light' | 'dark'; readonly width: number; readonly height: number }>
  >
}

const ALL: readonly HistoryName[] = ['empty', 'one', 'many']
const to = (path: string) => (): string => path
const scrollTo =
  (selector: string) =>
  async (tab: Tab): Promise<void> => {
    await tab
      .locator(selector)
      .first()
      .evaluate((element: { scrollIntoView: () => void }) => {
        element.scrollIntoView()
      })
  }
const press =
  (...keys: readonly string[]) =>
  async (tab: Tab): Promise<void> => {
    for (const key of keys) await tab.keyboard.press(key)
  }

const stepTo =
  (step: number) =>
  async (tab: Tab): Promise<void> => {
    await tab.getByRole('slider', { name: 'Step of the string' }).focus()
    for (let i = 0; i < step; i++) await tab.keyboard.press('ArrowRight')
    await tab.getByRole('slider', { name: 'Step of the string' }).blur()
  }

const run =
  (study: string, plan: string, seed: number) =>
  ({ studies }: Backstage): string =>
    `/inspect/${studies[study]!}.${plan}.${seed}`
const draft =
  (wanted: string) =>
  async ({ lab }: Backstage): Promise<string> =>
    `/build/${(await lab.drafts.list()).find(({ name }) => name === wanted)!.id}`

export const SCENES: readonly Scene[] = [
  { name: 'welcome', on: ['empty', 'many'], at: to('/welcome') },

  { name: 'build', on: ['empty', 'many'], at: to('/build') },
  { name: 'build-new', on: ['one'], at: to('/build/new') },
  { name: 'build-study', on: ['many'], at: draft(DRAFT) },
  {
    name: 'build-plans',
    on: ['many'],
    at: draft(DRAFT),
    act: scrollTo('[aria-labelledby="plans-heading"]'),
    readme: { build: { theme: 'light', width: 1280, height: 800 } },
  },
  {
    name: 'build-groups',
    on: ['many'],
    at: draft(DRAFT),
    async act(tab) {
      const card = tab.locator('article.card').nth(1)
      await card.getByRole('button', { name: 'Parameter groups of memory' }).click()
      await card.getByRole('button', { name: 'Parameter groups of controller' }).click()
      await scrollTo('[aria-labelledby="plans-heading"]')(tab)
    },
  },
  { name: 'build-json', on: ['many'], at: draft(DRAFT), act: tab => tab.getByRole('radio', { name: 'JSON' }).click() },
  { name: 'build-mistake', on: ['many'], at: draft(MISTAKEN) },

  { name: 'live', on: ['empty'], at: to('/live') },
  { name: 'live-done', on: ['one', 'many'], at: ({ studies }) => `/live/${studies.only ?? studies.stack!}` },
  {
    name: 'live-training',
    on: ['many'],
    at: ({ studies }) => `/live/${studies.training!}`,
    training: 8,
    readme: { live: { theme: 'dark', width: 1280, height: 800 } },
  },
  {
    name: 'live-queue',
    on: ['many'],
    at: ({ studies }) => `/live/${studies.training!}`,
    training: 8,
    act: tab => tab.getByRole('radio', { name: /Queue/ }).click(),
  },

  { name: 'history', on: ALL, at: to('/history') },
  {
    name: 'history-record',
    on: ['one', 'many'],
    at: ({ studies }) => `/history/${studies.only ? `${studies.only}.full.1` : `${studies.stack!}.frozen-memory.17`}`,
  },
  {
    name: 'history-groups',
    on: ['many'],
    at: to('/history'),
    act: async tab => {
      await tab.getByLabel('Group by').selectOption('plan')
    },
  },
  {
    name: 'history-columns',
    on: ['many'],
    at: to('/history'),
    async act(tab) {
      const head = (title: string) => tab.getByRole('columnheader', { name: title }).getByRole('button')
      for (const key of [
        'Control+ArrowLeft',
        'Control+ArrowLeft',
        'Control+Shift+ArrowRight',
        'Control+Shift+ArrowRight',
      ])
        await head('Status').press(key)
      await head('Study').press('Control+Shift+ArrowDown')
      await head('Retention').hover()
    },
  },
  {
    name: 'history-chosen',
    on: ['many'],
    at: to('/history?q=plan:frozen-memory retention>0.8'),
    async act(tab) {
      const lines = tab.getByRole('grid', { name: 'Runs' }).locator('.line')
      await lines.nth(1).click()
      await lines.nth(5).click({ modifiers: ['Shift'] })
    },
  },
  {
    name: 'history-differences',
    on: ['many'],
    at: to('/history'),
    async act(tab) {
      const lines = tab.getByRole('grid', { name: 'Runs' }).locator('.line')
      await lines.nth(1).click()
      await lines.nth(20).click({ modifiers: ['Control'] })
      await tab.getByRole('button', { name: 'What differs' }).click()
    },
  },
  {
    name: 'history-search',
    on: ['many'],
    at: to('/history'),
    act: async tab => {
      await tab.getByLabel('Search runs').pressSequentially('plan:')
    },
  },
  { name: 'history-none', on: ['many'], at: to('/history?q=plan:nowhere') },

  { name: 'compare', on: ['empty'], at: to('/compare') },
  { name: 'compare-one-run', on: ['one'], at: ({ studies }) => `/compare/${studies.only!}` },
  {
    name: 'compare-study',
    on: ['many'],
    at: ({ studies }) => `/compare/${studies.quick!}`,
    readme: { compare: { theme: 'light', width: 1280, height: 800 } },
  },
  {
    name: 'compare-figures',
    on: ['many'],
    at: ({ studies }) => `/compare/${studies.quick!}`,
    act: scrollTo('main figure.panel'),
    readme: { figures: { theme: 'light', width: 1280, height: 800 } },
  },
  {
    name: 'compare-smoothed',
    on: ['many'],
    at: ({ studies }) => `/compare/${studies.stack!}`,
    async act(tab) {
      await tab.getByLabel('Smoothing').selectOption('0.05')
      await scrollTo('main figure.panel')(tab)
    },
  },
  {
    name: 'compare-memory-use',
    on: ['many'],
    at: ({ studies }) => `/compare/${studies.stack!}`,
    async act(tab) {
      await tab.getByRole('button', { name: 'Test without memory' }).click()
      await tab.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
      await tab
        .getByRole('heading', { name: 'Memory use' })
        .evaluate((element: { scrollIntoView: (how: object) => void }) => {
          element.scrollIntoView({ block: 'center' })
        })
    },
  },
  { name: 'compare-plans', on: ['many'], at: ({ studies }) => `/compare/${studies.stack!}` },
  { name: 'compare-published', on: ['empty', 'many'], at: to('/compare?view=published') },
  { name: 'compare-across', on: ['many'], at: ({ studies }) => `/compare/${studies.quick!}?view=across` },
  { name: 'compare-unknown', on: ['many'], at: to('/compare/nowhere1') },
  {
    name: 'compare-studies',
    on: ['many'],
    at: ({ studies }) => `/compare/${studies.quick!}`,
    act: tab =>
      tab
        .locator('main')
        .getByRole('button', { name: /^Study/ })
        .click(),
  },

  { name: 'inspect', on: ['empty', 'one'], at: to('/inspect') },
  {
    name: 'inspect-stack',
    on: ['many'],
    at: backstage => `${run('stack', 'full', 17)(backstage)}?length=41&seed=2`,
    act: stepTo(29),
    readme: { inspect: { theme: 'dark', width: 1280, height: 800 } },
  },
  {
    name: 'inspect-memory-use',
    on: ['many'],
    at: backstage => `${run('stack', 'full', 17)(backstage)}?length=41&seed=2`,
    async act(tab) {
      await tab.locator('[aria-label="Memory use"] summary').click()
      await tab.locator('[aria-label="Memory use"] tbody').waitFor()
      await tab
        .locator('[aria-label="Memory use"] tbody')
        .evaluate((element: { scrollIntoView: (how: object) => void }) => {
          element.scrollIntoView({ block: 'center' })
        })
    },
  },
  { name: 'inspect-long', on: ['many'], at: backstage => `${run('stack', 'full', 17)(backstage)}?length=321` },
  {
    name: 'inspect-two-runs',
    on: ['many'],
    at: backstage => `${run('stack', 'full', 17)(backstage)}?against=${backstage.studies.stack!}.frozen-memory.17`,
    act: tab => tab.getByRole('radio', { name: 'Difference' }).click(),
  },
  { name: 'inspect-nondeterministic', on: ['many'], at: run('nondeterministic', 'full', 1) },
  { name: 'inspect-unknown', on: ['many'], at: to('/inspect/nowhere1.full.1') },

  { name: 'settings', on: ['one'], at: to('/welcome'), act: press('Control+,') },
  { name: 'commands', on: ['one'], at: to('/welcome'), act: press('Control+Shift+p') },
  { name: 'quick-open', on: ['many'], at: to('/history'), act: press('Control+p') },
  { name: 'keys', on: ['many'], at: run('stack', 'full', 17), act: press('?') },
  {
    name: 'trash',
    on: ['empty', 'many'],
    at: to('/welcome'),
    async act(tab) {
      await tab.keyboard.press('Control+Shift+p')
      await tab.keyboard.type('trash')
      await tab.keyboard.press('Enter')
    },
  },
]
