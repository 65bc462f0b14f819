import { expect, it } from 'vitest'
import { parseStudy } from '../../../shared/study.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import StringChooser from './StringChooser.vue'

const spec = (longest: number) =>
  parseStudy({ name: 's', task: { id: 't' }, data: { train: { lengths: [10, longest] } } })

it('says why the lengths end before sixteen times those of training', async () => {
  const ends: unknown[] = []
  for (const longest of [256, 400]) {
    const { view } = mountPage(
      StringChooser,
      {},
      { spec: spec(longest), subject: { runId: 'r', weights: 'best' }, modelValue: { length: 40 } },
    )
    await settle(20)
    const field = view.get('[role=spinbutton]')
    ends.push([
      field.attributes('aria-valuemax'),
      field.attributes('title')?.slice(0, 22),
      view.get('.slider').attributes('title') === field.attributes('title'),
    ])
    view.unmount()
  }
  expect(ends).toEqual([
    ['4096', undefined, true],
    ['4096', 'At most 4,096 symbols:', true],
  ])
})
