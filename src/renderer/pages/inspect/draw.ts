import { fade, INKS, type Inks, type Theme } from '../../charts/palette.ts'
import { FONT } from '../../charts/paint.ts'
import { paintHeat } from './colours.ts'
import { END, NONE, type HeatLane, type Lane, type SeriesLane, type SymbolLane } from './lanes.ts'
import { leftOf } from './steps.ts'

export interface Look { readonly theme: Theme, readonly columns: number, readonly symbolNames: readonly string[], /** Of the longest training string; null where the string is no longer. */ readonly trainedTo: number | null }
interface Area { readonly left: number, readonly top: number, readonly width: number, readonly height: number }
type Context = CanvasRenderingContext2D

/** Narrowest column, in pixels, in which a symbol can be read. */
const READABLE = 8

/** Draws a lane once; nothing in it depends on the cursor. */
export function drawLane(ctx: Context, lane: Lane, area: Area, look: Look): void {
  const inks = INKS[look.theme]
  ctx.save()
  ctx.beginPath()
  ctx.rect(area.left, area.top, area.width, area.height)
  ctx.clip()
  ctx.translate(area.left, area.top)
  if (lane.kind === 'symbols') drawSymbols(ctx, lane, area, look, inks)
  else if (lane.kind === 'series') drawSeries(ctx, lane, area, look, inks)
  else drawHeat(ctx, lane, area, look)
  if (look.trainedTo !== null) {
    const x = Math.round(leftOf(look.trainedTo + 1, look.columns, area.width)) + 0.5
    ctx.strokeStyle = inks.ice
    ctx.lineWidth = 1
    ctx.setLineDash([3, 3])
    ctx.beginPath()
    ctx.moveTo(x, 0)
    ctx.lineTo(x, area.height)
    ctx.stroke()
  }
  ctx.restore()
}

function drawSymbols(ctx: Context, { symbols, wrong }: SymbolLane, { width, height }: Area, { columns, symbolNames }: Look, inks: Inks): void {
  const each = width / columns
  const readable = each >= READABLE
  ctx.font = `500 ${Math.min(12, Math.max(9, each))}px ${FONT}`
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  symbols.forEach((symbol, t) => {
    if (symbol === NONE) return
    const left = leftOf(t, columns, width)
    const end = symbol === symbolNames.length
    ctx.fillStyle = fade(end ? inks.quiet : inks.plans[(symbol + 1) % inks.plans.length]!, readable ? 0.2 : 0.75)
    ctx.fillRect(left, 0, readable ? each - 1 : each, height)
    if (readable) {
      ctx.fillStyle = inks.text
      ctx.fillText(end ? END : symbolNames[symbol]!, left + each / 2, height / 2 + 0.5, each)
    }
  })
  ctx.fillStyle = inks.bad
  wrong.forEach((is, t) => { if (is) ctx.fillRect(leftOf(t, columns, width), height - 4, Math.max(2, each - (readable ? 1 : 0)), 4) })
}

/** Colours and dashes of series: what is pushed and popped is the same everywhere. */
export function seriesStyle(label: string, index: number, inks: Inks): { colour: string, dash: readonly number[] } {
  const own: Readonly<Record<string, { colour: string, dash: readonly number[] }>> = {
    'push': { colour: inks.plans[1]!, dash: [] }, 'pop': { colour: inks.plans[0]!, dash: [] }, 'no-op': { colour: inks.axis, dash: [] },
    'model': { colour: inks.plans[1]!, dash: [] }, 'exact': { colour: inks.text, dash: [4, 3] },
  }
  return own[label] ?? { colour: inks.plans[(index + 1) % inks.plans.length]!, dash: [] }
}

