import { expect, it } from 'vitest'
import type { QueuedRun } from '../../../shared/contract/index.ts'
import { EMPTY_QUEUE, mountPage, settle } from '../../testing/mount-page.ts'
import QueuePanel from './QueuePanel.vue'

it('puts runs of one study under its name, with plan and seed in full', async () => {
  const { view, host } = mountPage(QueuePanel)
  const name = 'Which parts of a nondeterministic stack need training on unmarked reversal?'
  const of = (studyId: string, run: QueuedRun): QueuedRun => ({
    ...run,
    studyId,
    studyName: `${name} ${studyId}`,
    runId: `${studyId}.${run.runId}`,
  })
  const [one, two, three] = waiting(1, 2, 3)
  host.say('queue.onChange', {
    ...EMPTY_QUEUE,
    waiting: [of('a', one!), of('a', two!), of('b', one!), of('a', three!)],
    waitingCount: 4,
  })
  await settle(0)
  expect(view.findAll('h4, .movable').map(line => line.text())).toEqual([
    `${name} a`,
    'Full trainingseed 1',
    'Full trainingseed 2',
    `${name} b`,
    'Full trainingseed 1',
    `${name} a`,
    'Full trainingseed 3',
  ])
  view.unmount()
})

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
