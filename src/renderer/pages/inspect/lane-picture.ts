import { FONT, type Pen } from '../../../figures/paint.ts'
import { INKS, type Theme } from '../../../figures/palette.ts'
import { SvgContext } from '../../../figures/svg-context.ts'
import { clipped, inLines, textWidth } from '../../../figures/text-width.ts'
import { pngOf } from '../../charts/chart.ts'
import { colourMap, type MapKind } from '../../charts/colour-map.ts'
import { short } from '../../lib/numbers.ts'
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
  /** Of the box that they have, which they may end in and never leave. */
  readonly box?: { readonly width: number; readonly align: 'left' | 'right' }
  readonly y: number
  readonly size: number
  /** Default: that of the text. */
  readonly colour?: string
}
/** What the colours of heat maps say, and of which lanes. */
interface Scaled {
  readonly kind: MapKind
  readonly high: number
  readonly lanes: readonly string[]
}

/** What the board shows, for a picture of it. */
export interface Board {
  /** Lines above it. */
  readonly about?: readonly string[]
  readonly pictures: readonly Pictured[]
  readonly words: readonly Worded[]
  readonly scales?: readonly Scaled[]
}

/** Every canvas of a lane in its order, so that what lies over a picture stays over it; titles, names of rows, legends, the numbers of steps, and what colours mean. */
export function boardIn(board: HTMLElement, about: readonly string[]): Board {
  const origin = board.getBoundingClientRect()
  const place = (element: Element) => {
    const { left, top, width, height } = element.getBoundingClientRect()
    return { x: left - origin.left + board.scrollLeft, y: top - origin.top + board.scrollTop, width, height }
  }
  const canvases = [...board.querySelectorAll<HTMLCanvasElement>('.lane canvas')]
  return {
    about,
    pictures: canvases.map(canvas => ({ ...place(canvas), canvas })),
    words: [
      ...board.querySelectorAll<HTMLElement>(
        '.name > span.clip, .names > span, .ruler > span, .key > i, .key > i > span',
      ),
    ].map(element => {
      const { x, y, width, height } = place(element)
      const { fontSize, color, textAlign } = getComputedStyle(element)
      return {
        text: ownText(element),
        x,
        y: y + height / 2,
        size: Number.parseFloat(fontSize) || 12,
        ...(element.classList.contains('clip')
          ? { box: { width, align: textAlign === 'right' ? ('right' as const) : ('left' as const) } }
          : {}),
        ...(element.closest('.key, .measure') ? { colour: hex(color) } : {}),
      }
    }),
    scales: scalesOf(canvases),
  }
}

/** Without that of what stands in it. */
const ownText = (element: HTMLElement): string =>
  [...element.childNodes]
    .map(node => (node.nodeType === Node.TEXT_NODE ? node.textContent : ''))
    .join('')
    .trim()

