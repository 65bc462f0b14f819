import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FullRun, IdealStacks, OptimalPrediction, Trace } from '../../../shared/contract/index.ts'
import { colourMap, domainOf, paintMatrix, valueAt } from '../../charts/colour-map.ts'
import { sampleTrace } from '../../testing/sample-trace.ts'
import { secondFrom, secondQuery, stringFrom, stringQuery } from './address.ts'
import { traceArrays } from './export-trace.ts'
import { boardIn, lanesSvg } from './lane-picture.ts'
import { keeper } from './keeper.ts'
import { lengthAt, placeOf } from './lengths.ts'
import { titleOf } from './titles.ts'
import { depthsIn, idealMove, idealTop, lanesOf } from './lanes.ts'
import { epochOf, frozenSpans, placeOfEpoch, stopsOf } from './training-line.ts'
import {
  cellsAt,
  cellsOf,
  columnsOf,
  difference,
  disagreement,
  END,
  errors,
  firstDivergence,
  guessAt,
  lengthsMatrix,
  matrixDomain,
  nameOf,
  revealing,
  shifted,
  targetAt,
  unitMatrix,
  unitsMatrix,
  usedRows,
  zoomed,
} from './trace-view.ts'

describe('a trace', () => {
  const trace = sampleTrace()

  it('has a column more than symbols, and the end as its last target', () => {
    expect(columnsOf(trace)).toBe(4)
    expect([0, 1, 2, 3].map(column => nameOf(trace, targetAt(trace, column)))).toEqual(['0', '#', '0', END])
    expect([0, 1, 2, 3].map(column => nameOf(trace, guessAt(trace, column)))).toEqual(['1', '#', '0', END])
  })

  it('is wrong only where the next symbol could be known', () => {
    const optimal = (...rows: number[][]): OptimalPrediction => ({
      probabilities: Float32Array.from(rows.flat()),
      lengths: [3],
      nats: new Float64Array(4),
    })
    expect(errors(trace, null)).toEqual([0])
    const coin = [0.5, 0.5, 0, 0]
    expect(errors(trace, optimal(coin, [0, 0, 1, 0], coin, [0, 0, 0, 1]))).toEqual([])
    expect(errors(trace, optimal([0.9, 0.1, 0, 0], coin, [0.5, 0.5, 0, 0], coin))).toEqual([0, 1, 3])
    expect(errors(trace, optimal([0.504, 0.496, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]))).toEqual([])
  })

  it('makes lanes of its tensors, the memory’s first', () => {
    expect(lanesOf(trace).map(({ id, kind, title }) => [id, kind, title])).toEqual([
      ['memory.actions.0', 'actions', 'Stack actions'],
      ['memory.cells', 'depth', 'Stack contents'],
      ['memory.reading', 'units', 'Reading'],
      ['controller.hidden', 'units', 'Hidden units'],
      ['controller.inputGate', 'units', 'Input gate'],
    ])
    const [actions] = lanesOf(trace)
    if (actions?.kind !== 'actions') throw new Error('no actions')
    expect([0, 1, 2].map(action => Math.round(actions.actions.at(1, action) * 10) / 10)).toEqual([0.7, 0.1, 0.2])
  })

  it('takes for a stack what the memory declares as one, and nothing else', () => {
    const tensor = (name: string, shape: number[], rows: number | null = null): Trace['tensors'][number] => ({
      name,
      shape,
      rows,
      labels: null,
      data: new Float32Array(shape.reduce((a, b) => a * b)),
      lengths: null,
    })
    const tensors = [
      tensor('memory.actions', [4, 2, 3]),
      tensor('memory.cells', [4, 5, 6], 5),
      tensor('memory.heads', [4, 2, 3]),
    ]
    const kinds = (stack: Trace['stack']) =>
      lanesOf({ tensors, stack }).map(lane => [
        lane.id,
        lane.kind,
        ...(lane.kind === 'depth' ? [lane.units.from, lane.units.count, lane.stack] : []),
      ])
    expect(kinds(null)).toEqual([
      ['memory.cells', 'depth', 0, 6, false],
      ['memory.actions', 'units'],
      ['memory.heads', 'units'],
    ])
    expect(kinds({ kind: 'superposition', actions: 'memory.actions', cells: 'memory.cells', widths: [2, 4] })).toEqual([
      ['memory.actions.0', 'actions'],
      ['memory.actions.1', 'actions'],
      ['memory.cells.0', 'depth', 0, 2, true],
      ['memory.cells.1', 'depth', 2, 4, true],
      ['memory.heads', 'units'],
    ])
    const automaton = lanesOf({
      tensors: [
        tensor('memory.pushWeights', [4, 16]),
        tensor('controller.hidden', [4, 3]),
        tensor('memory.distribution', [4, 4]),
      ],
      stack: {
        kind: 'automaton',
        distribution: 'memory.distribution',
        states: 2,
        alphabet: 2,
        window: 9,
        sealed: false,
      },
    })
    expect(automaton.map(({ id }) => id)).toEqual(['memory.distribution', 'controller.hidden', 'memory.pushWeights'])
  })

  it('counts what its stacks hold, from push less pop', () => {
    expect(depthsIn(trace).map(values => Array.from(values, value => Math.round(value * 10) / 10))).toEqual([
      [0, 0.6, 1.3, 0.6],
    ])
    expect(depthsIn({ ...trace, stack: null })).toEqual([])
  })

  it('keeps strengths with their values, and numbers of one component together', () => {
    const tensors: Trace['tensors'] = [
      {
        name: 'memory.values',
        shape: [4, 2, 3],
        rows: 2,
        labels: null,
        data: new Float32Array(24),
        lengths: new Float32Array(8),
      },
      { name: 'memory.strengths', shape: [4, 2], rows: 2, labels: null, data: new Float32Array(8), lengths: null },
      { name: 'memory.push', shape: [4], rows: null, labels: null, data: new Float32Array(4), lengths: null },
      { name: 'memory.pop', shape: [4], rows: null, labels: null, data: new Float32Array(4), lengths: null },
    ]
    const lanes = lanesOf({
      tensors,
      stack: {
        kind: 'strengths',
        push: 'memory.push',
        pop: 'memory.pop',
        strengths: 'memory.strengths',
        cells: 'memory.values',
      },
    })
    expect(lanes.map(({ kind, title }) => [kind, title])).toEqual([
      ['lines', 'Push, Pop'],
      ['depth', 'Stack contents'],
    ])
    expect(lanes[1]).toMatchObject({ strengths: { name: 'memory.strengths' } })
    expect(['controller.forgetGate2', 'memory.writeHead2'].map(name => titleOf(name).title)).toEqual([
      'Forget gate, layer 2',
      'Memory write head 2',
    ])
  })

  it('shows cells by their length or by one unit', () => {
    const tensor = trace.tensors.find(({ name }) => name === 'memory.cells')!
    const one = { from: 0, count: 2, stack: 0 }
    const lengths = lengthsMatrix({ tensor }, one)
    expect([valueAt(lengths, 1, 0), valueAt(lengths, 2, 1), lengths.columns, lengths.rows]).toEqual([5, 5, 4, 3])
    expect(valueAt(unitMatrix(tensor, tensor.data, one, 1), 1, 0)).toBe(4)
    expect(valueAt(cellsAt(tensor, tensor.data, 2, one), 0, 1)).toBe(3)
    expect(usedRows(lengths)).toBe(2)
    expect(usedRows({ ...lengths, values: new Float32Array(12) })).toBe(1)
    const late = { ...tensor, data: new Float32Array() }
    expect([
      cellsOf(tensor, null),
      cellsOf(late, null),
      cellsOf(late, new Map([['memory.cells', tensor.data]])),
    ]).toEqual([tensor.data, null, tensor.data])
  })

  it('tells stacks that lie side by side apart', () => {
    const tensor = {
      name: 'memory.cells',
      shape: [1, 2, 3],
      rows: 2,
      labels: null,
      data: Float32Array.of(3, 4, 7, 0, 1, -2),
      lengths: Float32Array.of(5, 7, 1, 2),
    }
    const [first, second] = [
      { from: 0, count: 2, stack: 0 },
      { from: 2, count: 1, stack: 1 },
    ]
    expect([first, second].map(units => [0, 1].map(row => valueAt(lengthsMatrix({ tensor }, units), 0, row)))).toEqual([
      [5, 1],
      [7, 2],
    ])
    expect(valueAt(unitMatrix(tensor, tensor.data, second, 0), 0, 1)).toBe(-2)
    expect(matrixDomain(lengthsMatrix({ tensor }, first))).toEqual({ kind: 'sequential', low: 0, high: 5 })
  })

  it('is exported with everything in it, by its names', () => {
    const own = [
      ['controller.hidden', [4, 2]],
      ['controller.inputGate', [4, 2]],
      ['memory.cells', [4, 3, 2]],
      ['memory.reading', [4, 2]],
      ['memory.actions', [4, 1, 3]],
    ]
    const ideal = {
      symbols: ['0', '1'],
      certain: true,
      depth: Float64Array.of(0, 1, 1, 0),
      rows: 1,
      content: new Float32Array(8),
      moves: new Float32Array(12),
    }
    const arrays = traceArrays(trace, {
      optimal: { probabilities: trace.probabilities, lengths: [3], nats: trace.nats },
      second: trace,
      ideal,
    })
    expect(arrays.map(({ name, shape }) => [name, shape])).toEqual([
      ['symbols', [3]],
      ['probabilities', [4, 4]],
      ['nats', [4]],
      ...own,
      ['optimal.probabilities', [4, 4]],
      ['optimal.nats', [4]],
      ['ideal.depth', [4]],
      ['ideal.content', [4, 1, 2]],
      ['ideal.moves', [4, 3]],
      ['second.probabilities', [4, 4]],
      ['second.nats', [4]],
      ...own.map(([name, shape]) => [`second.${String(name)}`, shape]),
    ])
    for (const { shape, data } of arrays) expect(data).toHaveLength(shape.reduce((a, b) => a * b, 1))
  })

  it('is drawn as it is seen: what lies over a lane, its title, its rows and the steps', () => {
    document.body.innerHTML = `<div class="board"><div class="ruler"><span>10</span></div><div class="lane"><div class="name"><span class="clip">Stack &amp; more</span><span class="names"><span>0</span></span></div><div class="canvas"><canvas id="below"></canvas><canvas id="over"></canvas></div></div></div>`
    const { pictures, words } = boardIn(document.querySelector<HTMLElement>('.board')!, [])
    expect(pictures.map(({ canvas }) => canvas.id)).toEqual(['below', 'over'])
    expect(words.map(({ text }) => text)).toEqual(['10', 'Stack & more', '0'])
    const picture = (id: string, at: number) => ({
      x: 100,
      y: at,
      width: 300,
      height: 40,
      canvas: { toDataURL: () => `data:${id}` } as HTMLCanvasElement,
    })
    const svg = lanesSvg(
      { pictures: [picture('below', 20), picture('over', 20)], words: [{ text: 'a < b', x: 4, y: 12, size: 11 }] },
      'light',
    )
    const made = new DOMParser().parseFromString(svg, 'image/svg+xml')
    expect(made.querySelector('parsererror')).toBeNull()
    expect(
      [...made.querySelectorAll('image')].map(image => [image.getAttribute('href'), image.getAttribute('style')]),
    ).toEqual([
      ['data:below', 'image-rendering: pixelated'],
      ['data:over', 'image-rendering: pixelated'],
    ])
    expect([made.documentElement.getAttribute('viewBox'), made.querySelector('text')!.textContent]).toEqual([
      '0 0 420 72',
      'a < b',
    ])
    document.body.innerHTML = ''
  })

  it('diverges where two runs tell the next symbol differently', () => {
    const other = { ...trace, probabilities: Float32Array.from(trace.probabilities) }
    other.probabilities.set([0.1, 0.1, 0.1, 0.7], 8)
    expect(firstDivergence(trace, trace)).toBe(-1)
    expect(firstDivergence(trace, other)).toBe(2)
    expect(disagreement(trace, other)[2]).toBeCloseTo(0.6)
  })
})

