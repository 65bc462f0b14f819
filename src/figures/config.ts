import type { ChartConfiguration, ChartDataset, Point, ScaleOptionsByType } from 'chart.js'
import { extent, type Axis, type Figure, type Line } from './figure.ts'
import { formatted } from '../shared/numbers.ts'
import { FONT } from './paint.ts'
import { ink, type Inks } from './palette.ts'

export type FigureConfig = ChartConfiguration<'line', Point[]>

/** What chart.js draws for a figure; the `painter` draws the rest. `direct`: paths stroked on the context itself, as a context that writes SVG needs it. */
export function figureConfig(
  figure: Figure,
  inks: Inks,
  { direct = false, zoom = null as readonly [number, number] | null } = {},
): FigureConfig {
  return {
    type: 'line',
    data: { datasets: figure.lines.map(line => dataset(line, inks, direct)) },
    options: {
      animation: false,
      responsive: false,
      maintainAspectRatio: false,
      parsing: false,
      normalized: true,
      events: [],
      layout: { padding: { top: 6, right: 10, bottom: 0, left: 0 } },
      font: { family: FONT },
      scales: { x: axis(figure, 'x', inks, zoom), y: axis(figure, 'y', inks, null) },
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
    },
  }
}

function dataset(line: Line, inks: Inks, direct: boolean): ChartDataset<'line', Point[]> {
  const colour = ink(line.colour, inks)
  return {
    data: Array.from(line.x, (x, i) => ({ x, y: line.y[i]! })),
    label: line.label,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: line.width ?? 2,
    borderDash: [...(line.dash ?? [])],
    borderJoinStyle: 'round',
    pointStyle: line.marker ?? 'circle',
    pointRadius: line.marker || line.x.length === 1 ? 3.5 : 0,
    pointBorderWidth: line.marker === 'crossRot' || line.marker === 'star' ? 1.75 : 0,
    ...(direct ? { segment: {} } : {}),
  }
}

type AxisOptions = Partial<ScaleOptionsByType<'linear' | 'logarithmic'>>

function axis(figure: Figure, along: 'x' | 'y', inks: Inks, zoom: readonly [number, number] | null): AxisOptions {
  const spec = figure[along]
  const [min, max] = zoom ?? limits(extent(figure, along), spec, along)
  const common = {
    min,
    max,
    border: { display: along === 'x', color: inks.axis },
    title: {
      display: spec.title !== '',
      text: spec.title,
      color: inks.quiet,
      font: { family: FONT, size: 11.5, weight: 500 },
      padding: { top: 4, bottom: 2 },
    },
    grid: { color: inks.grid, drawTicks: false, display: along === 'y' || spec.ticks === undefined },
  } as const
  const ticks = {
    autoSkip: spec.ticks === undefined,
    color: inks.quiet,
    font: { family: FONT, size: 11 },
    padding: 6,
    maxRotation: 0,
    maxTicksLimit: along === 'y' ? 7 : 11,
    autoSkipPadding: 14,
    includeBounds: false,
  }
  return {
    type: spec.scale === 'log' ? 'logarithmic' : 'linear',
    ...common,
    ticks: {
      ...ticks,
      callback(value, _, all) {
        return tickLabel(Number(value), all, spec)
      },
    },
    afterBuildTicks: spec.ticks
      ? scale => {
          scale.ticks = spec.ticks!.map(({ at, label }) => ({ value: at, label: inLines(label) }))
        }
      : undefined,
  } as AxisOptions
}

/** Empty space around the values, so that no line lies on the frame; none where an axis has a natural end. */
function limits(
  found: readonly [number, number] | null,
  { min, max, scale }: Axis,
  along: 'x' | 'y',
): [number, number] {
  if (found === null) return scale === 'log' ? [1, 10] : [min ?? 0, max ?? 1]
  const [low, high] = found
  if (along === 'x') return low === high ? [low - 0.5, high + 0.5] : [low, high]
  if (scale === 'log') return [min ?? low / 1.15, max ?? high * 1.15]
  const air = high > low ? (high - low) * 0.06 : Math.max(1e-6, Math.abs(low) * 0.1)
  return [min ?? low - air, max ?? high + air]
}

function tickLabel(
  value: number,
  all: readonly { value: number }[],
  { ticks, scale, format }: Axis,
): string | string[] | null {
  if (ticks) return inLines(ticks.find(({ at }) => at === value)?.label ?? '')
  if (scale === 'log')
    return isRound(value) || all.filter(tick => isRound(tick.value)).length < 2 ? logLabel(value) : null
  const step = all.length > 1 ? Math.abs(all[1]!.value - all[0]!.value) : undefined
  return formatted(value, format, step)
}

/** A name of several words in two lines, cut near its middle. */
function inLines(label: string): string[] {
  const spaces = [...label.matchAll(/ /g)].map(({ index }) => index)
  if (label.length < 14 || spaces.length === 0) return [label]
  const cut = spaces.reduce((best, at) =>
    Math.abs(at - label.length / 2) < Math.abs(best - label.length / 2) ? at : best,
  )
  return [label.slice(0, cut), label.slice(cut + 1)]
}

const twoDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 })

/** 0.001, 0.02, 10, 5,000, 1e6: no digits that say nothing. */
const logLabel = (value: number): string =>
  value >= 1e6 || value < 1e-4 ? value.toExponential(0).replace('e+', 'e') : twoDigits.format(value)

/** 1, 2 or 5 times a power of ten. */
const isRound = (value: number): boolean =>
  [1, 2, 5].some(first => Math.abs(value / 10 ** Math.floor(Math.log10(value) + 1e-9) - first) < 1e-6)
