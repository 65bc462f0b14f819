import type { Plugin, Scale } from 'chart.js'
import { quantile } from '../shared/statistics/quantile.ts'
import type { Box, Figure, Line, Values } from './figure.ts'
import { fade, ink, type Inks } from './palette.ts'

/** What chart.js does not draw by itself: training range, bands, single runs behind a mean, boxes over seeds, moments of freezing. */
export function painter(figure: () => Figure, inks: () => Inks): Plugin<'line'> {
  return {
    id: 'permafrost-marks',
    beforeDatasetsDraw({ ctx, scales: { x, y }, chartArea }) {
      const { shades = [], lines } = figure()
      ctx.save()
      clipTo(ctx, chartArea)
      for (const { from, to } of shades) {
        ctx.fillStyle = inks().shade
        ctx.fillRect(
          x!.getPixelForValue(from),
          chartArea.top,
          x!.getPixelForValue(to) - x!.getPixelForValue(from),
          chartArea.bottom - chartArea.top,
        )
      }
      for (const line of lines) paintMembers(ctx, line, x!, y!, inks())
      for (const line of lines) paintBand(ctx, line, x!, y!, inks())
      ctx.restore()
    },
    afterDatasetsDraw({ ctx, scales: { x, y }, chartArea }) {
      const { shades = [], marks = [], boxes = [] } = figure()
      ctx.save()
      for (const box of boxes) paintBox(ctx, box, x!, y!, inks())
      for (const mark of marks) {
        const at = x!.getPixelForValue(mark.x)
        if (at < chartArea.left - 1 || at > chartArea.right + 1) continue
        ctx.strokeStyle = ink(mark.colour, inks())
        ctx.lineWidth = 1
        ctx.setLineDash([3, 3])
        stroke(ctx, [
          [at, chartArea.top],
          [at, chartArea.bottom],
        ])
        ctx.setLineDash([])
        paintFlake(ctx, at, chartArea.top + 6, 5)
      }
      ctx.fillStyle = inks().quiet
      ctx.font = `500 11px ${FONT}`
      ctx.textAlign = 'left'
      ctx.textBaseline = 'top'
      for (const { from, label } of shades)
        ctx.fillText(label, Math.max(chartArea.left, x!.getPixelForValue(from)) + 6, chartArea.top + 5)
      ctx.restore()
    },
  }
}

/** As in styles/tokens.css: a canvas reads no custom properties. */
export const FONT =
  "system-ui, -apple-system, 'Segoe UI', Roboto, Ubuntu, Cantarell, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans', sans-serif"

/** What figures are drawn with: a canvas's context, or one that writes SVG. */
export interface Pen {
  fillStyle: unknown
  strokeStyle: unknown
  lineWidth: number
  font: string
  textAlign: string
  textBaseline: string
  save(): void
  restore(): void
  beginPath(): void
  closePath(): void
  moveTo(x: number, y: number): void
  lineTo(x: number, y: number): void
  rect(x: number, y: number, width: number, height: number): void
  arc(x: number, y: number, radius: number, from: number, to: number): void
  clip(): void
  fill(): void
  stroke(): void
  setLineDash(dash: number[]): void
  fillRect(x: number, y: number, width: number, height: number): void
  strokeRect(x: number, y: number, width: number, height: number): void
  fillText(text: string, x: number, y: number): void
}

interface Area {
  left: number
  right: number
  top: number
  bottom: number
}

function clipTo(ctx: Pen, { left, right, top, bottom }: Area): void {
  ctx.beginPath()
  ctx.rect(left, top, right - left, bottom - top)
  ctx.clip()
}

function stroke(ctx: Pen, points: readonly (readonly [number, number])[]): void {
  ctx.beginPath()
  points.forEach(([x, y], i) => {
    if (i === 0) ctx.moveTo(x, y)
    else ctx.lineTo(x, y)
  })
  ctx.stroke()
}

/** A six-armed mark, by which a freeze is known without its colour. */
function paintFlake(ctx: Pen, x: number, y: number, radius: number): void {
  ctx.lineWidth = 1.25
  for (let arm = 0; arm < 3; arm++) {
    const [dx, dy] = [Math.sin((arm * Math.PI) / 3) * radius, Math.cos((arm * Math.PI) / 3) * radius]
    stroke(ctx, [
      [x - dx, y - dy],
      [x + dx, y + dy],
    ])
  }
}

function paintMembers(ctx: Pen, { members = [], colour }: Line, x: Scale, y: Scale, inks: Inks): void {
  if (members.length === 0) return
  ctx.strokeStyle = fade(ink(colour, inks), members.length > 12 ? 0.16 : 0.3)
  ctx.lineWidth = 1
  for (const member of members) tracePath(ctx, member.x, member.y, x, y)
}

