import { mount } from '@vue/test-utils'
import { expect, it, vi } from 'vitest'
import { defineComponent, h, useTemplateRef } from 'vue'
import { lanesSvg } from './lane-picture.ts'
import { useLaneCanvas, usePointsCanvas } from './lane-canvas.ts'

const lane = (points: boolean) =>
  defineComponent({
    setup() {
      const canvas = useTemplateRef<HTMLCanvasElement>('canvas')
      const use = points ? usePointsCanvas : useLaneCanvas
      use(
        canvas,
        () => ({ width: 200, height: 20, range: { from: 2, to: 6 }, columns: 8 }),
        () => null,
        ({ ctx, x, first, last, height }) => {
          ctx.beginPath()
          for (let column = first; column < last; column++) ctx.lineTo(x(column), height / 2)
          ctx.stroke()
          ctx.fillText('a', x(first), 10)
        },
      )
      return () => h('canvas', { ref: 'canvas' })
    },
  })

it('exports lines and words of a lane as such, and a heat map as a picture with sharp points', () => {
  const context = { setTransform() {}, beginPath() {}, lineTo() {}, stroke() {}, fillText() {} }
  const spies = [
    vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(context as never),
    vi.spyOn(HTMLCanvasElement.prototype, 'toDataURL').mockReturnValue('data:points'),
  ]
  const views = [mount(lane(false)), mount(lane(true))]
  const pictures = views.map(({ element }, i) => ({
    x: 100,
    y: 30 * i,
    width: 200,
    height: 20,
    canvas: element as HTMLCanvasElement,
  }))
  const made = new DOMParser().parseFromString(lanesSvg({ pictures, words: [] }, 'light'), 'image/svg+xml')
  const drawn = made.querySelector('svg svg')!
  expect([
    drawn.getAttribute('x'),
    drawn.getAttribute('y'),
    drawn.querySelector('path')!.getAttribute('d'),
    drawn.querySelector('text')!.textContent,
  ]).toEqual(['100', '0', 'M0 10L50 10L100 10L150 10', 'a'])
  expect(
    [...made.querySelectorAll('image')].map(image => [image.getAttribute('href'), image.getAttribute('style')]),
  ).toEqual([['data:points', 'image-rendering: pixelated']])
  for (const spy of spies) spy.mockRestore()
  for (const view of views) view.unmount()
})
