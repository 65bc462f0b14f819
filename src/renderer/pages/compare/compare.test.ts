import { describe, expect, it } from 'vitest'
import type { Contrast } from '../../../shared/comparison.ts'
import { figureCsv } from '../../../figures/figure-table.ts'
import { planStyles } from '../../../figures/palette.ts'
import { sampleComparison, sampleLengths } from '../../testing/samples.ts'
import {
  contextFigure,
  isBetter,
  learningFigure,
  lengthFigure,
  pairsFigure,
  seedsFigure,
} from '../../../figures/compare.ts'
import { differenceGroups, differenceText, hasSides, offerOf, placeOn, scaleEnd } from './differences.ts'
import { place, sharedScale } from './forest.ts'
import { pairsLayout } from './pairs-plot.ts'
import { skillBar } from './skill-bar.ts'
import { binTable, measuresOf } from './table.ts'

const styles = planStyles(['full', 'frozen-memory'])
const target = { measure: 'accuracy', bin: '81-160' } as const

describe('the length-retention view', () => {
  it('has a line with a band a plan, floor, ceiling and the training range', () => {
    const figure = lengthFigure(sampleLengths(), 'accuracy', styles)
    expect(figure.lines.map(({ id }) => id)).toEqual(['full', 'frozen-memory', 'ceiling', 'floor'])
    expect(figure.shades).toEqual([{ from: 10, to: 40, label: 'trained on' }])
    expect([...(figure.lines[0]!.y as Float64Array)]).toEqual([0.7, 0.5])
    expect([...(figure.lines[0]!.low as Float64Array)]).toEqual([0.65, 0.4])
  })

  it('shows the bound under losses, and leaves out what no one knows', () => {
    const lengths = sampleLengths()
    expect(lengthFigure(lengths, 'loss', styles).lines.map(({ id }) => id)).toEqual(['full', 'frozen-memory', 'bound'])
    const unknown = {
      ...lengths,
      limits: { ...lengths.limits, ceilingAccuracy: Float64Array.of(Number.NaN, Number.NaN) },
    }
    expect(lengthFigure(unknown, 'accuracy', styles).lines.map(({ id }) => id)).not.toContain('ceiling')
  })
})

describe('perplexity of a text', () => {
  const nowhere = Float64Array.of(Number.NaN, Number.NaN)
  const text = {
    ...sampleLengths(),
    isText: true,
    trainLengths: [1, 35] as [number, number],
    contexts: sampleLengths().plans,
    limits: {
      ...sampleLengths().limits,
      ceilingAccuracy: nowhere,
      boundNats: nowhere,
      floorPerplexity: Float64Array.of(200, 210),
    },
    contextFloor: 205,
  }

  it('is drawn by position, with its band', () => {
    const figure = lengthFigure(text, 'loss', styles)
    expect([figure.id, figure.title, figure.x, figure.y, figure.shades]).toEqual([
      'position-perplexity',
      'Perplexity by position',
      { title: 'position in the stream, words', format: 'whole', scale: 'log' },
      { title: 'perplexity', scale: 'linear' },
      [{ from: 1, to: 35, label: 'a training step' }],
    ])
    expect(figure.lines.map(({ id, label, y }) => [id, label, [...(y as Float64Array)]]).at(-1)).toEqual([
      'floor',
      'unigram model',
      [200, 210],
    ])
    expect(
      figure.lines
        .slice(0, -1)
        .map(({ id, y, low, high }) => [id, ...[y, low, high].map(values => [...(values as Float64Array)])]),
    ).toEqual(['full', 'frozen-memory'].map(id => [id, [1.7, 5], [1.5, 3], [1.8, 8]]))
    expect(lengthFigure(text, 'accuracy', styles).lines.map(({ id }) => id)).toEqual(['full', 'frozen-memory', 'floor'])
  })

  it('is drawn by context, and written as a table like other figures', () => {
    const figure = contextFigure(text, styles)
    expect([figure.title, figure.x.scale, figure.lines.map(({ id, y }) => [id, [...(y as Float64Array)]])]).toEqual([
      'Perplexity by context',
      'log',
      [
        ['full', [1.7, 5]],
        ['frozen-memory', [1.7, 5]],
        ['floor', [205, 205]],
      ],
    ])
    expect(figureCsv(figure).split('\r\n').slice(0, 2)).toEqual([
      'series,part,words to predict from,perplexity,low,high',
      'Full training,line,40,1.7,1.5,1.8',
    ])
  })
})

