// @vitest-environment node
import { createCanvas } from '@napi-rs/canvas'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Comparison } from '../../shared/comparison.ts'
import type { LengthCurves } from '../../shared/contract/index.ts'
import {
  contextFigure,
  LEARNING_METRICS,
  learningFigure,
  lengthFigure,
  pairsFigure,
  seedsFigure,
} from '../../figures/compare.ts'
import { EXPORT_SIZE, figureSvg } from '../../figures/draw.ts'
import { legendOf, type Figure } from '../../figures/figure.ts'
import { ink, INKS, planStyles, type Theme } from '../../figures/palette.ts'
import {
  cutOff,
  inked,
  overprinted,
  pictureOf,
  scaledBy,
  seenThrough,
  unread,
  wordsOf,
  type Area,
  type Word,
} from '../../figures/testing/picture.ts'
import { acrossFigure } from '../pages/compare/across-choice.ts'
import { memoryUseFigure } from '../pages/compare/memory-use.ts'
import { liveFigure, type LivePlan } from '../pages/live/figures.ts'
import { sampleComparison, sampleLengths } from '../testing/samples.ts'
import { figurePng } from './chart.ts'
import { smoothed } from './smooth.ts'

const TITLES = [
  'Full training',
  'Memory frozen',
  'Controller frozen',
  'Only the classifier trained',
  'Memory frozen from epoch 10 to the end',
  'Eigener Plan: Speicher & Steuerung eingefroren',
  'Donaudampfschifffahrtsgesellschaftskapitän',
]
const plansOf = (n: number) => TITLES.slice(0, n).map((title, i) => ({ id: i === 0 ? 'full' : `plan-${i}`, title }))
const stylesOf = (n: number) => planStyles(plansOf(n).map(({ id }) => id))

function comparisonOf(n: number): Comparison {
  const sample = sampleComparison()
  return {
    ...sample,
    plans: plansOf(n).map((plan, i) => ({ ...sample.plans[i % 2]!, ...plan })),
    contrasts: plansOf(n)
      .slice(1)
      .map(({ id }) => ({ ...sample.contrasts[0]!, plan: id })),
  }
}

function lengthsOf(n: number, text = false): LengthCurves {
  const sample = sampleLengths()
  const off = (values: Float64Array, i: number): Float64Array => values.map(value => value * (1 - i / 25))
  const plans = plansOf(n).map(({ id, title }, i) => {
    const { seeds, lengths, ...columns } = sample.plans[0]!
    const moved = Object.fromEntries(
      Object.entries(columns).flatMap(([name, values]) => (typeof values === 'string' ? [] : [[name, off(values, i)]])),
    ) as Omit<typeof columns, 'planId' | 'title'>
    return { ...moved, seeds, lengths, planId: id, title }
  })
  const nowhere = Float64Array.of(NaN, NaN)
  return text
    ? {
        ...sample,
        plans,
        contexts: plans,
        contextFloor: 6,
        isText: true,
        limits: {
          ...sample.limits,
          ceilingAccuracy: nowhere,
          boundNats: nowhere,
          floorPerplexity: Float64Array.of(5.5, 6),
        },
      }
    : { ...sample, plans }
}

const steps = Float64Array.from({ length: 40 }, (_, i) => 36 * (i + 1))
const curve = (from: number, by: number): Float64Array => steps.map(step => by + (from - by) * 2 ** (-step / 300))
const learning = (n: number, metric: (typeof LEARNING_METRICS)[number], log = false): Figure =>
  learningFigure(
    metric,
    plansOf(n).map(({ id, title }, i) => ({
      planId: id,
      title,
      steps,
      mean: curve(1.1, 0.3 + i / 20),
      low: curve(1, 0.25 + i / 20),
      high: curve(1.2, 0.35 + i / 20),
      seeds: steps.map(() => 2),
    })),
    plansOf(n).map(({ id }, i) => {
      const mean = curve(1.1, 0.3 + i / 20)
      const freezes = i === 4 ? [{ step: 540, action: 'freeze' as const, reason: 'memory from epoch 15' }] : []
      return { runId: id, planId: id, seed: 1, from: steps, to: steps, min: mean, max: mean, mean, freezes }
    }),
    stylesOf(n),
    { log },
  )

function live(n: number, runs: number, options = {}): Figure {
  const plans = plansOf(n).map(({ id, title }, i): LivePlan => ({
    id,
    title,
    style: stylesOf(n).get(id)!,
    runs: Array.from({ length: runs }, (_, seed) => ({
      seed,
      stepsPerEpoch: 36,
      series: new Map([['validationLoss', { x: [...steps], y: [...curve(1 + seed / 30, 0.3 + i / 20)] }]]),
    })),
  }))
  const freeze = { step: 540, planId: 'plan-1', title: TITLES[1]!, action: 'freeze' as const, reason: 'memory from 15' }
  return liveFigure('validationLoss', plans, [freeze], options)
}

function memory(n: number, measure: 'loss' | 'accuracy'): Figure {
  const bin = (name: string, loss: number) => ({
    name,
    lengths: [1, 2] as [number, number],
    strings: 9,
    whole: { loss: 1, accuracy: 0.8 },
    held: { loss: 1 + loss, accuracy: 0.8 - loss / 4 },
  })
  return memoryUseFigure(
    plansOf(n).flatMap(({ id, title }, i) =>
      [1, 2].map(seed => ({
        runId: `${id} ${seed}`,
        endedAt: 1,
        planId: id,
        planTitle: title,
        seed,
        use: { bins: [bin('10-40', 0.2 + i / 10), bin('41-80', 0.3 + seed / 10), bin('81-160', 0.5 - i / 10)] },
      })),
    ),
    measure,
    plan => stylesOf(n).get(plan)!,
  )
}

