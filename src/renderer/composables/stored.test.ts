import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { settle } from '../testing/mount-page.ts'
import { fakeLab, type FakeLab } from '../testing/fake-lab.ts'
import { LAB } from './lab.ts'
import { useStored, type Stored } from './stored.ts'

const isText = (value: unknown): value is string => typeof value === 'string'

function host(kept: unknown) {
  let now = kept
  const set = vi.fn(({ value }: { value?: unknown }) => {
    now = value
    return Promise.resolve(undefined)
  })
  return { ...fakeLab({ layout: { get: () => Promise.resolve(now), set } }), set }
}

function open({ lab }: FakeLab) {
  const opened: { stored?: Stored<string> } = {}
  const view = mount(
    {
      setup() {
        opened.stored = useStored('metric', 'first', isText)
        return () => null
      },
    },
    { global: { provide: { [LAB as symbol]: lab } } },
  )
  const stored = (): Stored<string> => opened.stored!
  return {
    now: () => [stored().value, stored().known.value],
    choose: (value: string) => {
      stored().value = value
    },
    close: () => {
      view.unmount()
    },
  }
}

describe('what the host keeps', () => {
  it('is read when a page is opened, and is here at once when it is opened again', async () => {
    const lab = host('kept')
    const first = open(lab)
    expect(first.now()).toEqual(['first', false])
    await settle(0)
    expect(first.now()).toEqual(['kept', true])
    first.choose('chosen')
    first.close()
    const again = open(lab)
    expect(again.now()).toEqual(['chosen', true])
    await settle(0)
    expect([again.now(), lab.set.mock.calls.length]).toEqual([['chosen', true], 1])
    again.close()
    expect(open(host('another')).now()).toEqual(['first', false])
  })

  it('is followed where another window has changed it', async () => {
    const lab = host('kept')
    const first = open(lab)
    await settle(0)
    first.close()
    await lab.lab.layout.set({ key: 'metric', value: 'elsewhere' })
    const again = open(lab)
    expect(again.now()).toEqual(['kept', true])
    await settle(0)
    expect(again.now()).toEqual(['elsewhere', true])
  })

  it('is known as nothing usable where it cannot be read', async () => {
    const odd = open(host(7))
    const refused = open(fakeLab())
    await settle(0)
    expect([odd.now(), refused.now()]).toEqual([
      ['first', true],
      ['first', true],
    ])
  })
})