describe('seeds', () => {
  it('stand over their plan, with floor and ceiling of the bin', () => {
    const figure = seedsFigure(sampleComparison(), target, styles)
    expect(figure.boxes!.map(({ label, x, mean, interval }) => ({ label, x, mean, interval }))).toEqual([
      { label: 'Full training', x: 0, mean: 0.5, interval: [0.4, 0.6] },
      { label: 'Memory frozen', x: 1, mean: 0.7, interval: [0.65, 0.75] },
    ])
    expect(figure.lines.map(({ id, y }) => [id, y])).toEqual([
      ['ceiling', [0.75, 0.75]],
      ['floor', [0.49, 0.49]],
    ])
    expect(figure.boxes![0]!.values).toEqual([
      { label: 'seed 1', value: 0.4 },
      { label: 'seed 2', value: 0.6 },
    ])
  })

  it('of a diverged run are left out of the points', () => {
    const comparison = sampleComparison()
    comparison.plans[0]!.bins['81-160']!.accuracy!.values[0]!.value = null
    expect(seedsFigure(comparison, target, styles).boxes![0]!.values).toEqual([{ label: 'seed 2', value: 0.6 }])
  })

  it('go from the reference to the plan, coloured where the plan is better', () => {
    const { contrasts, plans } = sampleComparison()
    const figure = pairsFigure(contrasts, plans, 'full', target, styles)
    expect(figure.lines.map(({ y, colour }) => [y, colour])).toEqual([
      [[0.4, 0.65], 1],
      [[0.6, 0.75], 1],
    ])
    const worse: Contrast = {
      ...contrasts[0]!,
      pairs: [
        { seed: 1, plan: 0.3, reference: 0.4, difference: -0.1 },
        { seed: 2, plan: null, reference: 0.4, difference: null },
      ],
    }
    expect(pairsFigure([worse], plans, 'full', target, styles).lines.map(({ y, colour }) => [y, colour])).toEqual([
      [[0.4, 0.3], 'quiet'],
    ])
  })

  it('know which way is better', () => {
    expect([
      isBetter({ measure: 'accuracy', bin: 'x' }, 0.1),
      isBetter({ measure: 'perplexity', bin: 'x' }, 0.1),
    ]).toEqual([true, false])
  })
})

it('draws learning curves with their seeds behind them and marks of freezing', () => {
  const curve = {
    planId: 'full',
    title: 'Full training',
    steps: Float64Array.of(10, 20),
    mean: Float64Array.of(1, 0.5),
    low: Float64Array.of(0.9, 0.4),
    high: Float64Array.of(1.1, 0.6),
    seeds: Float64Array.of(2, 2),
  }
  const line = (values: number[]) => Float64Array.from(values)
  const member = {
    runId: 'r',
    planId: 'full',
    seed: 3,
    from: line([1, 11]),
    to: line([10, 20]),
    min: line([1, 0.5]),
    max: line([1, 0.5]),
    mean: line([1, 0.5]),
    freezes: [
      { step: 0, action: 'freeze' as const, reason: 'memory from start' },
      { step: 15, action: 'release' as const, reason: 'memory released: epoch 3' },
    ],
  }
  const figure = learningFigure('validationLoss', [curve], [member, { ...member, seed: 4 }], styles, { log: true })
  expect(figure.y.scale).toBe('log')
  expect(figure.lines[0]!.members!.map(({ label }) => label)).toEqual(['seed 3', 'seed 4'])
  expect(figure.marks).toEqual([{ x: 15, label: 'released: memory released: epoch 3', colour: 0 }])
})

it('puts the training loss of an epoch into its middle, and says where there is one run only', () => {
  const steps = Float64Array.of(36, 72, 108)
  const values = Float64Array.of(3, 2, 1)
  const curve = {
    planId: 'full',
    title: 'Full',
    steps,
    mean: values,
    low: values,
    high: values,
    seeds: values.map(() => 1),
  }
  const member = {
    runId: 'r',
    planId: 'full',
    seed: 1,
    from: steps,
    to: steps,
    min: values,
    max: values,
    mean: values,
    freezes: [],
  }
  const figure = learningFigure('trainLoss', [curve], [member], styles)
  expect([Array.from(figure.lines[0]!.x), Array.from(figure.lines[0]!.members![0]!.x)]).toEqual([
    [18, 54, 90],
    [18, 54, 90],
  ])
  expect(figure.caption).toBe('One run of each plan. The mean of each epoch, in its middle.')
  const validation = learningFigure('validationLoss', [{ ...curve, seeds: values.map(() => 2) }], [member], styles)
  expect(Array.from(validation.lines[0]!.x)).toEqual([36, 72, 108])
  expect(validation.caption).toBe('Mean over seeds with its 95 % bootstrap interval; single seeds faint.')
})

