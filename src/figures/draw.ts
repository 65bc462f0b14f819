import {
  BasicPlatform,
  Chart,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  type Plugin,
  type Point,
} from 'chart.js'
import { figureConfig } from './config.ts'
import { legendOf, type Figure, type LegendEntry } from './figure.ts'
import { FONT, painter, type Pen } from './paint.ts'
import { ink, INKS, type Inks, type Theme } from './palette.ts'
import { SvgContext } from './svg-context.ts'
import { clipped, inLines, textWidth } from './text-width.ts'

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale)

export { Chart }

export interface ExportSize {
  readonly width: number
  readonly height: number
}

/** Of a figure in a file. */
export const EXPORT_SIZE: ExportSize = { width: 900, height: 540 }

/** A figure with its title, legend and caption, as an SVG file: the same bytes with a page and without one. */
export function figureSvg(figure: Figure, size: ExportSize = EXPORT_SIZE, theme: Theme = 'light'): string {
  const context = new SvgContext(size.width, size.height)
  const chart = drawWhole({ getContext: () => context }, figure, { size, inks: INKS[theme], direct: true })
  const svg = context.toString()
  chart.destroy()
  return svg
}

/**
 * Draws a figure with its title, legend and caption.
 * @param canvas a page's canvas, or what has a context to draw with
 * @returns to be destroyed once the picture has been read, and not before: that clears it
 */
export function drawWhole(
  canvas: unknown,
  figure: Figure,
  {
    size,
    inks,
    direct = false,
    ratio = 1,
  }: {
    readonly size: ExportSize
    readonly inks: Inks
    /** See `figureConfig`. */
    readonly direct?: boolean
    /** Pixels to a unit. */
    readonly ratio?: number
  },
): Chart<'line', Point[]> {
  const layout = layoutOf(figure, size.width)
  const config = figureConfig(figure, inks, { direct })
  config.platform = BasicPlatform
  config.options!.devicePixelRatio = ratio
  config.options!.layout = { padding: { top: layout.top, right: 16, bottom: layout.bottom, left: 10 } }
  config.plugins = [
    frame(layout, inks),
    painter(
      () => figure,
      () => inks,
    ),
  ]
  return new Chart<'line', Point[]>(canvas as never, config)
}

interface Layout {
  readonly title: readonly string[]
  readonly entries: readonly (LegendEntry & { readonly x: number; readonly y: number })[]
  readonly caption: readonly string[]
  /** Above and below the chart. */
  readonly top: number
  readonly bottom: number
}

const SIDE = 14
const [TITLE, LEGEND, CAPTION] = [14, 12, 11] as const
const SWATCH = 28
/** Between entries of the legend, and between its rows. */
const [APART, ROW] = [18, 20] as const
const CAPTION_LINE = 15

/** Title, legend and caption in as many lines as they need. */
function layoutOf(figure: Figure, width: number): Layout {
  const room = width - 2 * SIDE
  const title = inLines(figure.title, room, TITLE, 600)
  const caption = figure.caption === undefined ? [] : inLines(figure.caption, room, CAPTION)
  let [x, y] = [SIDE, 24 + 18 * title.length + 2]
  const entries = legendOf(figure).map(entry => {
    const label = clipped(entry.label, room - SWATCH, LEGEND)
    const wide = SWATCH + textWidth(label, LEGEND)
    if (x > SIDE && x + wide > width - SIDE) [x, y] = [SIDE, y + ROW]
    const placed = { ...entry, label, x, y }
    x += wide + APART
    return placed
  })
  return {
    title,
    entries,
    caption,
    top: (entries.length > 0 ? y : 6 + 18 * title.length) + 14,
    bottom: caption.length > 0 ? CAPTION_LINE * caption.length + 14 : 10,
  }
}

function frame({ title, entries, caption }: Layout, inks: Inks): Plugin<'line'> {
  return {
    id: 'permafrost-frame',
    beforeDraw({ ctx, width, height }) {
      ctx.fillStyle = inks.surface
      ctx.fillRect(0, 0, width, height)
    },
    afterDraw({ ctx, height }) {
      ctx.save()
      ctx.textAlign = 'left'
      ctx.textBaseline = 'alphabetic'
      ctx.fillStyle = inks.text
      ctx.font = `600 ${TITLE}px ${FONT}`
      for (const [i, line] of title.entries()) ctx.fillText(line, SIDE, 24 + 18 * i)
      for (const entry of entries) drawEntry(ctx, entry, inks)
      ctx.fillStyle = inks.quiet
      ctx.font = `${CAPTION}px ${FONT}`
      for (const [i, line] of caption.entries())
        ctx.fillText(line, SIDE, height - 12 - CAPTION_LINE * (caption.length - 1 - i))
      ctx.restore()
    },
  }
}

function drawEntry(ctx: Pen, { label, colour, dash = [], x, y }: Layout['entries'][number], inks: Inks): void {
  ctx.strokeStyle = ink(colour, inks)
  ctx.lineWidth = 2.5
  ctx.setLineDash([...dash])
  ctx.beginPath()
  ctx.moveTo(x, y - 4)
  ctx.lineTo(x + 22, y - 4)
  ctx.stroke()
  ctx.setLineDash([])
  ctx.fillStyle = inks.text
  ctx.font = `${LEGEND}px ${FONT}`
  ctx.fillText(label, x + SWATCH, y)
}