describe('the ideal stack', () => {
  const ideal: IdealStacks = {
    symbols: ['0', '1'],
    certain: false,
    depth: Float64Array.of(0, 1, 0.8, NaN),
    rows: 1,
    content: Float32Array.of(0, 0, 0, 1, 0.4, 0.2, 0, 0),
    moves: Float32Array.of(0, 0, 0, 1, 0, 0, 0.3, 0.1, 0.6, 0, 0, 0),
  }

  it('has a likeliest top and move, or none', () => {
    expect([0, 1, 2, 3].map(column => idealTop(ideal, column))).toEqual([2, 1, 0, null])
    expect([0, 1, 2, 3].map(column => idealMove(ideal, column))).toEqual([null, 'pushes', 'holds', null])
    expect(idealTop({ ...ideal, rows: 0, content: new Float32Array(0) }, 0)).toBe(2)
  })
})

describe('the line of training', () => {
  const checkpoints = [
    { which: 'best', epoch: 6 },
    { which: 'last', epoch: 9 },
  ] as FullRun['checkpoints']
  const snapshots = [0, 1, 4, 9].map(epoch => ({ epoch })) as FullRun['snapshots']

  it('has a stop for each epoch whose weights are there', () => {
    expect(stopsOf({ snapshots, checkpoints }).map(({ epoch, weights }) => [epoch, weights])).toEqual([
      [0, { epoch: 0 }],
      [1, { epoch: 1 }],
      [4, { epoch: 4 }],
      [7, 'best'],
      [9, { epoch: 9 }],
    ])
    expect(stopsOf({ snapshots: [], checkpoints }).map(({ epoch, weights }) => [epoch, weights])).toEqual([
      [7, 'best'],
      [9, 'last'],
    ])
    expect([
      epochOf('best', { checkpoints }),
      epochOf('last', { checkpoints }),
      epochOf({ epoch: 4 }, { checkpoints }),
      epochOf('best', { checkpoints: [] }),
    ]).toEqual([7, 9, 4, null])
  })

  it('shows what was frozen when', () => {
    const freezes = [
      { epoch: 0, action: 'freeze', parameters: ['memory.a.w', 'memory.a.b'], reason: '' },
      { epoch: 3, action: 'release', parameters: ['memory.a.b', 'memory.a.w'], reason: '' },
      { epoch: 5, action: 'freeze', parameters: ['controller.r.w'], reason: '' },
    ] as FullRun['freezes']
    expect(frozenSpans(freezes, 9)).toEqual([
      { what: 'memory', from: 0, to: 3 },
      { what: 'controller', from: 5, to: 9 },
    ])
  })

  it('gives early epochs room', () => {
    expect([placeOfEpoch(0, 100), placeOfEpoch(100, 100), placeOfEpoch(0, 0)]).toEqual([0, 1, 0])
    expect(placeOfEpoch(10, 100)).toBeGreaterThan(0.5)
  })
})

