import {
  BasicPlatform,
  Chart,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  type Plugin,
} from 'chart.js'
import { figureConfig } from './config.ts'
import { legendOf, type Figure, type LegendEntry } from './figure.ts'
import { FONT, painter } from './paint.ts'
import { ink, INKS, type Inks, type Theme } from './palette.ts'
import { SvgContext } from './svg-context.ts'

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale)

export { Chart }

export interface ExportSize {
  readonly width: number
  readonly height: number
}

/** A figure with its title, legend and caption, as an SVG file. @param measure width of a text in a font, in pixels */
export function figureSvg(
  figure: Figure,
  { width, height }: ExportSize,
  { theme = 'light' as Theme, measure = undefined as ((text: string, font: string) => number) | undefined } = {},
): string {
  const context = new SvgContext(width, height, measure)
  drawWhole({ getContext: () => context } as unknown as HTMLCanvasElement, figure, INKS[theme], {
    direct: true,
    ratio: 1,
  })
  return context.toString()
}

export function drawWhole(
  canvas: HTMLCanvasElement,
  figure: Figure,
  inks: Inks,
  { direct, ratio }: { direct: boolean; ratio: number },
): void {
  const config = figureConfig(figure, inks, { direct })
  config.platform = BasicPlatform
  config.options!.devicePixelRatio = ratio
  config.options!.layout = {
    padding: { top: legendOf(figure).length > 0 ? 58 : 36, right: 16, bottom: figure.caption ? 30 : 10, left: 10 },
  }
  config.plugins = [
    frame(figure, inks),
    painter(
      () => figure,
      () => inks,
    ),
  ]
  const chart = new Chart(canvas, config)
  chart.destroy()
}

function frame(figure: Figure, inks: Inks): Plugin<'line'> {
  return {
    id: 'permafrost-frame',
    beforeDraw({ ctx, width, height }) {
      ctx.fillStyle = inks.surface
      ctx.fillRect(0, 0, width, height)
    },
    afterDraw({ ctx, width, height }) {
      ctx.save()
      ctx.textAlign = 'left'
      ctx.textBaseline = 'alphabetic'
      ctx.fillStyle = inks.text
      ctx.font = `600 14px ${FONT}`
      ctx.fillText(figure.title, 14, 24)
      let at = 14
      for (const entry of legendOf(figure)) at += drawEntry(ctx, entry, at, 44, inks)
      ctx.fillStyle = inks.quiet
      ctx.font = `11px ${FONT}`
      if (figure.caption) ctx.fillText(clipped(ctx, figure.caption, width - 28), 14, height - 12)
      ctx.restore()
    },
  }
}

function drawEntry(
  ctx: CanvasRenderingContext2D,
  { label, colour, dash = [] }: LegendEntry,
  x: number,
  y: number,
  inks: Inks,
): number {
  ctx.strokeStyle = ink(colour, inks)
  ctx.lineWidth = 2.5
  ctx.setLineDash([...dash])
  ctx.beginPath()
  ctx.moveTo(x, y - 4)
  ctx.lineTo(x + 22, y - 4)
  ctx.stroke()
  ctx.setLineDash([])
  ctx.fillStyle = inks.text
  ctx.font = `12px ${FONT}`
  ctx.fillText(label, x + 28, y)
  return 28 + ctx.measureText(label).width + 18
}

function clipped(ctx: CanvasRenderingContext2D, text: string, width: number): string {
  if (ctx.measureText(text).width <= width) return text
  let end = text.length
  while (end > 0 && ctx.measureText(`${text.slice(0, end)}…`).width > width) end--
  return `${text.slice(0, end)}…`
}
