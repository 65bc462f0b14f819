import type { IdealStacks, OptimalPrediction, Trace } from '../../../shared/contract/index.ts'
import { pngOf } from '../../charts/chart.ts'
import { FONT } from '../../../figures/paint.ts'
import { SvgContext } from '../../../figures/svg-context.ts'
import { npz, type NpyArray } from '../../lib/npz.ts'
import { fileName, saveFile, textFile } from '../../shell/files.ts'
import { drawingOf } from './lane-canvas.ts'

/** A picture as it is seen: where it stands in the board. */
interface Pictured {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly canvas: HTMLCanvasElement
}
/** Words beside the pictures; `y` is the middle of the line. */
interface Worded {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly size: number
}

/** What the board shows, for a picture of it. */
export interface Board {
  readonly pictures: readonly Pictured[]
  readonly words: readonly Worded[]
}

/** What is exported besides the trace itself, where it is there. */
export interface Beside {
  readonly optimal: OptimalPrediction | null
  readonly second: Trace | null
  readonly ideal: IdealStacks | null
}

const PAD = 12

export async function exportTrace(
  kind: 'png' | 'svg' | 'npz',
  trace: Trace,
  beside: Beside,
  board: HTMLElement,
): Promise<void> {
  const name = fileName(`trace-${trace.runId}-${trace.symbols.length}-epoch-${trace.epoch}`)
  if (kind === 'npz') saveFile({ name: `${name}.npz`, type: 'application/zip', bytes: npz(traceArrays(trace, beside)) })
  else if (kind === 'svg')
    saveFile(textFile(`${name}.svg`, 'image/svg+xml', lanesSvg(boardIn(board), getComputedStyle(board))))
  else
    saveFile({ name: `${name}.png`, type: 'image/png', bytes: await lanesPng(boardIn(board), getComputedStyle(board)) })
}

/** Everything in a trace, by the names under which it came; the second run's under `second`. */
export function traceArrays(trace: Trace, { optimal, second, ideal }: Beside): NpyArray[] {
  const [columns, width] = [trace.symbols.length + 1, trace.symbolNames.length + 1]
  return [
    { name: 'symbols', shape: [trace.symbols.length], data: trace.symbols },
    ...valuesOf(trace),
    ...(optimal
      ? [
          { name: 'optimal.probabilities', shape: [columns, width], data: optimal.probabilities },
          { name: 'optimal.nats', shape: [columns], data: optimal.nats },
        ]
      : []),
    ...(ideal
      ? [
          { name: 'ideal.depth', shape: [columns], data: ideal.depth },
          { name: 'ideal.content', shape: [columns, ideal.rows, ideal.symbols.length], data: ideal.content },
          { name: 'ideal.moves', shape: [columns, 3], data: ideal.moves },
        ]
      : []),
    ...(second ? valuesOf(second).map(array => ({ ...array, name: `second.${array.name}` })) : []),
  ]
}

const valuesOf = ({ symbols, probabilities, nats, symbolNames, tensors }: Trace): NpyArray[] => [
  { name: 'probabilities', shape: [symbols.length + 1, symbolNames.length + 1], data: probabilities },
  { name: 'nats', shape: [symbols.length + 1], data: nats },
  ...tensors.map(({ name, shape, data }) => ({ name, shape, data })),
]

/** Every canvas of a lane in its order, so that what lies over a picture stays over it; titles, names of rows and the numbers of steps. */
export function boardIn(board: HTMLElement): Board {
  const origin = board.getBoundingClientRect()
  const place = (element: Element) => {
    const { left, top, width, height } = element.getBoundingClientRect()
    return { x: left - origin.left + board.scrollLeft, y: top - origin.top + board.scrollTop, width, height }
  }
  return {
    pictures: [...board.querySelectorAll<HTMLCanvasElement>('.lane canvas')].map(canvas => ({
      ...place(canvas),
      canvas,
    })),
    words: [...board.querySelectorAll<HTMLElement>('.name > span.clip, .names > span, .ruler > span')].map(element => {
      const { x, y, height } = place(element)
      return {
        text: element.textContent.trim(),
        x,
        y: y + height / 2,
        size: Number.parseFloat(getComputedStyle(element).fontSize) || 12,
      }
    }),
  }
}

const sizeOf = ({ pictures }: Board): { width: number; height: number } => ({
  width: Math.max(...pictures.map(({ x, width }) => x + width)) + PAD,
  height: Math.max(...pictures.map(({ y, height }) => y + height)) + PAD,
})

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** A heat map has thousands of points: they stay a picture, whose points keep their edges at any size. */
const pointsSvg = ({ x, y, width, height, canvas }: Pictured): string =>
  `<image x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="none" style="image-rendering: pixelated" href="${canvas.toDataURL('image/png')}"/>`

/** Shapes and words, as such. */
function drawnSvg({ x, y, width, height, canvas }: Pictured): string | undefined {
  const draw = drawingOf(canvas)
  if (!draw) return undefined
  const ctx = new SvgContext(width, height)
  draw(ctx as unknown as Parameters<typeof draw>[0])
  return ctx.toString().trim().replace('<svg ', `<svg x="${x}" y="${y}" `)
}

interface Look {
  readonly backgroundColor: string
  readonly color: string
}

export function lanesSvg(board: Board, { backgroundColor, color }: Look): string {
  const { width, height } = sizeOf(board)
  const pictures = board.pictures.map(picture => drawnSvg(picture) ?? pointsSvg(picture))
  const words = board.words.map(
    ({ text, x, y, size }) =>
      `<text x="${x}" y="${y}" font-size="${size}" dominant-baseline="central">${escape(text)}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" fill="${color}">\n<rect width="${width}" height="${height}" fill="${backgroundColor}"/>\n${[...pictures, ...words].join('\n')}\n</svg>\n`
}

async function lanesPng(board: Board, { backgroundColor, color }: Look): Promise<Uint8Array> {
  const { width, height } = sizeOf(board)
  const canvas = document.createElement('canvas')
  const ratio = 2
  canvas.width = width * ratio
  canvas.height = height * ratio
  const ctx = canvas.getContext('2d')!
  ctx.scale(ratio, ratio)
  ctx.fillStyle = backgroundColor
  ctx.fillRect(0, 0, width, height)
  ctx.fillStyle = color
  ctx.textBaseline = 'middle'
  ctx.imageSmoothingEnabled = false
  for (const picture of board.pictures)
    ctx.drawImage(picture.canvas, picture.x, picture.y, picture.width, picture.height)
  for (const { text, x, y, size } of board.words) {
    ctx.font = `${size}px ${FONT}`
    ctx.fillText(text, x, y)
  }
  return pngOf(canvas)
}
