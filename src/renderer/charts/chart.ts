import { drawWhole, EXPORT_SIZE } from '../../figures/draw.ts'
import type { Figure } from '../../figures/figure.ts'
import { INKS, type Theme } from '../../figures/palette.ts'

/** A figure with its title, legend and caption as a PNG, `ratio` pixels to a unit. */
export async function figurePng(
  figure: Figure,
  { size = EXPORT_SIZE, theme = 'light' as Theme, ratio = 3 } = {},
): Promise<Uint8Array> {
  const canvas = document.createElement('canvas')
  canvas.width = size.width
  canvas.height = size.height
  const chart = drawWhole(canvas, figure, { size, inks: INKS[theme], ratio })
  try {
    return await pngOf(canvas)
  } finally {
    chart.destroy()
  }
}

export async function pngOf(canvas: HTMLCanvasElement): Promise<Uint8Array> {
  const blob = await new Promise<Blob | null>(resolve => {
    canvas.toBlob(resolve, 'image/png')
  })
  if (blob === null) throw new Error('The picture is too large for this machine to draw.')
  return new Uint8Array(await blob.arrayBuffer())
}