describe('the lines of differences', () => {
  const [contrast] = sampleComparison().contrasts

  it('stand range by range on a round scale that holds every end', () => {
    const [group] = differenceGroups(sampleComparison())
    expect([group!.title, group!.note, group!.bound, group!.contrasts.length]).toEqual([
      '81–160',
      'four times as long · Full training is at the floor here: the reading stops',
      0.3,
      1,
    ])
    expect([placeOn(0, 0.3, 0), placeOn(0.3, 0.3, 0), placeOn('-inf', 0.3, 0), placeOn(null, 0.3, 100)]).toEqual([
      50, 100, 0, 100,
    ])
  })

  it('write shares in points, powers in one form, and the median where a mean is infinite', () => {
    expect(differenceText(contrast!)).toEqual({ value: '+20.0', interval: '[15.0, 25.0]' })
    const loss = { measure: 'cross-entropy', bin: 'x' } as const
    expect(
      differenceText({
        ...contrast!,
        target: loss,
        mean: '-inf',
        median: -6.52e12,
        intervalOf: 'median',
        interval: { low: '-inf', high: -6.5e12 },
      }),
    ).toEqual({ value: '−6.5e12', interval: '[−∞, −6.5e12]' })
    expect([scaleEnd('accuracy', -0.3), scaleEnd('cross-entropy', 0.6), scaleEnd('cross-entropy', 2e12)]).toEqual([
      '−30',
      '+0.6',
      '+2.0e12',
    ])
  })

  it('have no side of winners where both fail, and offer seeds only where so many can be trained', () => {
    const verdict = { ...contrast!.verdict, outcome: 'void' as const }
    expect([hasSides(contrast!), hasSides({ verdict })]).toEqual([true, false])
    const needs = (total: number, further: number) => ({ ...contrast!, seedsNeeded: { total, further } })
    expect([offerOf(contrast!, 4), offerOf(needs(625, 622), 4), offerOf({ ...contrast!, verdict }, 4)]).toEqual([
      { total: 6, runs: 16 },
      null,
      null,
    ])
  })

  it('lay pairs on one scale, diverged runs apart', () => {
    expect(
      pairsLayout([
        { seed: 1, plan: 1, reference: 3, difference: -2 },
        { seed: 2, plan: 'inf', reference: 2, difference: 'inf' },
      ]),
    ).toEqual({
      low: 1,
      high: 3,
      rows: [
        { seed: 1, plan: 0, reference: 1 },
        { seed: 2, plan: null, reference: 0.5 },
      ],
    })
    expect(pairsLayout([{ seed: 1, plan: 'inf', reference: 'inf', difference: 0 }])).toBeNull()
  })
})

describe('the cards of the published study', () => {
  const figures = [
    { mean: -1, interval: { low: -3, high: 1 } },
    { mean: 0.5, interval: { low: null, high: 2 } },
  ]

  it('share a line that holds 0 and every end', () => {
    const scale = sharedScale(figures)
    expect(scale.low).toBeCloseTo(-3.3)
    expect(scale.high).toBeCloseTo(2.3)
    expect(place(0, scale)).toBeCloseTo((100 * 3.3) / 5.6)
    expect([place(null, scale), place(null, scale, 100), place(99, scale)]).toEqual([0, 100, 100])
    expect(place(0, sharedScale([{ mean: 0, interval: null }]))).toBeCloseTo(50)
  })
})

it('places a skill between half below the floor and the optimum', () => {
  const places = (skill: number, low: number, high: number) => skillBar(skill, { low, high })
  expect(places(0.25, 0.1, 0.4)).toEqual({ zero: 100 / 3, at: 50, interval: [expect.closeTo(40), expect.closeTo(60)] })
  expect(places(-3, -4, -0.2)).toMatchObject({ at: 0, interval: [0, expect.closeTo(20)] })
  expect([skillBar(null, null), skillBar(1, null)]).toEqual([null, { zero: 100 / 3, at: 100, interval: null }])
})

it('tables the means and marks the best of each bin', () => {
  const comparison = sampleComparison()
  expect(measuresOf(comparison)).toEqual(['accuracy'])
  expect(binTable(comparison, 'accuracy', 'higher')).toEqual([
    {
      plan: 'full',
      title: 'Full training',
      cells: [
        { text: '72.0 %', interval: '[70.0, 74.0]', best: true, standing: 'between' },
        { text: '50.0 %', interval: '[40.0, 60.0]', best: false, standing: 'floor' },
      ],
    },
    {
      plan: 'frozen-memory',
      title: 'Memory frozen',
      cells: [
        { text: '71.0 %', interval: '[69.0, 73.0]', best: false, standing: 'between' },
        { text: '70.0 %', interval: '[65.0, 75.0]', best: true, standing: 'between' },
      ],
    },
  ])
})
