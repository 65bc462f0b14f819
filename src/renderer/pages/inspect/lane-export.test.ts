import { mount } from '@vue/test-utils'
import { expect, it, vi } from 'vitest'
import { defineComponent, h, useTemplateRef } from 'vue'
import { SvgContext } from '../../../figures/svg-context.ts'
import { textWidth } from '../../../figures/text-width.ts'
import { lanesSvg } from './lane-picture.ts'
import { drawingOf, useLaneCanvas, usePointsCanvas } from './lane-canvas.ts'
import LineLane from './LineLane.vue'

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

it('draws a line only where there are numbers, and fills what is below those alone', () => {
  const context = new Proxy({}, { get: () => () => {}, set: () => true })
  const spy = vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(context as never)
  const values = Float64Array.of(NaN, 1, 1, NaN, 0.5)
  const lines = [{ name: 'model', colour: 'bad' as const, values, filled: true }]
  const view = mount(LineLane, {
    props: { lines, high: 1, columns: 5, width: 50, height: 12, range: { from: 0, to: 5 } },
  })
  const svg = new SvgContext(50, 12, 'line-')
  drawingOf(view.element as HTMLCanvasElement)!(svg as never)
  const drawn = [...new DOMParser().parseFromString(svg.toString(), 'image/svg+xml').querySelectorAll('path')]
  const paths = drawn.map(path => path.getAttribute('d')!).filter(path => !path.endsWith('Z'))
  expect(paths).toEqual([
    'M10 1L20 1L20 1L30 1',
    'M10 1L20 1L20 1L30 1L30 12L10 12',
    'M40 6L50 6',
    'M40 6L50 6L50 12L40 12',
  ])
  spy.mockRestore()
  view.unmount()
})

it('takes over names of rows as they stand: at the right of their box, and never out of it', () => {
  const words = [
    { text: 'q0, 1', x: 40, y: 10, size: 10, box: { width: 60, align: 'right' as const } },
    {
      text: 'A title that has far more words than room',
      x: 0,
      y: 30,
      size: 12,
      box: { width: 100, align: 'left' as const },
    },
  ]
  const made = new DOMParser().parseFromString(lanesSvg({ pictures: [], words }, 'light'), 'image/svg+xml')
  const [name, title] = [...made.querySelectorAll('text')]
  expect([name!.textContent, name!.getAttribute('text-anchor'), name!.getAttribute('transform')]).toEqual([
    'q0, 1',
    'end',
    'matrix(1 0 0 1 100 13.5)',
  ])
  expect(title!.textContent).toMatch(/^A title.*…$/)
  expect(textWidth(title!.textContent, 12)).toBeLessThanOrEqual(100)
})
