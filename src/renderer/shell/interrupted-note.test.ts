import { afterEach, describe, expect, it } from 'vitest'
import type { QueuedRun } from '../../shared/contract/index.ts'
import { EMPTY_QUEUE, mountPage, settle } from '../testing/mount-page.ts'
import InterruptedNote from './InterruptedNote.vue'
import { useRouter } from './router.ts'

const stopped = (seed: number, status: 'interrupted' | 'paused'): QueuedRun => ({
  runId: `s.full.${seed}`,
  studyId: 's',
  studyName: 'Copying',
  planId: 'full',
  planTitle: 'Full training',
  seed,
  status,
  epochsDone: 3,
  epochs: 10,
})
const QUEUE = {
  ...EMPTY_QUEUE,
  stopped: [stopped(1, 'interrupted'), stopped(2, 'paused'), stopped(3, 'interrupted')],
  stoppedCount: 3,
  interruptedAtStart: 2,
}

describe('the offer to resume', () => {
  afterEach(() => {
    document.body.innerHTML = ''
  })

  it('names what was interrupted, and resumes that alone', async () => {
    const { view, host } = mountPage(InterruptedNote, { queue: { resume: () => Promise.resolve(EMPTY_QUEUE) } })
    await settle(0)
    host.say('queue.onChange', QUEUE)
    await settle(0)
    expect(view.get('[role=status]').text()).toContain('2 runs were interrupted when the app last ended, of “Copying”.')
    await view.findAll('button')[0]!.trigger('click')
    await settle(0)
    expect(host.asked.filter(([name]) => name.startsWith('queue.'))).toEqual([
      ['queue.resume', { runs: ['s.full.1', 's.full.3'] }],
    ])
    expect(useRouter().place.value).toMatchObject({ page: 'live', subject: 's' })
    host.say('queue.onChange', EMPTY_QUEUE)
    await settle(0)
    expect(view.find('[role=status]').exists()).toBe(false)
    view.unmount()
  })

  it('opens a queue that is held, and can be declined', async () => {
    const { view, host } = mountPage(InterruptedNote, {
      queue: { resume: () => Promise.resolve(QUEUE), open: () => Promise.resolve(EMPTY_QUEUE) },
    })
    await settle(0)
    host.say('queue.onChange', { ...QUEUE, state: 'held', interruptedAtStart: 1 })
    await settle(0)
    expect(view.text()).toContain('1 run was interrupted')
    await view.findAll('button')[0]!.trigger('click')
    await settle(0)
    expect(host.asked.filter(([name]) => name.startsWith('queue.')).map(([name]) => name)).toEqual([
      'queue.resume',
      'queue.open',
    ])
    await view.findAll('button')[1]!.trigger('click')
    expect(view.find('[role=status]').exists()).toBe(false)
    view.unmount()
  })
})
