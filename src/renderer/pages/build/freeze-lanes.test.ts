import { expect, it } from 'vitest'
import { mount } from '@vue/test-utils'
import type { FreezePlan } from '../../../shared/study.ts'
import FreezeLanes from './FreezeLanes.vue'

const plan: FreezePlan = { id: 'p', freeze: [{ what: 'memory', from: 'start', until: { epoch: 4 } }] }
function lanes() {
  const changes: FreezePlan[] = []
  const view = mount(FreezeLanes, {
    props: {
      plan,
      components: ['controller', 'memory'],
      groups: ['controller.recurrent', 'memory.actions', 'memory.value'],
      epochs: 10,
      onChange: (next: FreezePlan) => {
        changes.push(next)
      },
    },
    attachTo: document.body,
  })
  return {
    view,
    changes,
    tracks: () => view.findAll('.track').map(track => track.attributes('aria-label')!.split('.')[0]),
  }
}

it('unfolds and folds the groups of a component', async () => {
  const { view, tracks } = lanes()
  const folds = view.findAll('button[aria-expanded]')
  expect([folds.map(fold => fold.attributes('aria-label')), view.findAll('.track').length]).toEqual([
    ['Parameter groups of memory'],
    2,
  ])
  await folds[0]!.trigger('click')
  expect(folds[0]!.attributes('aria-expanded')).toBe('true')
  expect(view.findAll('.track').map(track => track.attributes('aria-label'))).toEqual([
    'controller: trained. Enter freezes it throughout.',
    'memory: memory frozen from the start to epoch 4. Enter freezes it throughout.',
    'memory.actions: memory frozen from the start to epoch 4. Enter freezes it throughout.',
    'memory.value: memory frozen from the start to epoch 4. Enter freezes it throughout.',
  ])
  expect(view.findAll('.inherited')).toHaveLength(2)
  await folds[0]!.trigger('click')
  expect(tracks()).toHaveLength(2)
  view.unmount()
})

it('freezes a single group by dragging on its lane, and by the keyboard', async () => {
  const { view, changes } = lanes()
  await view.find('button[aria-expanded]').trigger('click')
  const track = view.findAll('.track')[2]!
  const element = track.element as HTMLElement
  element.setPointerCapture = () => {}
  element.getBoundingClientRect = () => ({ left: 0, width: 100 }) as DOMRect
  await track.trigger('pointerdown', { button: 0, clientX: 20 })
  await track.trigger('pointermove', { clientX: 70 })
  await track.trigger('pointerup')
  await view.findAll('.track')[3]!.trigger('keydown', { key: 'Enter' })
  expect(changes.map(({ freeze }) => freeze.at(-1))).toEqual([
    { what: 'memory.actions', from: { epoch: 2 }, until: { epoch: 7 } },
    { what: 'memory.value', from: 'start', until: 'end' },
  ])
  view.unmount()
})
