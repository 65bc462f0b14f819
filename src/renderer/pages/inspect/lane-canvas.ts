import { onMounted, watch, type Ref } from 'vue'
import type { Range } from './trace-view.ts'

/** What a lane draws on: columns of the trace mapped to pixels of its canvas. */
export interface Board {
  readonly ctx: CanvasRenderingContext2D
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

export interface LaneSize { readonly width: number, readonly height: number, readonly range: Range, readonly columns: number }

/** How what is on a canvas is drawn elsewhere, for canvases of shapes and words. */
const drawings = new WeakMap<HTMLCanvasElement, (ctx: CanvasRenderingContext2D) => void>()
/** undefined: the canvas is a picture of points. */
export const drawingOf = (canvas: HTMLCanvasElement): ((ctx: CanvasRenderingContext2D) => void) | undefined => drawings.get(canvas)

/**
 * Gives the canvas its size on the page, and draws again, sharp on every screen, when the size or anything in `also` changes.
 * @param points whether a picture of points is drawn, rather than shapes and words
 */
export function useLaneCanvas(canvas: Readonly<Ref<HTMLCanvasElement | null>>, size: () => LaneSize, also: () => unknown, draw: (board: Board) => void, { points = false } = {}): void {
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
    const drawOn = (ctx: CanvasRenderingContext2D): void => draw({ ctx, width, height, step, x: column => (column - from) * step, first: Math.max(0, Math.floor(from)), last: Math.min(columns, Math.ceil(to)) })
    drawOn(ctx)
    if (!points) drawings.set(canvas.value, drawOn)
  }
  onMounted(redraw)
  watch([size, also], redraw, { flush: 'post', deep: 1 })
}