describe('what is kept of traces', () => {
  it('is what was asked for last, as far as there is room', () => {
    const kept = keeper<number[]>(10, values => values.length)
    kept.put('a', [1, 2, 3, 4])
    kept.put('b', [1, 2, 3, 4])
    expect(kept.get('a')).toHaveLength(4)
    kept.put('c', [1, 2, 3])
    expect([kept.get('a')?.length, kept.get('b'), kept.get('c')?.length]).toEqual([4, undefined, 3])
    kept.put('a', [1])
    kept.put('d', [1, 2, 3, 4, 5, 6])
    expect([kept.get('a')?.length, kept.get('c')?.length, kept.get('d')?.length]).toEqual([1, 3, 6])
    kept.put('e', Array<number>(50).fill(0))
    expect([kept.get('d'), kept.get('e')?.length]).toEqual([undefined, 50])
  })
})

describe('heat maps', () => {
  it('know what their ends stand for', () => {
    expect(domainOf([0, 0.75])).toEqual({ kind: 'sequential', low: 0, high: 1 })
    expect([domainOf([0, 0.4]).high, domainOf([0, 0.001]).high]).toEqual([0.4, 0.01])
    expect(domainOf([-0.2, 0.9])).toEqual({ kind: 'diverging', low: -1, high: 1 })
    expect(domainOf([-3, 2, Number.NaN, Infinity])).toEqual({ kind: 'diverging', low: -3, high: 3 })
  })

  it.each(['light', 'dark'] as const)('grow steadily away from the ground, %s', theme => {
    const map = colourMap('sequential', theme)
    const lightness = Array.from(
      { length: 256 },
      (_, i) => 0.2126 * map[3 * i]! + 0.7152 * map[3 * i + 1]! + 0.0722 * map[3 * i + 2]!,
    )
    const sign = theme === 'light' ? -1 : 1
    expect(lightness.every((value, i) => i === 0 || (value - lightness[i - 1]!) * sign >= -0.5)).toBe(true)
    expect(Math.abs(lightness[255]! - lightness[0]!)).toBeGreaterThan(150)
  })

  it('paint cells row by row, the ends of the map at the ends of the domain, nothing where there is nothing', () => {
    const pixels = paintMatrix(
      { columns: 2, rows: 2, values: Float32Array.of(0, 1, Number.NaN, 9), start: 0, columnStep: 1, rowStep: 2 },
      { kind: 'sequential', low: 0, high: 1 },
      'light',
    )
    const map = colourMap('sequential', 'light')
    expect([...pixels.slice(0, 8)]).toEqual([...map.slice(0, 3), 255, ...map.slice(765, 768), 255])
    expect([...pixels.slice(8, 16)]).toEqual([0, 0, 0, 0, ...map.slice(765, 768), 255])
  })

  it('of differences are centred on 0', () => {
    const a = unitsMatrix({ shape: [2, 1], data: Float32Array.of(1, 0.25) })
    const b = unitsMatrix({ shape: [2, 1], data: Float32Array.of(0.5, 0.5) })
    const d = difference(a, b)
    expect([valueAt(d, 0, 0), valueAt(d, 1, 0), matrixDomain(d).kind]).toEqual([0.5, -0.25, 'diverging'])
  })
})

