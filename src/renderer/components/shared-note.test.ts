import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mount, type VueWrapper } from '@vue/test-utils'
import { LabError } from '../../shared/errors.ts'
import { fakeLab } from '../testing/fake-lab.ts'
import { LAB } from '../composables/lab.ts'
import SharedNote from './SharedNote.vue'

/** What the host keeps, and the windows that show it: each is told of a change at the next turn. */
function windows(count: number, first = 'first') {
  let kept = first
  const writes: string[] = []
  const views: VueWrapper[] = []
  const write = (note: string, was: string): Promise<void> => {
    if (was !== kept) return Promise.reject(new LabError('stale', 'This note was changed in another window meanwhile.'))
    kept = note
    writes.push(note)
    setTimeout(() => views.forEach(view => void view.setProps({ text: kept })))
    return Promise.resolve()
  }
  for (let i = 0; i < count; i++)
    views.push(
      mount(SharedNote, {
        props: { text: kept, write, read: () => Promise.resolve(kept) },
        global: { provide: { [LAB as symbol]: fakeLab().lab } },
        attachTo: document.body,
      }),
    )
  return {
    views,
    writes,
    kept: () => kept,
    shown: () => views.map(view => (view.get('textarea').element as HTMLTextAreaElement).value),
  }
}
const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds)
const press = (view: VueWrapper, text: string): Promise<void> =>
  view
    .findAll('button')
    .find(button => button.text() === text)!
    .trigger('click')

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  document.body.replaceChildren()
})

describe('a note in two windows', () => {
  it('is followed live, but not under the hands of somebody who types', async () => {
    const { views, shown, writes } = windows(2)
    await views[0]!.get('textarea').setValue('mine')
    await pass(500)
    expect([shown(), writes]).toEqual([['mine', 'mine'], ['mine']])
    // Typed a moment ago, and stored: what another window writes waits until the hands rest.
    await views[1]!.get('textarea').setValue('mine and theirs')
    await pass(500)
    expect(shown()).toEqual(['mine', 'mine and theirs'])
    await pass(3_000)
    expect(shown()).toEqual(['mine and theirs', 'mine and theirs'])
    for (const view of views) view.unmount()
  })

  it.each([
    ['Keep mine', 'second window', 'second window'],
    ['Take theirs', 'first window', 'first window'],
    ['Keep both', 'first window\n\nsecond window', 'first window\n\nsecond window'],
  ])('that was typed in both is offered in both versions: %s', async (choice, result, stored) => {
    const { views, shown, kept, writes } = windows(2)
    await views[0]!.get('textarea').setValue('first window')
    await views[1]!.get('textarea').setValue('second window')
    await pass(2_000)
    expect([kept(), shown()]).toEqual(['first window', ['first window', 'second window']])
    const offer = views[1]!.get('[role=alert]')
    expect(offer.findAll('p').map(text => text.text())).toEqual(['second window', 'first window'])
    expect(views[0]!.find('[role=alert]').exists()).toBe(false)
    await press(views[1]!, choice)
    await pass(4_000)
    expect([kept(), shown(), views[1]!.find('[role=alert]').exists()]).toEqual([stored, [result, result], false])
    expect(writes.length).toBe(choice === 'Take theirs' ? 1 : 2)
    for (const view of views) view.unmount()
  })

  it('that is undecided when its window goes is kept, below the other one', async () => {
    const { views, kept } = windows(2)
    await views[0]!.get('textarea').setValue('first window')
    await views[1]!.get('textarea').setValue('second window')
    await pass(2_000)
    views[1]!.unmount()
    await pass(0)
    expect(kept()).toBe('first window\n\nsecond window')
    views[0]!.unmount()
  })

  it('is stored when its window goes while something is still to be written', async () => {
    const { views, kept } = windows(1)
    await views[0]!.get('textarea').setValue('typed')
    views[0]!.unmount()
    await pass(0)
    expect(kept()).toBe('typed')
  })
})
