import type { Theme } from '../../figures/palette.ts'

/** Colours of heat maps: lightness alone tells the size, so that they read the same without colour vision. */
export type MapKind = 'sequential' | 'diverging'

/** 256 entries of red, green, blue. */
export type ColourMap = Uint8ClampedArray

type Rgb = readonly [number, number, number]

const ANCHORS: Readonly<Record<Theme, Readonly<Record<MapKind, readonly Rgb[]>>>> = {
  light: {
    sequential: [
      [246, 249, 252],
      [190, 219, 238],
      [104, 172, 214],
      [33, 113, 176],
      [8, 48, 98],
    ],
    diverging: [
      [127, 59, 8],
      [201, 116, 40],
      [244, 201, 150],
      [247, 248, 250],
      [165, 205, 230],
      [58, 134, 190],
      [8, 64, 129],
    ],
  },
  dark: {
    sequential: [
      [16, 21, 27],
      [20, 58, 92],
      [31, 111, 168],
      [92, 176, 224],
      [224, 244, 255],
    ],
    diverging: [
      [255, 196, 140],
      [214, 122, 48],
      [112, 60, 22],
      [20, 26, 33],
      [20, 72, 116],
      [48, 136, 196],
      [176, 222, 250],
    ],
  },
}

const cache = new Map<string, ColourMap>()

export function colourMap(kind: MapKind, theme: Theme): ColourMap {
  const key = `${kind} ${theme}`
  const found = cache.get(key)
  if (found) return found
  const made = interpolated(ANCHORS[theme][kind])
  cache.set(key, made)
  return made
}

function interpolated(anchors: readonly Rgb[]): ColourMap {
  const map = new Uint8ClampedArray(256 * 3)
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (anchors.length - 1)
    const low = Math.min(anchors.length - 2, Math.floor(at))
    for (let c = 0; c < 3; c++)
      map[3 * i + c] = anchors[low]![c]! + (anchors[low + 1]![c]! - anchors[low]![c]!) * (at - low)
  }
  return map
}

/** Values as a picture: column x, row y is `values[start + x * columnStep + y * rowStep]`; NaN is left transparent. */
export interface Matrix {
  readonly columns: number
  readonly rows: number
  readonly values: Float32Array
  readonly start: number
  readonly columnStep: number
  readonly rowStep: number
}

export const valueAt = ({ values, start, columnStep, rowStep }: Matrix, column: number, row: number): number =>
  values[start + column * columnStep + row * rowStep]!

/** What the ends of a colour map stand for. */
export interface Domain {
  readonly kind: MapKind
  readonly low: number
  readonly high: number
}

/** What comes near 1 without passing it is shown on that scale, so that gates can be compared; what hardly differs from 0 is not blown up. Signed values diverge from 0. */
export function domainOf(values: ArrayLike<number>): Domain {
  let low = 0
  let high = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (!Number.isFinite(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  const size = Math.max(high, -low)
  const bound = size > 0.5 && size <= 1.000_001 ? 1 : Math.max(0.01, size)
  return low < 0 ? { kind: 'diverging', low: -bound, high: bound } : { kind: 'sequential', low: 0, high: bound }
}

/** A colour map as pixels, one word each. */
const words = new WeakMap<ColourMap, Uint32Array>()

function pixelsOf(map: ColourMap): Uint32Array {
  const known = words.get(map)
  if (known) return known
  const bytes = Uint8Array.from({ length: 4 * 256 }, (_, i) => (i % 4 === 3 ? 255 : map[3 * (i >> 2) + (i % 4)]!))
  const made = new Uint32Array(bytes.buffer)
  words.set(map, made)
  return made
}

/** RGBA of every cell, row by row from the top. */
export function paintMatrix(
  { columns, rows, values, start, columnStep, rowStep }: Matrix,
  { kind, low, high }: Domain,
  theme: Theme,
): Uint8ClampedArray<ArrayBuffer> {
  const colours = pixelsOf(colourMap(kind, theme))
  const pixels = new Uint32Array(columns * rows)
  const scale = high > low ? 255 / (high - low) : 0
  for (let y = 0, p = 0; y < rows; y++) {
    for (let x = 0, at = start + y * rowStep; x < columns; x++, p++, at += columnStep) {
      const place = (values[at]! - low) * scale
      // Not so for NaN.
      if (place === place) pixels[p] = colours[place <= 0 ? 0 : place >= 255 ? 255 : (place + 0.5) | 0]!
    }
  }
  return new Uint8ClampedArray(pixels.buffer)
}
