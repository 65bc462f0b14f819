import { onMounted, watch, type Ref } from 'vue'
import type { SvgContext } from '../../../figures/svg-context.ts'
import type { Range } from './trace-view.ts'

/** What draws on the page and into a file of lines and words. */
type Pen = Pick<CanvasRenderingContext2D, keyof CanvasRenderingContext2D & keyof SvgContext>

/** What a lane draws on: columns of the trace mapped to pixels of its canvas. */
export interface Board<Context = Pen> {
  readonly ctx: Context
  readonly width: number
  readonly height: number
  /** Left edge of a column, pixels; columns need not be whole. */
  readonly x: (column: number) => number
  /** Pixels a column. */
  readonly step: number
  /** Columns that are at least in part in sight. */
  readonly first: number
  readonly last: number
}

export interface LaneSize {
  readonly width: number
  readonly height: number
  readonly range: Range
  readonly columns: number
}

/** How what is on a canvas is drawn elsewhere, for canvases of shapes and words. */
const drawings = new WeakMap<HTMLCanvasElement, (ctx: Pen) => void>()
/** undefined: the canvas is a picture of points. */
export const drawingOf = (canvas: HTMLCanvasElement): ((ctx: Pen) => void) | undefined => drawings.get(canvas)

type Canvas = Readonly<Ref<HTMLCanvasElement | null>>

/** Gives the canvas its size on the page, and draws again, sharp on every screen, when the size or anything in `also` changes. */
export function useLaneCanvas(
  canvas: Canvas,
  size: () => LaneSize,
  also: () => unknown,
  draw: (board: Board) => void,
): void {
  useCanvas<Pen>(canvas, size, also, draw, (element, drawOn) => {
    drawings.set(element, drawOn)
  })
}

/** The same for a picture of points, rather than shapes and words. */
export function usePointsCanvas(
  canvas: Canvas,
  size: () => LaneSize,
  also: () => unknown,
  draw: (board: Board<CanvasRenderingContext2D>) => void,
): void {
  useCanvas<CanvasRenderingContext2D>(canvas, size, also, draw)
}

function useCanvas<Context>(
  canvas: Canvas,
  size: () => LaneSize,
  also: () => unknown,
  draw: (board: Board<Context | CanvasRenderingContext2D>) => void,
  drawn: (element: HTMLCanvasElement, drawOn: (ctx: Context) => void) => void = () => {},
): void {
  function redraw(): void {
    const { width, height, range, columns } = size()
    if (!canvas.value) return
    Object.assign(canvas.value.style, { display: 'block', width: `${width}px`, height: `${height}px` })
    const ctx = canvas.value.getContext('2d')
    if (!ctx || width < 1 || height < 1) return
    const ratio = window.devicePixelRatio || 1
    const [wide, tall] = [Math.round(width * ratio), Math.round(height * ratio)]
    // A new size clears as well, and takes new memory.
    if (canvas.value.width === wide && canvas.value.height === tall) ctx.reset()
    else Object.assign(canvas.value, { width: wide, height: tall })
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
    const { from, to } = range
    const step = width / (to - from)
    const drawOn = (ctx: Context | CanvasRenderingContext2D): void =>
      draw({
        ctx,
        width,
        height,
        step,
        x: column => (column - from) * step,
        first: Math.max(0, Math.floor(from)),
        last: Math.min(columns, Math.ceil(to)),
      })
    drawOn(ctx)
    drawn(canvas.value, drawOn)
  }
  onMounted(redraw)
  watch([size, also], redraw, { flush: 'post', deep: 1 })
}