/** `rgb(1, 2, 3)` as `#010203`; null where it is something else. */
function hex(colour: string): string | undefined {
  const found = /^rgba?\((\d+),? (\d+),? (\d+)/.exec(colour)
  if (!found) return undefined
  return `#${found
    .slice(1)
    .map(part => Number(part).toString(16).padStart(2, '0'))
    .join('')}`
}

function scalesOf(canvases: readonly HTMLCanvasElement[]): Scaled[] {
  const scales = new Map<string, Scaled & { lanes: string[] }>()
  for (const canvas of canvases) {
    const { kind, high } = canvas.dataset
    const lane = canvas.closest<HTMLElement>('.lane')?.dataset.title
    if ((kind !== 'sequential' && kind !== 'diverging') || lane === undefined) continue
    const key = `${kind} ${high}`
    const scale = scales.get(key) ?? { kind, high: Number(high), lanes: [] }
    if (!scale.lanes.includes(lane)) scale.lanes.push(lane)
    scales.set(key, scale)
  }
  return [...scales.values()]
}

const PAD = 12
const [HEADING, LINE] = [14, 12] as const
const [LINE_HEIGHT, SCALE_HEIGHT] = [18, 20] as const
const SCALE = { width: 80, height: 8, cells: 32 } as const
const NARROWEST = 420

interface Layout {
  readonly width: number
  readonly height: number
  readonly about: readonly string[]
  /** Where the board begins, and where its scales do. */
  readonly top: number
  readonly bottom: number
}

function layoutOf({ about = [], pictures, scales = [] }: Board): Layout {
  const width = Math.max(NARROWEST, ...pictures.map(({ x, width }) => x + width + PAD))
  const lines = about.flatMap((line, i) =>
    inLines(line, width - 2 * PAD, i === 0 ? HEADING : LINE, i === 0 ? 600 : 400),
  )
  const top = lines.length > 0 ? LINE_HEIGHT * lines.length + 2 * PAD : 0
  const bottom = top + Math.max(0, ...pictures.map(({ y, height }) => y + height)) + PAD
  return {
    width,
    height: bottom + (scales.length > 0 ? SCALE_HEIGHT * scales.length + PAD : 0),
    about: lines,
    top,
    bottom,
  }
}

/** Words and scales, by whatever pen. */
function writeOn(pen: Pen, { words, scales = [] }: Board, { width, about, top, bottom }: Layout, theme: Theme): void {
  const inks = INKS[theme]
  const write = (text: string, x: number, y: number, font: string, colour: string): void => {
    pen.font = `${font} ${FONT}`
    pen.fillStyle = colour
    pen.fillText(text, x, y)
  }
  pen.textAlign = 'left'
  pen.textBaseline = 'alphabetic'
  for (const [i, line] of about.entries())
    write(
      line,
      PAD,
      PAD + LINE_HEIGHT * i + 12,
      i === 0 ? `600 ${HEADING}px` : `${LINE}px`,
      i === 0 ? inks.text : inks.quiet,
    )
  for (const { text, x, y, size, colour, box } of words) {
    if (text === '') continue
    const shown = box ? clipped(text, box.width, size) : text
    pen.textAlign = box?.align ?? 'left'
    write(shown, x + (box?.align === 'right' ? box.width : 0), top + y + 0.35 * size, `${size}px`, colour ?? inks.text)
  }
  pen.textAlign = 'left'
  for (const [i, { kind, high, lanes }] of scales.entries()) {
    const y = bottom + SCALE_HEIGHT * i
    const map = colourMap(kind, theme)
    const step = SCALE.width / SCALE.cells
    const ends = kind === 'diverging' ? [`−${short(high, 2)}`, short(high, 2)] : ['0', short(high, 2)]
    write(ends[0]!, PAD, y + 8, `${LINE}px`, inks.text)
    const left = PAD + textWidth(ends[0]!, LINE) + 6
    for (let cell = 0; cell < SCALE.cells; cell++) {
      const at = 3 * Math.round((255 * cell) / (SCALE.cells - 1))
      pen.fillStyle = `#${[0, 1, 2].map(c => map[at + c]!.toString(16).padStart(2, '0')).join('')}`
      pen.fillRect(left + step * cell, y, step + 0.5, SCALE.height)
    }
    const right = left + SCALE.width + 6
    write(ends[1]!, right, y + 8, `${LINE}px`, inks.text)
    const after = right + textWidth(ends[1]!, LINE) + 12
    write(clipped(lanes.join(', '), width - after - PAD, LINE), after, y + 8, `${LINE}px`, inks.quiet)
  }
}

/** A heat map has thousands of points: they stay a picture, whose points keep their edges at any size. */
const pointsSvg = ({ x, y, width, height, canvas }: Pictured): string =>
  `<image x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="none" style="image-rendering: pixelated" href="${canvas.toDataURL('image/png')}"/>`

/** Shapes and words, as such. */
function drawnSvg({ x, y, width, height, canvas }: Pictured, i: number): string | undefined {
  const draw = drawingOf(canvas)
  if (!draw) return undefined
  const ctx = new SvgContext(width, height, `lane${i}-`)
  draw(ctx as unknown as Parameters<typeof draw>[0])
  return ctx.toString().trim().replace('<svg ', `<svg x="${x}" y="${y}" `)
}

export function lanesSvg(board: Board, theme: Theme): string {
  const layout = layoutOf(board)
  const { width, height, top } = layout
  const pictures = board.pictures
    .map(picture => ({ ...picture, y: picture.y + top }))
    .map((picture, i) => drawnSvg(picture, i) ?? pointsSvg(picture))
  const words = new SvgContext(width, height, 'words-')
  writeOn(words, board, layout, theme)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n<rect width="${width}" height="${height}" fill="${INKS[theme].surface}"/>\n${[...pictures, words.toString().trim()].join('\n')}\n</svg>\n`
}

export async function lanesPng(board: Board, theme: Theme): Promise<Uint8Array> {
  const layout = layoutOf(board)
  const canvas = document.createElement('canvas')
  const ratio = 2
  canvas.width = Math.ceil(layout.width * ratio)
  canvas.height = Math.ceil(layout.height * ratio)
  const ctx = canvas.getContext('2d')!
  ctx.scale(ratio, ratio)
  ctx.fillStyle = INKS[theme].surface
  ctx.fillRect(0, 0, layout.width + 1, layout.height + 1)
  ctx.imageSmoothingEnabled = false
  for (const { canvas: picture, x, y, width, height } of board.pictures)
    ctx.drawImage(picture, x, y + layout.top, width, height)
  writeOn(ctx as Pen, board, layout, theme)
  return pngOf(canvas)
}