/** A logarithmic axis has no place for what is not above 0. */
const hasPlace = (value: number, { type }: Scale): boolean =>
  Number.isFinite(value) && (type !== 'logarithmic' || value > 0)

/** Strokes a line with gaps where a value has no place. */
function tracePath(ctx: Pen, xs: Values, ys: Values, x: Scale, y: Scale): void {
  ctx.beginPath()
  let pen = false
  for (let i = 0; i < xs.length; i++) {
    if (!hasPlace(ys[i]!, y)) {
      pen = false
      continue
    }
    const [px, py] = [x.getPixelForValue(xs[i]!), y.getPixelForValue(ys[i]!)]
    if (pen) ctx.lineTo(px, py)
    else ctx.moveTo(px, py)
    pen = true
  }
  ctx.stroke()
}

function paintBand(ctx: Pen, { x: xs, low, high, colour }: Line, x: Scale, y: Scale, inks: Inks): void {
  if (!low || !high) return
  ctx.fillStyle = fade(ink(colour, inks), 0.16)
  for (const [from, to] of finiteRuns(xs.length, i => hasPlace(low[i]!, y) && hasPlace(high[i]!, y))) {
    ctx.beginPath()
    for (let i = from; i < to; i++) {
      const [px, py] = [x.getPixelForValue(xs[i]!), y.getPixelForValue(high[i]!)]
      if (i === from) ctx.moveTo(px, py)
      else ctx.lineTo(px, py)
    }
    for (let i = to - 1; i >= from; i--) ctx.lineTo(x.getPixelForValue(xs[i]!), y.getPixelForValue(low[i]!))
    ctx.closePath()
    ctx.fill()
  }
}

/** [from, to) of each stretch of indices that hold. */
export function finiteRuns(length: number, holds: (i: number) => boolean): [number, number][] {
  const runs: [number, number][] = []
  for (let i = 0; i < length; i++) {
    if (!holds(i)) continue
    const from = i
    while (i < length && holds(i)) i++
    runs.push([from, i])
  }
  return runs
}

const BOX_WIDTH = 34

function paintBox(ctx: Pen, { x: at, values, mean, interval, colour }: Box, x: Scale, y: Scale, inks: Inks): void {
  const finite = values
    .map(({ value }) => value)
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  if (finite.length === 0) return
  const own = ink(colour, inks)
  const centre = x.getPixelForValue(at)
  const half = Math.min(BOX_WIDTH, (x.getPixelForValue(at + 1) - centre) * 0.5) / 2
  if (finite.length >= 4) {
    const [q1, median, q3] = [0.25, 0.5, 0.75].map(p => y.getPixelForValue(quantile(finite, p))) as [
      number,
      number,
      number,
    ]
    ctx.fillStyle = fade(own, 0.12)
    ctx.strokeStyle = fade(own, 0.7)
    ctx.lineWidth = 1
    ctx.fillRect(centre - half, q3, 2 * half, q1 - q3)
    ctx.strokeRect(centre - half, q3, 2 * half, q1 - q3)
    stroke(ctx, [
      [centre - half, median],
      [centre + half, median],
    ])
  }
  if (interval) {
    ctx.strokeStyle = own
    ctx.lineWidth = 2
    stroke(ctx, [
      [centre, y.getPixelForValue(interval[0])],
      [centre, y.getPixelForValue(interval[1])],
    ])
  }
  ctx.fillStyle = fade(own, 0.75)
  finite.forEach((value, i) => {
    ctx.beginPath()
    ctx.arc(centre + half * scatter(i), y.getPixelForValue(value), 2.75, 0, 2 * Math.PI)
    ctx.fill()
  })
  if (!Number.isFinite(mean)) return
  const level = y.getPixelForValue(mean)
  ctx.fillStyle = own
  ctx.strokeStyle = inks.surface
  ctx.lineWidth = 1.5
  ctx.beginPath()
  for (const [i, [dx, dy]] of (
    [
      [0, -6],
      [6, 0],
      [0, 6],
      [-6, 0],
    ] as const
  ).entries()) {
    if (i === 0) ctx.moveTo(centre + dx, level + dy)
    else ctx.lineTo(centre + dx, level + dy)
  }
  ctx.closePath()
  ctx.fill()
  ctx.stroke()
}

/** Evenly spread places in (-0.8, 0.8): the golden ratio's multiples, the same for the same index. */
const scatter = (i: number): number => (((i + 1) * 0.618_033_988_749_895) % 1) * 1.6 - 0.8
