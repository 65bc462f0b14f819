import { expect, it, vi } from 'vitest'
import { computed, shallowRef } from 'vue'
import { kept } from './kept.ts'

it('a kept value changes only with its key', () => {
  const rows = shallowRef([{ id: 'a', step: 1 }])
  const ids = kept(
    now => now.join(),
    () => rows.value.map(({ id }) => id),
  )
  const after = vi.fn(() => ids.value.length)
  const count = computed(after)
  expect([count.value, ids.value]).toEqual([1, ['a']])
  const first = ids.value
  rows.value = [{ id: 'a', step: 2 }]
  expect([count.value, ids.value === first]).toEqual([1, true])
  expect(after).toHaveBeenCalledTimes(1)
  rows.value = [
    { id: 'a', step: 2 },
    { id: 'b', step: 0 },
  ]
  expect([count.value, ids.value]).toEqual([2, ['a', 'b']])
})
