import { mount } from '@vue/test-utils'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { INKS } from '../../figures/palette.ts'
import FigureReading from './FigureReading.vue'

const reading = (i: number) => ({ id: `p${i}`, label: `Plan ${i}`, colour: i, x: 10, y: 12.34, low: 11, high: 34.5 })

function at(place: number, { right, height, plans }: { right: number; height: number; plans: number }) {
  const view = mount(FigureReading, {
    props: {
      readings: Array.from({ length: plans }, (_, i) => reading(i)),
      marks: [],
      where: 'step 10',
      at: place,
      area: { left: 40, right, top: 10 },
      height,
      inks: INKS.light,
      write: String,
    },
  })
  const { left, right: away, width, maxWidth } = (view.element as HTMLElement).style
  const text = view.text()
  const lines = view.findAll('.entry').length
  view.unmount()
  return { left, away, width: Number.parseFloat(width), room: Number.parseFloat(maxWidth), text, lines }
}

it('stays inside a figure of any size, wherever the cursor is, and names the plans', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 140, max: 1500 }),
      fc.integer({ min: 1, max: 14 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (right, plans, share) => {
        const place = 40 + share * (right - 40)
        const { left, away, width, room, text, lines } = at(place, { right, height: 110, plans })
        const whole = right + 4
        if (whole < 340) {
          expect(Number.parseFloat(left)).toBeGreaterThanOrEqual(0)
          expect(Number.parseFloat(left) + width).toBeLessThanOrEqual(whole)
          // A line is 14 pixels high, and there is one above them.
          expect(14 * (lines + 2)).toBeLessThanOrEqual(110)
        } else if (left !== '') expect(Number.parseFloat(left) + room).toBeLessThanOrEqual(whole)
        else expect([away.startsWith('calc(100% - '), room <= place - 10]).toEqual([true, true])
        expect(text).toContain('Plan 0')
        if (lines < plans) expect(text).toContain(`and ${plans - lines} more`)
      },
    ),
    { numRuns: 40 },
  )
})
