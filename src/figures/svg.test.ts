// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { figureSvg } from './draw.ts'
import { figureCsv } from './figure-table.ts'
import type { Figure } from './figure.ts'
import { INKS } from './palette.ts'
import { SvgContext } from './svg-context.ts'

const figure: Figure = {
  id: 'loss',
  title: 'Loss & more',
  caption: 'Mean and 95 % interval over 3 seeds',
  x: { title: 'epoch', format: 'whole' },
  y: { title: 'nats per symbol' },
  lines: [
    {
      id: 'full',
      label: 'Full, "all"',
      colour: 0,
      x: [0, 1, 2],
      y: [1, 0.5, 0.25],
      low: [0.9, 0.4, 0.2],
      high: [1.1, 0.6, 0.3],
      members: [{ label: 'seed 1', x: [0, 2], y: [1, 0.25] }],
    },
  ],
  boxes: [
    {
      id: 'full',
      label: 'Full',
      colour: 0,
      x: 1,
      values: [
        { label: 'seed 1', value: 0.25 },
        { label: 'seed 2', value: 0.5 },
      ],
      mean: 0.375,
      interval: [0.25, 0.5],
    },
  ],
  shades: [{ from: 0, to: 1, label: 'training' }],
  marks: [{ x: 1, label: 'memory frozen', colour: 'ice' }],
}

const parse = (svg: string): Document => new DOMParser().parseFromString(svg, 'image/svg+xml')

describe('SVG of a figure', () => {
  const document = parse(figureSvg(figure, { width: 640, height: 400 }))
  const words = [...document.querySelectorAll('text')].map(({ textContent }) => textContent)

  it('is well-formed and as large as asked', () => {
    expect(document.querySelector('parsererror')).toBeNull()
    expect(document.documentElement.getAttribute('viewBox')).toBe('0 0 640 400')
  })

  it('says its title, caption, axes, legend and training range', () => {
    for (const word of [
      'Loss & more',
      'Mean and 95 % interval over 3 seeds',
      'epoch',
      'nats per symbol',
      'Full, "all"',
      'training',
    ])
      expect(words).toContain(word)
  })

  it('draws the line through its points, in the colour of its plan', () => {
    const drawn = [...document.querySelectorAll('path')].find(
      path =>
        path.getAttribute('stroke') === INKS.light.plans[0] &&
        path.getAttribute('stroke-width') === '2' &&
        path.hasAttribute('clip-path'),
    )
    const points = [...new Set(drawn!.getAttribute('d')!.match(/-?[\d.]+ -?[\d.]+/g)!)].map(point =>
      point.split(' ').map(Number),
    )
    expect(points).toHaveLength(3)
    const [[x0, y0], [x1, y1], [x2, y2]] = points as [[number, number], [number, number], [number, number]]
    expect(x1 - x0).toBeCloseTo(x2 - x1, 1)
    // Values 1, 0.5, 0.25: the first step down is twice the second.
    expect((y1 - y0) / (y2 - y1)).toBeCloseTo(2, 1)
  })

  it('has the band as an area of six corners', () => {
    const areas = [...document.querySelectorAll('path')].filter(
      path => path.getAttribute('fill') === INKS.light.plans[0] && path.getAttribute('fill-opacity') === '0.16',
    )
    expect(areas.map(area => area.getAttribute('d')!.match(/[ML]/g)!.length)).toEqual([6])
  })
})

it('leaves gaps on a logarithmic axis where a value is not above 0', () => {
  const frozen: Figure = {
    ...figure,
    boxes: [],
    y: { title: 'L2 norm', scale: 'log' },
    lines: [
      {
        id: 'a',
        label: 'A',
        colour: 0,
        x: [0, 1, 2, 3, 4, 5],
        y: [1, 2, 0, 0, 2, 1],
        low: [1, 1, 0, 0, 1, 1],
        high: [2, 3, 1, 1, 3, 2],
      },
    ],
  }
  const areas = [...parse(figureSvg(frozen)).querySelectorAll('path')].filter(
    path => path.getAttribute('fill') === INKS.light.plans[0] && path.getAttribute('fill-opacity') === '0.16',
  )
  expect(areas.map(area => area.getAttribute('d')!.match(/[ML]/g)!.length)).toEqual([4, 4])
  const lines = [...parse(figureSvg(frozen)).querySelectorAll('path')].filter(
    path => path.getAttribute('stroke-width') === '2' && path.hasAttribute('clip-path'),
  )
  const drawn = lines.flatMap(line => line.getAttribute('d')!.match(/-?[\d.]+ -?[\d.]+/g)!)
  expect(new Set(drawn).size).toBe(4)
})

it('writes the numbers of a figure as CSV', () => {
  expect(figureCsv(figure).split('\r\n').slice(0, 5)).toEqual([
    'series,part,epoch,nats per symbol,low,high',
    '"Full, ""all""",line,0,1,0.9,1.1',
    '"Full, ""all""",line,1,0.5,0.4,0.6',
    '"Full, ""all""",line,2,0.25,0.2,0.3',
    '"Full, ""all""",seed 1,0,1,,',
  ])
  expect(figureCsv(figure)).toContain('Full,mean,1,0.375,0.25,0.5\r\nmemory frozen,mark,1,,,\r\n')
})

describe('SvgContext', () => {
  it('applies the transformation that was in force when a point was named', () => {
    const context = new SvgContext(100, 100)
    context.save()
    context.translate(10, 20)
    context.rotate(Math.PI / 2)
    context.beginPath()
    context.moveTo(5, 0)
    context.restore()
    context.lineTo(1, 1)
    context.stroke()
    expect(context.toString()).toContain('d="M10 25L1 1"')
  })

  it('draws a circle as two arcs and closes clips in one another', () => {
    const context = new SvgContext(100, 100)
    context.beginPath()
    context.rect(0, 0, 50, 50)
    context.clip()
    context.beginPath()
    context.rect(0, 0, 20, 20)
    context.clip()
    context.beginPath()
    context.arc(50, 50, 10, 0, 2 * Math.PI)
    context.fillStyle = '#11223380'
    context.fill()
    const svg = context.toString()
    expect(svg).toContain('M60 50A10 10 0 0 1 40 50A10 10 0 0 1 60 50')
    expect(svg).toContain('<clipPath id="clip1" clip-path="url(#clip0)">')
    expect(svg).toContain('fill="#112233" fill-opacity="0.5" clip-path="url(#clip1)"')
  })

  it('outlines words, in a colour with its opacity apart', () => {
    const context = new SvgContext(10, 10)
    context.strokeStyle = 'rgb(13 18 23 / 80%)'
    context.lineWidth = 2.5
    context.strokeText('a', 1, 2)
    expect(context.toString()).toContain(
      ' fill="none" stroke="#0d1217" stroke-opacity="0.8" stroke-width="2.5" font-family',
    )
  })

  it('escapes words', () => {
    const context = new SvgContext(10, 10)
    context.font = 'italic 600 12px "A B"'
    context.fillText('<a & b>', 1, 2)
    expect(context.toString()).toContain(
      'font-family="&quot;A B&quot;" font-size="12" font-weight="600" font-style="italic" text-anchor="start">&lt;a &amp; b&gt;</text>',
    )
  })
})
