import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { settle } from '../testing/mount-page.ts'
import { fakeLab, type FakeLab } from '../testing/fake-lab.ts'
import { LAB } from './lab.ts'
import { useStored, type Stored } from './stored.ts'

const isText = (value: unknown): value is string => typeof value === 'string'

function host(kept: unknown) {
  let now = kept
  const set = vi.fn(({ value }: { value?: unknown }) => { now = value; return Promise.resolve(undefined) })
  return { ...fakeLab({ layout: { get: () => Promise.resolve(now), set } }), set }
}

function open({ lab }: FakeLab): { stored: Stored<string>, close: () => void } {
  let stored!: Stored<string>
  const view = mount({ setup() { stored = useStored('metric', 'first', isText); return () => null } }, { global: { provide: { [LAB as symbol]: lab } } })
  return { stored, close: () => { view.unmount() } }
}

describe('what the host keeps', () => {
  it('is read when a page is opened, and is here at once when it is opened again', async () => {
    const lab = host('kept')
    const { stored, close } = open(lab)
    expect([stored.value, stored.known.value]).toEqual(['first', false])
    await settle(0)
    expect([stored.value, stored.known.value]).toEqual(['kept', true])
    stored.value = 'chosen'
    close()
    const again = open(lab)
    expect([again.stored.value, again.stored.known.value]).toEqual(['chosen', true])
    await settle(0)
    expect([again.stored.value, lab.set.mock.calls.length]).toEqual(['chosen', 1])
    again.close()
    expect(open(host('another')).stored.value).toBe('first')
  })

  it('is followed where another window has changed it', async () => {
    const lab = host('kept')
    const { close } = open(lab)
    await settle(0)
    close()
    await lab.lab.layout.set({ key: 'metric', value: 'elsewhere' })
    const { stored } = open(lab)
    expect(stored.value).toBe('kept')
    await settle(0)
    expect(stored.value).toBe('elsewhere')
  })

  it('is known as nothing usable where it cannot be read', async () => {
    const { stored } = open(host(7))
    await settle(0)
    expect([stored.value, stored.known.value]).toEqual(['first', true])
    const refused = open(fakeLab())
    await settle(0)
    expect([refused.stored.value, refused.stored.known.value]).toEqual(['first', true])
  })
})
