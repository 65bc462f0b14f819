import { expect, it } from 'vitest'
import type { QueuedRun } from '../../../shared/contract/index.ts'
import { EMPTY_QUEUE, mountPage, settle } from '../../testing/mount-page.ts'
import QueuePanel from './QueuePanel.vue'

const waiting = (...seeds: number[]): QueuedRun[] =>
  seeds.map(seed => ({
    runId: `s.full.${seed}`,
    studyId: 's',
    studyName: 'Copying',
    planId: 'full',
    planTitle: 'Full training',
    seed,
    status: 'queued',
    epochsDone: 0,
    epochs: null,
  }))

it('moves a waiting run by keyboard, which stays on it', async () => {
  const { view, host } = mountPage(QueuePanel, { queue: { move: () => Promise.resolve(EMPTY_QUEUE) } })
  host.say('queue.onChange', { ...EMPTY_QUEUE, waiting: waiting(1, 2, 3), waitingCount: 3 })
  await settle(0)
  const second = view.findAll<HTMLElement>('.movable')[1]!
  second.element.focus()
  await second.trigger('keydown', { key: 'ArrowUp', altKey: true })
  // As a browser does with what is moved.
  second.element.blur()
  host.say('queue.onChange', { ...EMPTY_QUEUE, waiting: waiting(2, 1, 3), waitingCount: 3 })
  await settle(0)
  expect(document.activeElement?.getAttribute('aria-label')).toBe(
    'Copying · Full training · seed 2, place 1; Alt and arrows move it',
  )
  await view.findAll('.movable')[0]!.trigger('keydown', { key: 'ArrowDown', altKey: true })
  await view.findAll('.movable')[1]!.trigger('keydown', { key: 'ArrowDown', altKey: true })
  expect(host.asked.filter(([name]) => name === 'queue.move').map(([, input]) => input)).toEqual([
    { runs: ['s.full.2'], before: 's.full.1' },
    { runs: ['s.full.2'], before: 's.full.3' },
    { runs: ['s.full.1'], before: null },
  ])
  view.unmount()
})