function across(n: number): Figure {
  const cells = plansOf(n).map(({ id }, i) => [id, { difference: { mean: i / 50 - 0.04 } }] as const)
  const study = { name: 'Study', cells: Object.fromEntries(cells) }
  return acrossFigure(
    {
      weights: 'best',
      measure: 'accuracy',
      end: 'longest',
      confidence: 0.95,
      reference: 'full',
      plans: plansOf(n),
      rows: [study],
      overall: plansOf(n)
        .slice(1)
        .map(({ id, title }, i) => ({
          plan: id,
          title,
          mean: i / 50 - 0.03,
          interval: { low: i / 50 - 0.05, high: i / 50 },
        })),
    } as unknown as Parameters<typeof acrossFigure>[0],
    stylesOf(n),
  )
}

const target = { measure: 'accuracy', bin: '81-160' } as const
const SIZES = [1, 5, 7] as const
const figuresFor = (n: number): Figure[] => [
  lengthFigure(lengthsOf(n), 'accuracy', stylesOf(n)),
  lengthFigure(lengthsOf(n), 'loss', stylesOf(n), { log: true }),
  lengthFigure(lengthsOf(n, true), 'loss', stylesOf(n)),
  contextFigure(lengthsOf(n, true), stylesOf(n)),
  ...LEARNING_METRICS.map(metric => learning(n, metric)),
  smoothed(learning(n, 'validationLoss', true), 0.05),
  seedsFigure(comparisonOf(n), target, stylesOf(n)),
  ...(n > 1
    ? [pairsFigure(comparisonOf(n).contrasts, comparisonOf(n).plans, 'full', target, stylesOf(n)), across(n)]
    : []),
  memory(n, 'loss'),
  memory(n, 'accuracy'),
  live(n, 3),
  live(n, 1, { log: true }),
  live(n, 2, { small: true, log: true }),
]

const cases = SIZES.flatMap(n =>
  figuresFor(n).flatMap(figure =>
    (['light', 'dark'] as const).map(theme => ({ name: `${figure.id}, ${n} plans`, theme, figure })),
  ),
)

/** Colours that the legend, or the figure itself, promises. */
const coloursOf = (figure: Figure, theme: Theme): string[] => [
  ...new Set([...legendOf(figure), ...figure.lines].map(({ colour }) => ink(colour, INKS[theme]))),
]
/** Between the words beside, above and below. */
const plotIn = (words: readonly Word[]): Area => ({
  left: 100,
  top: 100,
  right: EXPORT_SIZE.width - 10,
  bottom: Math.min(...words.map(({ top }) => top).filter(top => top > 0.8 * EXPORT_SIZE.height)) - 2,
})

describe('a figure saved as SVG', () => {
  it.each(cases)('shows every word and every series: $name, $theme', async ({ figure, theme }) => {
    const svg = figureSvg(figure, EXPORT_SIZE, theme)
    const words = wordsOf(svg)
    const picture = await pictureOf(svg)
    expect([picture.width, picture.height, seenThrough(picture)]).toEqual([EXPORT_SIZE.width, EXPORT_SIZE.height, 0])
    const said = words.map(({ text }) => text)
    expect(said).toEqual(expect.arrayContaining([figure.title, ...legendOf(figure).map(({ label }) => label)]))
    for (const { title } of [figure.x, figure.y]) if (title !== '') expect(said).toContain(title)
    // At least two numbers or names on each axis.
    const named = figure.x.ticks?.flatMap(({ label }) => label.split(' ').slice(0, 1))
    for (const name of named ?? []) expect(said.some(text => text.startsWith(name.slice(0, 8)))).toBe(true)
    expect(said.filter(text => /^[−\d.,e]+( %)?$/.test(text)).length).toBeGreaterThan(figure.x.ticks ? 1 : 3)
    expect(unread(picture, words)).toEqual([])
    expect(overprinted(words)).toEqual([])
    expect(cutOff(EXPORT_SIZE, words)).toEqual([])
    for (const colour of coloursOf(figure, theme))
      expect([colour, inked(picture, plotIn(words), colour, 40) > 3]).toEqual([colour, true])
    const swatch = legendOf(figure)[0]
    if (swatch) {
      const { left, top, bottom } = words.find(({ text }) => text === swatch.label)!
      const beside = { left: left - 28, right: left - 4, top, bottom }
      expect(inked(picture, beside, ink(swatch.colour, INKS[theme]), 40)).toBeGreaterThan(10)
    }
  })
})

describe('a figure saved as PNG', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it.each(cases.filter(({ name }) => /5 plans/.test(name)))(
    'is not empty: $name, $theme',
    async ({ figure, theme }) => {
      vi.stubGlobal('document', { createElement: () => createCanvas(1, 1) })
      const ratio = 1
      const picture = await pictureOf(await figurePng(figure, { theme, ratio }))
      expect([picture.width, picture.height, seenThrough(picture)]).toEqual([
        ratio * EXPORT_SIZE.width,
        ratio * EXPORT_SIZE.height,
        0,
      ])
      // A canvas measures words by its own font: what stands beside an axis may be some pixels away.
      const words = wordsOf(figureSvg(figure, EXPORT_SIZE, theme))
      expect(unread(picture, words, ratio, 16)).toEqual([])
      for (const colour of coloursOf(figure, theme))
        expect([colour, inked(picture, scaledBy(ratio, plotIn(words)), colour, 40) > 3]).toEqual([colour, true])
    },
  )
})
