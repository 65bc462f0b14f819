import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Trace } from '../../../shared/contract/index.ts'
import { runAction } from '../../shell/commands.ts'
import { replace, useRouter } from '../../shell/router.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import InspectPage from './InspectPage.vue'
import { handlers, other, record, rows, titles, trace, tracesAsked } from './testing/inspected.ts'

afterEach(() => {
  replace({ page: 'welcome' })
  document.body.replaceChildren()
})

describe('what the inspector says that it looks at', () => {
  it('shows no trace of the string before under one that is refused, and says once and in plain words why', async () => {
    replace({ page: 'inspect', subject: 'study.full.1', query: { text: '0 # 0', against: 'study.frozen-memory.1' } })
    const refused = Object.assign(new Error('string.text is "x1"; allowed: the symbols 0 1 #'), {
      code: 'bad-input',
      field: 'string.text',
    })
    const get = vi.fn(({ runId, string }: { runId: string; string?: { text?: string } }) =>
      string?.text?.includes('x') ? Promise.reject(refused) : Promise.resolve(runId === 'study.full.1' ? trace : other),
    )
    const { view } = mountPage(InspectPage, handlers(get as never))
    await settle(400)
    expect([titles(view).length > 0, view.text().includes('nats per symbol')]).toEqual([true, true])
    await view.get('.string input').setValue('01x1')
    await settle(400)
    expect(titles(view)).toEqual([])
    expect(view.find('aside').exists()).toBe(false)
    expect(view.text()).not.toContain('nats')
    expect(view.findAll('[role=alert]').map(alert => alert.text())).toEqual([
      '“x1” cannot be read. There are the symbols 0 1 #.',
    ])
    expect(view.text()).not.toContain('string.text')
    expect(view.get('.string input').attributes('aria-invalid')).toBe('true')
    await view.get('.string input').setValue('01#1')
    await settle(400)
    expect([titles(view).length > 0, view.find('[role=alert]').exists()]).toEqual([true, false])
    view.unmount()
  })

  it('names the study, the run and its weights', async () => {
    replace({ page: 'inspect', subject: 'study.full.1', query: { weights: '2' } })
    const { view } = mountPage(InspectPage, handlers())
    await settle(400)
    const header = view.get('header')
    expect([
      header.get('h1').text(),
      header.findAll('.chooser button').map(button => button.text()),
      (header.get('select').element as HTMLSelectElement).value,
      header.get('option[value="2"]').text(),
    ]).toEqual(['A stack is learnt', ['Full training · seed 1', 'nothing'], '2', 'after epoch 2'])
    view.unmount()
  })

  it('says of the next string neither what the one before cost nor what could be saved of it, until it is here', async () => {
    replace({ page: 'inspect', subject: 'study.full.1', query: { length: '3' } })
    const late: (() => void)[] = []
    const get = vi.fn(({ string }: { string: { seed?: number } }): Promise<Trace> =>
      string.seed === 1
        ? new Promise(resolve => {
            late.push(() => {
              resolve({ ...trace, nats: Float64Array.of(1, 1, 1, 1) })
            })
          })
        : Promise.resolve(trace),
    )
    const { view } = mountPage(InspectPage, handlers(get as never))
    await settle(400)
    const said = (): string => view.findAll('.topbar.second > span').at(-1)!.text()
    const exportable = (): boolean => view.find('button[aria-label="Export"]').exists()
    expect([said(), exportable()]).toEqual(['0.497 nats per symbol · after epoch 12', true])
    expect(runAction('another-string')).toBe(true)
    await settle(50)
    expect([said(), exportable(), view.get('.split').attributes('aria-busy')]).toEqual(['…', false, 'true'])
    late[0]!()
    await settle(400)
    expect([said(), exportable()]).toEqual(['1.00 nats per symbol · after epoch 12', true])
    view.unmount()
  })

  it('follows an address that names another string of the same run', async () => {
    replace({ page: 'inspect', subject: 'study.full.1', query: { length: '3' } })
    const { view, host } = mountPage(InspectPage, handlers())
    await settle(300)
    replace({ page: 'inspect', subject: 'study.full.1', query: { text: '0 # 0', weights: 'last' } })
    await settle(300)
    expect(tracesAsked(host.asked).at(-1)).toMatchObject({ weights: 'last', string: { text: '0 # 0' } })
    expect(useRouter().place.value.query).toEqual({ text: '0 # 0', weights: 'last' })
    view.unmount()
  })

  it('shows a run that is in the trash under its name, and says where it is', async () => {
    replace({ page: 'inspect', subject: 'study.full.1' })
    const own = handlers()
    const { view } = mountPage(InspectPage, {
      ...own,
      runs: {
        get: ({ runId }) => Promise.resolve({ ...record(runId), inTrash: true }),
        list: () => Promise.resolve({ rows: [rows[1]!], total: 1, offset: 0, groups: [], version: 1 }),
      },
    })
    await settle(400)
    expect(view.get('.chooser').text()).toContain('Full training · seed 1')
    expect(view.get('.topbar').text()).toContain('in the trash')
    view.unmount()
  })
})
