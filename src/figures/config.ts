import type { ChartConfiguration, ChartDataset, Point, ScaleOptionsByType } from 'chart.js'
import { extent, type Axis, type Figure, type Line } from './figure.ts'
import { formatted } from '../shared/numbers.ts'
import { logLabel, logTicks } from './log-ticks.ts'
import { FONT } from './paint.ts'
import { ink, type Inks } from './palette.ts'
import { clipped, wrapped } from './text-width.ts'

export type FigureConfig = ChartConfiguration<'line', Point[]>

/** What chart.js draws for a figure; the `painter` draws the rest. `direct`: paths stroked on the context itself, as a context that writes SVG needs it. */
export function figureConfig(
  figure: Figure,
  inks: Inks,
  { direct = false, zoom = null as readonly [number, number] | null } = {},
): FigureConfig {
  return {
    type: 'line',
    data: { datasets: figure.lines.map(line => dataset(drawable(line, figure.y), inks, direct)) },
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

/** A logarithmic axis has no place for what is not above 0: a gap. */
const drawable = (line: Line, { scale }: Axis): Line =>
  scale === 'log' ? { ...line, y: Array.from(line.y, value => (value > 0 ? value : Number.NaN)) } : line

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
    pointRadius: line.marker ? 3.5 : alone(line),
    pointBorderWidth: line.marker === 'crossRot' || line.marker === 'star' ? 1.75 : 0,
    ...(direct ? { segment: {} } : {}),
  }
}

/** A point between gaps has no line to be seen by. */
function alone({ x, y }: Line): number | number[] {
  const lone = (i: number): boolean =>
    Number.isFinite(y[i]!) && !Number.isFinite(y[i - 1] ?? Number.NaN) && !Number.isFinite(y[i + 1] ?? Number.NaN)
  const radii = Array.from(x, (_, i) => (lone(i) ? 3.5 : 0))
  return radii.some(radius => radius > 0) ? radii : 0
}

type AxisOptions = Partial<ScaleOptionsByType<'linear' | 'logarithmic'>>

const TICK = 11
const MOST_TICKS = { x: 11, y: 7 } as const

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
    autoSkip: spec.ticks === undefined && spec.scale !== 'log',
    color: inks.quiet,
    font: { family: FONT, size: TICK },
    padding: 6,
    minRotation: 0,
    maxRotation: 0,
    maxTicksLimit: MOST_TICKS[along],
    autoSkipPadding: 14,
    includeBounds: false,
  }
  return {
    type: spec.scale === 'log' ? 'logarithmic' : 'linear',
    ...common,
    ticks: {
      ...ticks,
      callback(value, index, all) {
        if (spec.ticks) return namesOn(spec.ticks, slotOf(spec.ticks, this))[index] ?? null
        return spec.scale === 'log' ? logLabel(Number(value)) : numberLabel(Number(value), all, spec)
      },
    },
    afterBuildTicks: scale => {
      if (spec.ticks) scale.ticks = spec.ticks.map(({ at }) => ({ value: at }))
      else if (spec.scale === 'log')
        scale.ticks = logTicks(scale.min, scale.max, MOST_TICKS[along]).map(value => ({ value }))
    },
    beforeCalculateLabelRotation: scale => {
      const turned = spec.ticks !== undefined && !haveRoom(spec.ticks, slotOf(spec.ticks, scale))
      const { ticks } = scale.options as AxisOptions
      ticks!.minRotation = ticks!.maxRotation = turned ? TURN : 0
    },
  } as AxisOptions
}

type Ticks = NonNullable<Axis['ticks']>

/** Degrees by which names are turned that have no room beside each other. */
const TURN = 38
const MOST_LINES = 3
const LONGEST = 150

/** Pixels that a name has, up to the next one. */
function slotOf(ticks: Ticks, { min, max, maxWidth }: { min: number; max: number; maxWidth: number }): number {
  const gaps = ticks.slice(1).map(({ at }, i) => Math.abs(at - ticks[i]!.at))
  return (maxWidth * Math.min(max - min, ...gaps)) / (max - min) - 6
}

const haveRoom = (ticks: Ticks, slot: number): boolean =>
  ticks.every(({ label }) => (wrapped(label, slot, TICK)?.length ?? Infinity) <= MOST_LINES)

/** Names in lines as wide as there is room; where that is too little, each in one line, to be turned. */
const namesOn = (ticks: Ticks, slot: number): (string | string[])[] =>
  haveRoom(ticks, slot)
    ? ticks.map(({ label }) => wrapped(label, slot, TICK)!)
    : ticks.map(({ label }) => clipped(label, LONGEST, TICK))

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

function numberLabel(value: number, all: readonly { value: number }[], { format }: Axis): string {
  const step = all.length > 1 ? Math.abs(all[1]!.value - all[0]!.value) : undefined
  return formatted(value, format, step)
}