function drawSeries(ctx: Context, { series, stacked, top }: SeriesLane, { width, height }: Area, { columns, theme }: Look, inks: Inks): void {
  ctx.fillStyle = inks.surface
  ctx.fillRect(0, 0, width, height)
  const y = (value: number): number => stacked ? height * (1 - value / top) : 2 + (height - 4) * (1 - value / top)
  const below = new Float64Array(columns)
  series.forEach(({ label, values }, i) => {
    const { colour, dash } = seriesStyle(label, i, inks)
    if (stacked) {
      ctx.fillStyle = fade(colour, theme === 'dark' ? 0.9 : 0.85)
      ctx.beginPath()
      stairs(ctx, columns, width, t => y(below[t]! + finite(values[t]!)))
      for (let t = columns - 1; t >= 0; t--) {
        ctx.lineTo(leftOf(t + 1, columns, width), y(below[t]!))
        ctx.lineTo(leftOf(t, columns, width), y(below[t]!))
      }
      ctx.fill()
      for (let t = 0; t < columns; t++) below[t]! += finite(values[t]!)
      return
    }
    ctx.strokeStyle = colour
    ctx.lineWidth = 1.5
    ctx.setLineDash([...dash])
    ctx.beginPath()
    stairs(ctx, columns, width, t => y(finite(values[t]!)))
    ctx.stroke()
    ctx.setLineDash([])
  })
}

const finite = (value: number): number => Number.isFinite(value) ? value : 0

function stairs(ctx: Context, columns: number, width: number, y: (t: number) => number): void {
  for (let t = 0; t < columns; t++) {
    if (t === 0) ctx.moveTo(0, y(0))
    else ctx.lineTo(leftOf(t, columns, width), y(t))
    ctx.lineTo(leftOf(t + 1, columns, width), y(t))
  }
}

function drawHeat(ctx: Context, { values, rows, most }: HeatLane, { width, height }: Area, { columns, theme }: Look): void {
  const image = new ImageData(columns, rows)
  paintHeat(image.data, values, columns, rows, most, theme)
  const source = document.createElement('canvas')
  source.width = columns
  source.height = rows
  source.getContext('2d')!.putImageData(image, 0, 0)
  ctx.imageSmoothingEnabled = false
  ctx.drawImage(source, 0, 0, columns, rows, 0, 0, width, height)
}

export const GAP = 6
const TITLE = 130
const MARGIN = 12

/** All lanes with their titles as one picture. @param heights of the lanes, pixels @param ratio pixels of the picture for each of these */
export function picture(lanes: readonly Lane[], heights: readonly number[], width: number, look: Look, heading: string, ratio = 2): Promise<Uint8Array> {
  const canvas = document.createElement('canvas')
  const inks = INKS[look.theme]
  const height = 2 * MARGIN + 24 + heights.reduce((sum, one) => sum + one + GAP, 0)
  canvas.width = Math.round((TITLE + width + 2 * MARGIN) * ratio)
  canvas.height = Math.round(height * ratio)
  const ctx = canvas.getContext('2d')!
  ctx.scale(ratio, ratio)
  ctx.fillStyle = inks.surface
  ctx.fillRect(0, 0, TITLE + width + 2 * MARGIN, height)
  ctx.fillStyle = inks.text
  ctx.textBaseline = 'top'
  ctx.font = `600 13px ${FONT}`
  ctx.fillText(heading, MARGIN, MARGIN)
  let top = MARGIN + 24
  lanes.forEach((lane, i) => {
    ctx.fillStyle = inks.text
    ctx.font = `500 11px ${FONT}`
    ctx.fillText(lane.title, MARGIN, top + 2, TITLE - 8)
    drawLane(ctx, lane, { left: MARGIN + TITLE, top, width, height: heights[i]! }, look)
    top += heights[i]! + GAP
  })
  return new Promise((resolve, reject) => {
    canvas.toBlob(blob => {
      if (blob) void blob.arrayBuffer().then(bytes => { resolve(new Uint8Array(bytes)) }, reject)
      else reject(new Error('The picture is too large to be drawn.'))
    }, 'image/png')
  })
}
