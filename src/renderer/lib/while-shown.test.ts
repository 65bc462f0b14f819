import { afterEach, expect, it, vi } from 'vitest'
import { setSeen } from '../testing/sight.ts'
import { whileShown } from './while-shown.ts'

afterEach(() => {
  setSeen(true)
})

it('listens while the page is seen, and not before or after', () => {
  const leave = vi.fn()
  const join = vi.fn(() => leave)
  setSeen(false)
  const end = whileShown(join)
  expect(join).not.toHaveBeenCalled()
  setSeen(true)
  setSeen(true)
  expect([join.mock.calls.length, leave.mock.calls.length]).toEqual([1, 0])
  setSeen(false)
  setSeen(true)
  expect([join.mock.calls.length, leave.mock.calls.length]).toEqual([2, 1])
  end()
  setSeen(false)
  setSeen(true)
  expect([join.mock.calls.length, leave.mock.calls.length]).toEqual([2, 2])
})
