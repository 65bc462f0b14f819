import { createCanvas, loadImage, type Canvas } from '@napi-rs/canvas'
import { textWidth } from '../text-width.ts'

/** Pictures as they are seen: pixels, not headers. Decoded and drawn by Skia, as Chromium does. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** Red, green, blue, opacity; row by row. */
  readonly data: Uint8ClampedArray
}

export interface Area {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export interface Word extends Area {
  readonly text: string
  /** `#rrggbb` */
  readonly colour: string
  /** Degrees. */
  readonly turned: number
}

export const pixelsOf = (canvas: Canvas): Picture => ({
  width: canvas.width,
  height: canvas.height,
  data: canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data,
})

/** A PNG or SVG file as it is shown. @param ratio pixels to a unit of the file */
export async function pictureOf(file: string | Uint8Array, ratio = 1): Promise<Picture> {
  const image = await loadImage(typeof file === 'string' ? new TextEncoder().encode(file) : file)
  const canvas = createCanvas(image.width * ratio, image.height * ratio)
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height)
  return pixelsOf(canvas)
}

const channels = (colour: string): number[] => [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16))

/** How many pixels of an area have about this colour. */
export function inked({ width, height, data }: Picture, area: Area, colour: string, near = 60): number {
  const wanted = channels(colour)
  let found = 0
  for (let y = Math.max(0, Math.floor(area.top)); y < Math.min(height, area.bottom); y++) {
    for (let x = Math.max(0, Math.floor(area.left)); x < Math.min(width, area.right); x++) {
      const at = 4 * (y * width + x)
      if (data[at + 3]! < 250) continue
      if (wanted.every((value, i) => Math.abs(data[at + i]! - value) <= near)) found++
    }
  }
  return found
}

/** How many pixels can be seen through. */
export function seenThrough({ data }: Picture): number {
  let found = 0
  for (let at = 3; at < data.length; at += 4) if (data[at]! < 255) found++
  return found
}

export const scaledBy = (ratio: number, { left, top, right, bottom }: Area, margin = 0): Area => ({
  left: left * ratio - margin,
  top: top * ratio - margin,
  right: right * ratio + margin,
  bottom: bottom * ratio + margin,
})

/** Every word of an SVG file that the lab wrote, with the box that it stands in. */
export function wordsOf(svg: string): Word[] {
  return [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, attributes, content]) => {
    const attribute = (name: string): string | undefined =>
      new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes!)?.[1]
    const [a, b, , , e, f] = /matrix\(([^)]*)\)/.exec(attributes!)![1]!.split(' ').map(Number) as number[]
    const size = Number(attribute('font-size'))
    const text = unescaped(content!)
    const width = textWidth(text, size, Number(attribute('font-weight') ?? 400))
    const from = { start: 0, middle: -width / 2, end: -width }[attribute('text-anchor') ?? 'start']!
    const base = Number(attribute('y') ?? 0)
    const corners = [
      [from, base - 0.78 * size],
      [from + width, base + 0.22 * size],
      [from, base + 0.22 * size],
      [from + width, base - 0.78 * size],
    ].map(([x, y]) => [a! * x! - b! * y! + e!, b! * x! + a! * y! + f!] as const)
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)]
    return {
      text,
      colour: attribute('fill') ?? '#000000',
      turned: (Math.atan2(b!, a!) * 180) / Math.PI,
      left: Math.min(...xs),
      top: Math.min(...ys),
      right: Math.max(...xs),
      bottom: Math.max(...ys),
    }
  })
}

const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')

/** Words that cannot be read: nothing of their colour stands where they should. */
export const unread = (picture: Picture, words: readonly Word[], ratio = 1, margin = 0): string[] =>
  words
    .filter(word => {
      const letters = word.text.replaceAll(/\s/g, '').length
      return inked(picture, scaledBy(ratio, word, margin), word.colour) < 2 * letters * ratio
    })
    .map(({ text }) => text)

/** Pairs of words that are printed over each other. */
export function overprinted(words: readonly Word[]): string[] {
  const level = words.filter(({ turned }) => Math.abs(turned % 90) < 1)
  return level.flatMap((one, i) =>
    level
      .slice(i + 1)
      .filter(
        other =>
          one.left < other.right - 1 &&
          other.left < one.right - 1 &&
          one.top < other.bottom - 2 &&
          other.top < one.bottom - 2,
      )
      .map(other => `${one.text} | ${other.text}`),
  )
}

/** Words that reach out of the picture. */
export const cutOff = ({ width, height }: { width: number; height: number }, words: readonly Word[]): string[] =>
  words
    .filter(({ left, top, right, bottom }) => left < -1 || top < -1 || right > width + 1 || bottom > height + 1)
    .map(({ text }) => text)