describe('the string', () => {
  it('stands in the address', () => {
    for (const string of [{ length: 41, seed: 3 }, { text: '0 1 #' }, { symbols: [0, 2, 1] }])
      expect(stringFrom(stringQuery(string))).toEqual(string)
    expect([
      stringFrom({ length: '-3' }),
      stringFrom({ length: '9000' }),
      stringFrom({}),
      stringQuery({ text: 'x'.repeat(501) }),
    ]).toEqual([null, null, null, {}])
    for (const second of [
      null,
      { runId: 'a.b', weights: 'last' as const },
      { runId: 'a', weights: 'best' as const },
      { runId: 'a', weights: { epoch: 0 } },
    ])
      expect(secondFrom(secondQuery(second))).toEqual(second)
  })

  it('has a slider on which equal distances are equal factors', () => {
    expect([lengthAt(0, 640), lengthAt(1000, 640), placeOf(640, 640), placeOf(0, 640)]).toEqual([0, 640, 1000, 0])
    for (const length of [5, 40, 160, 600])
      expect(Math.abs(lengthAt(placeOf(length, 640), 640) - length)).toBeLessThanOrEqual(2)
  })
})

describe('the range in sight', () => {
  it('zooms around a column and stays inside', () => {
    expect(zoomed({ from: 0, to: 100 }, 0.5, 50, 100)).toEqual({ from: 25, to: 75 })
    expect(zoomed({ from: 25, to: 75 }, 10, 50, 100)).toEqual({ from: 0, to: 100 })
    expect(zoomed({ from: 0, to: 100 }, 0.001, 0, 100)).toEqual({ from: 0, to: 8 })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4000 }),
        fc.array(fc.tuple(fc.constantFrom(0.5, 2), fc.nat(4000)), { maxLength: 20 }),
        (columns, steps) => {
          let range = { from: 0, to: columns }
          for (const [factor, around] of steps) {
            range = zoomed(range, factor, Math.min(around, columns - 1), columns)
            expect(range.from).toBeGreaterThanOrEqual(-1e-9)
            expect(range.to).toBeLessThanOrEqual(columns + 1e-9)
          }
        },
      ),
    )
  })

  it('follows the cursor no further than it must', () => {
    expect(shifted({ from: 10, to: 20 }, -50, 100)).toEqual({ from: 0, to: 10 })
    expect(revealing({ from: 10, to: 30 }, 20, 100)).toEqual({ from: 10, to: 30 })
    expect(revealing({ from: 10, to: 30 }, 40, 100)).toEqual({ from: 25, to: 45 })
    expect(revealing({ from: 10, to: 30 }, 0, 100)).toEqual({ from: 0, to: 20 })
  })
})
