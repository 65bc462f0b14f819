import { afterEach, describe, expect, it } from 'vitest'
import type { Catalog } from '../../../shared/contract/index.ts'
import { forgetPrices } from '../../composables/presets.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import WelcomePage from './WelcomePage.vue'

const SECONDS: Readonly<Record<string, number>> = { 'quick-look': 42, long: 200_000, short: 400 }
const preset = (id: string): Catalog['presets'][number] => ({
  id,
  title: `Study ${id}`,
  description: `What ${id} shows, in a first sentence that is long enough for two lines of any card. And more.`,
  content: { name: id },
})

describe('the welcome page', () => {
  afterEach(() => {
    forgetPrices()
    document.body.innerHTML = ''
  })

  it('says beside every preset what it takes here, the cheapest first, and cuts no sentence', async () => {
    const asked: string[] = []
    const { view } = mountPage(WelcomePage, {
      catalog: {
        get: () =>
          Promise.resolve({
            tasks: [],
            controllers: [],
            memories: [],
            optimizers: [],
            plans: [],
            devices: [],
            presets: ['long', 'treebank', 'quick-look', 'short'].map(preset),
            defaults: {},
            beginning: {},
          }),
      },
      studies: { list: () => Promise.resolve([]) },
      preview: {
        estimate: ({ content }) => {
          const { name } = content as { name: string }
          asked.push(name)
          const seconds = SECONDS[name]
          return seconds === undefined
            ? Promise.reject(new Error('no text'))
            : Promise.resolve({
                device: 'wasm',
                runs: 12,
                steps: 1,
                plans: [],
                seconds,
                workers: 2,
                disk: 0,
                memory: 0,
                free: { disk: null, memory: null },
              })
        },
      },
    })
    await settle(50)
    expect(asked[0]).toBe('quick-look')
    expect(view.get('.about').text()).toMatch(/^about 40 s ?What quick-look shows/)
    expect(view.findAll('.presets button').map(button => button.find('.line').text())).toEqual([
      'Study shortabout 7 min',
      'Study longabout 2 days',
      'Study treebankneeds its text',
    ])
    expect(view.get('.presets button .soft').text()).toBe(
      'What short shows, in a first sentence that is long enough for two lines of any card.',
    )
    view.unmount()
  })
})
