import { expect, it } from 'vitest'
import { extent, legendOf, marksAt, nearestIndex, readAt, stops, without, type Figure } from './figure.ts'

const figure: Figure = {
  id: 'retention',
  title: 'Accuracy',
  x: { title: 'length' },
  y: { title: 'accuracy' },
  lines: [
    {
      id: 'full',
      label: 'Full',
      colour: 0,
      x: [40, 80, 160],
      y: [0.9, 0.8, Number.NaN],
      low: [0.85, 0.7, Number.NaN],
      high: [0.95, 0.9, Number.NaN],
    },
    {
      id: 'memory',
      label: 'Memory frozen',
      colour: 1,
      x: [40, 80, 160],
      y: [0.85, 0.82, 0.8],
      members: [{ label: 'seed 1', x: [40, 200], y: [0.5, 0.6] }],
    },
    { id: 'floor', label: 'floor', colour: 'limit', x: [0], y: [0.45], legend: null },
  ],
  boxes: [{ id: 'full', label: 'Full', colour: 0, x: 1, values: [{ label: '1', value: 0.3 }], mean: 0.3 }],
  shades: [{ from: 20, to: 60, label: 'trained' }],
}

it('spans lines, bands, members, boxes and shades', () => {
  expect(extent(figure, 'x')).toEqual([0, 200])
  expect(extent(figure, 'y')).toEqual([0.3, 0.95])
  expect(extent({ ...figure, y: { title: '', min: 0, max: 1 } }, 'y')).toEqual([0, 1])
  expect(extent({ ...figure, lines: [], boxes: [], shades: [] }, 'y')).toBeNull()
})

it('leaves out of a logarithmic axis what it cannot show', () => {
  expect(
    extent(
      {
        ...figure,
        lines: [{ id: 'a', label: '', colour: 0, x: [0, 1, 2], y: [0, -1, 5] }],
        boxes: [],
        y: { title: '', scale: 'log' },
      },
      'y',
    ),
  ).toEqual([5, 5])
})

it.each([
  [39, 0],
  [61, 1],
  [59, 0],
  [1000, 2],
])('finds the point nearest to %s', (x, index) => {
  expect(nearestIndex([40, 80, 160], x)).toBe(index)
  expect(nearestIndex([], x)).toBe(-1)
})

it('reads what lines say, the largest first, and nothing from gaps or from afar', () => {
  expect(readAt(figure, 85, 20).map(({ id, y }) => [id, y])).toEqual([
    ['memory', 0.82],
    ['full', 0.8],
  ])
  expect(readAt(figure, 160, 20).map(({ id }) => id)).toEqual(['memory'])
  expect(readAt(figure, 80, 1)[1]).toMatchObject({ low: 0.7, high: 0.9, x: 80 })
})

it('tells what is marked near the cursor, which stops there too', () => {
  const marked = {
    ...figure,
    marks: [
      { x: 60, label: 'frozen', colour: 'ice' as const },
      { x: 90, label: 'released', colour: 'ice' as const },
    ],
  }
  expect(
    [marksAt(marked, 62, 3), marksAt(marked, 75, 15), marksAt(figure, 62, 3)].map(marks =>
      marks.map(({ label }) => label),
    ),
  ).toEqual([['frozen'], ['frozen', 'released'], []])
  expect(stops(marked)).toEqual([0, 40, 60, 80, 90, 160])
})

it('knows its stops and its legend, and leaves out what is hidden', () => {
  expect(stops(figure)).toEqual([0, 40, 80, 160])
  expect(legendOf(figure).map(({ key }) => key)).toEqual(['full', 'memory'])
  const rest = without(figure, new Set(['full']))
  expect(rest.lines.map(({ id }) => id)).toEqual(['memory', 'floor'])
  expect(rest.boxes).toEqual([])
})
