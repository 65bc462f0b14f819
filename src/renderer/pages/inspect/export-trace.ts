import type { OptimalPrediction, Trace } from '../../../shared/contract/index.ts'
import { pngOf } from '../../charts/chart.ts'
import { FONT } from '../../charts/paint.ts'
import { npz, type NpyArray } from '../../lib/npz.ts'
import { fileName, saveFile, textFile } from '../../shell/files.ts'

/** A lane as it is seen: its name and its picture, where they stand in the board. */
interface Pictured { readonly title: string, readonly x: number, readonly y: number, readonly width: number, readonly height: number, readonly canvas: HTMLCanvasElement }

const PAD = 12

export async function exportTrace(kind: 'png' | 'svg' | 'npz', trace: Trace, optimal: OptimalPrediction | null, board: HTMLElement): Promise<void> {
  const name = fileName(`trace-${trace.runId}-${trace.symbols.length}-epoch-${trace.epoch}`)
  if (kind === 'npz') saveFile({ name: `${name}.npz`, type: 'application/zip', bytes: npz(traceArrays(trace, optimal)) })
  else if (kind === 'svg') saveFile(textFile(`${name}.svg`, 'image/svg+xml', lanesSvg(picturesIn(board))))
  else saveFile({ name: `${name}.png`, type: 'image/png', bytes: await lanesPng(picturesIn(board), getComputedStyle(board).backgroundColor, getComputedStyle(board).color) })
}

/** Everything in a trace, by the names under which it came. */
export function traceArrays({ symbols, probabilities, nats, symbolNames, tensors }: Trace, optimal: OptimalPrediction | null): NpyArray[] {
  const [columns, width] = [symbols.length + 1, symbolNames.length + 1]
  return [
    { name: 'symbols', shape: [symbols.length], data: symbols }, { name: 'probabilities', shape: [columns, width], data: probabilities }, { name: 'nats', shape: [columns], data: nats },
    ...optimal ? [{ name: 'optimal.probabilities', shape: [columns, width], data: optimal.probabilities }, { name: 'optimal.nats', shape: [columns], data: optimal.nats }] : [],
    ...tensors.map(({ name, shape, data }) => ({ name, shape, data })),
  ]
}

function picturesIn(board: HTMLElement): Pictured[] {
  const origin = board.getBoundingClientRect()
  return [...board.querySelectorAll<HTMLElement>('.lane')].flatMap(lane => {
    const canvas = lane.querySelector('canvas')
    if (!canvas) return []
    const { left, top, width, height } = canvas.getBoundingClientRect()
    return [{ title: lane.querySelector('.name > span')?.textContent ?? '', x: left - origin.left, y: top - origin.top + board.scrollTop, width, height, canvas }]
  })
}

const sizeOf = (pictures: readonly Pictured[]): { width: number, height: number } =>
  ({ width: Math.max(...pictures.map(({ x, width }) => x + width)) + PAD, height: Math.max(...pictures.map(({ y, height }) => y + height)) + PAD })

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

export function lanesSvg(pictures: readonly Pictured[]): string {
  const { width, height } = sizeOf(pictures)
  const lanes = pictures.map(({ title, x, y, width, height, canvas }) =>
    `<text x="${PAD}" y="${y + 13}" font-size="12">${escape(title)}</text><image x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="none" href="${canvas.toDataURL('image/png')}"/>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif">\n${lanes.join('\n')}\n</svg>\n`
}

async function lanesPng(pictures: readonly Pictured[], ground: string, text: string): Promise<Uint8Array> {
  const { width, height } = sizeOf(pictures)
  const canvas = document.createElement('canvas')
  const ratio = 2
  canvas.width = width * ratio
  canvas.height = height * ratio
  const ctx = canvas.getContext('2d')!
  ctx.scale(ratio, ratio)
  ctx.fillStyle = ground
  ctx.fillRect(0, 0, width, height)
  ctx.fillStyle = text
  ctx.font = `12px ${FONT}`
  ctx.imageSmoothingEnabled = false
  for (const picture of pictures) {
    ctx.fillText(picture.title, PAD, picture.y + 13)
    ctx.drawImage(picture.canvas, picture.x, picture.y, picture.width, picture.height)
  }
  return pngOf(canvas)
}
