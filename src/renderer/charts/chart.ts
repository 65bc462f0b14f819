import { figureSvg as svgOf, drawWhole, type ExportSize } from '../../figures/draw.ts'
import type { Figure } from '../../figures/figure.ts'
import { INKS, type Theme } from '../../figures/palette.ts'

/** A figure with its title, legend and caption, as an SVG file. */
export const figureSvg = (figure: Figure, size: ExportSize, theme: Theme = 'light'): string =>
  svgOf(figure, size, { theme, measure: canvasMeasure() })

/** The same as a PNG, `ratio` pixels to a unit. */
export async function figurePng(
  figure: Figure,
  { width, height }: ExportSize,
  { theme = 'light' as Theme, ratio = 2 } = {},
): Promise<Uint8Array> {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  drawWhole(canvas, figure, INKS[theme], { direct: false, ratio })
  return pngOf(canvas)
}

export async function pngOf(canvas: HTMLCanvasElement): Promise<Uint8Array> {
  const blob = await new Promise<Blob | null>(resolve => {
    canvas.toBlob(resolve, 'image/png')
  })
  if (blob === null) throw new Error('The picture is too large for this machine to draw.')
  return new Uint8Array(await blob.arrayBuffer())
}

function canvasMeasure(): ((text: string, font: string) => number) | undefined {
  const context = document.createElement('canvas').getContext('2d')
  if (!context) return undefined
  return (text, font) => {
    context.font = font
    return context.measureText(text).width
  }
}
