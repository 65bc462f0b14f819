import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, shallowRef } from 'vue'
import NumberInput from './NumberInput.vue'

/** A field over a value of its own, as a page has it. */
function field(initial: unknown, props: Record<string, unknown> = {}, locale = 'en-US') {
  vi.spyOn(navigator, 'language', 'get').mockReturnValue(locale)
  const value = shallowRef<unknown>(initial)
  const told: unknown[] = []
  const view = mount(
    defineComponent(
      () => () =>
        h(NumberInput, {
          ...props,
          value: value.value,
          onChange: (next: unknown) => {
            value.value = next
            told.push(next)
          },
        }),
    ),
    { attachTo: document.body },
  )
  const input = view.get<HTMLInputElement>('input')
  const put = (text: string): Promise<void> => {
    input.element.value = text
    return input.trigger('input')
  }
  const type = async (text: string): Promise<void> => {
    // As keys do: a character at a time.
    for (let length = text === '' ? 0 : 1; length <= text.length; length++) await put(text.slice(0, length))
  }
  const leave = () => input.trigger('blur')
  return { view, value, told, input, put, type, leave, alert: () => view.find('[role=alert]') }
}

afterEach(() => {
  vi.restoreAllMocks()
  document.body.innerHTML = ''
})

describe('a number field', () => {
  it.each(['en-US', 'de-DE'])('takes a comma for what it is, in %s', async locale => {
    const rate = field(0.003, { keepsText: true }, locale)
    for (const [text, meant] of [
      ['0,01', 0.01],
      ['0.01', 0.01],
      ['0,25', 0.25],
      ['1.000,5', 1000.5],
      ['1,000.5', 1000.5],
      ['1e-3', 0.001],
      ['−2', -2],
    ] as const) {
      await rate.type(text)
      expect([rate.value.value, rate.input.element.value]).toEqual([meant, text])
      await rate.leave()
      expect([rate.value.value, rate.input.element.value]).toEqual([meant, String(meant)])
    }
  })

  it('never holds another number than the one typed: what can be read in two ways is kept as it was typed', async () => {
    const strings = field(10_000, { whole: true, keepsText: true }, 'de-DE')
    await strings.type('2.000')
    await strings.leave()
    expect([strings.value.value, strings.input.element.value]).toEqual(['2.000', '2.000'])
    await strings.type('')
    expect([strings.value.value, strings.input.element.value]).toEqual(['', ''])
  })

  it('keeps the cursor and what was typed through every state', async () => {
    const rate = field(0.003, { keepsText: true })
    rate.input.element.focus()
    for (const text of ['', '0', '0.', '0.0', '0.02', '', 'x', '5']) {
      await rate.put(text)
      expect([document.activeElement, rate.input.element.value]).toEqual([rate.input.element, text])
    }
    rate.value.value = 0.5
    await rate.view.vm.$nextTick()
    expect(rate.input.element.value).toBe('0.5')
  })

  it('says itself what is wrong where nobody else does, and then tells nothing', async () => {
    const workers = field(2, { whole: true, min: 1, max: 256, empty: true })
    await workers.type('1.000')
    expect([workers.value.value, workers.alert().text(), workers.input.attributes('aria-invalid')]).toEqual([
      1,
      '“1.000” can be read as 1 or as 1000: write 1 or 1000',
      'true',
    ])
    for (const [text, problem] of [
      ['0', 'at least 1'],
      ['257', 'at most 256'],
      ['1.5', 'needs a whole number'],
      ['two', '“two” is no number'],
    ] as const) {
      await workers.put(text)
      await workers.leave()
      expect([workers.alert().text(), workers.input.element.value]).toEqual([problem, text])
    }
    expect(workers.told.filter(value => value !== 1)).toEqual([])
    await workers.put('')
    expect([workers.value.value, workers.alert().exists()]).toEqual([null, false])
    const seconds = field(30, { whole: true, min: 1 })
    await seconds.put('')
    expect([seconds.value.value, seconds.alert().text()]).toEqual([30, 'needs a number'])
  })

  it('is a spin button for whole numbers, within its range', async () => {
    const epochs = field(2, { whole: true, min: 1, max: 4 })
    expect(epochs.input.attributes()).toMatchObject({
      type: 'text',
      role: 'spinbutton',
      'aria-valuenow': '2',
      'aria-valuemin': '1',
      'aria-valuemax': '4',
    })
    await epochs.input.trigger('keydown', { key: 'ArrowUp' })
    await epochs.input.trigger('keydown', { key: 'PageUp' })
    await epochs.input.trigger('keydown', { key: 'PageDown' })
    expect(epochs.told).toEqual([3, 4, 1])
    expect(field(0.5).input.attributes('role')).toBeUndefined()
  })
})
