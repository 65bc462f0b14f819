import type { Theme } from '../../charts/palette.ts'

type Rgb = readonly [number, number, number]
const rgb = (hex: string): Rgb => [1, 3, 5].map(at => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb

/**
 * Two scales a theme, told apart without red and green: from the ground to one end by lightness alone, and two ends, blue above and
 * orange below, that meet in the ground.
 */
const STOPS: Readonly<Record<Theme, { readonly plain: readonly string[], readonly below: readonly string[] }>> = {
  light: { plain: ['#f4f7fa', '#c3dcef', '#6fa9d8', '#2468ad', '#07284f'], below: ['#f4f7fa', '#f8cf9f', '#e9983f', '#b15f08', '#5c2d02'] },
  dark: { plain: ['#10161d', '#17395a', '#2a72b4', '#6fb9ef', '#edf7ff'], below: ['#10161d', '#4f2c0b', '#a35c14', '#f09a45', '#fff1e0'] },
}
const SIZE = 256

const table = (stops: readonly string[]): Uint8ClampedArray => {
  const colours = stops.map(rgb)
  const made = new Uint8ClampedArray(3 * SIZE)
  for (let i = 0; i < SIZE; i++) {
    const at = i / (SIZE - 1) * (colours.length - 1)
    const low = Math.min(colours.length - 2, Math.floor(at))
    for (let c = 0; c < 3; c++) made[3 * i + c] = Math.round(colours[low]![c]! + (at - low) * (colours[low + 1]![c]! - colours[low]![c]!))
  }
  return made
}
const TABLES = { light: { above: table(STOPS.light.plain), below: table(STOPS.light.below) }, dark: { above: table(STOPS.dark.plain), below: table(STOPS.dark.below) } }

/** What is not a number. */
const LOST: Readonly<Record<Theme, Rgb>> = { light: rgb('#c26aab'), dark: rgb('#e87ccb') }

/** The colour of a value on a scale whose ends are ±`most`. */
export function colourOf(value: number, most: number, theme: Theme): Rgb {
  if (Number.isNaN(value)) return LOST[theme]
  const from = value < 0 ? TABLES[theme].below : TABLES[theme].above
  const at = 3 * Math.round(Math.min(1, Math.abs(value) / (most || 1)) * (SIZE - 1))
  return [from[at]!, from[at + 1]!, from[at + 2]!]
}

/** Paints [columns, rows] row-major into the RGBA pixels of an image `columns` wide and `rows` high. */
export function paintHeat(pixels: Uint8ClampedArray, values: Float32Array, columns: number, rows: number, most: number, theme: Theme): void {
  const { above, below } = TABLES[theme]
  const scale = (SIZE - 1) / (most || 1)
  for (let t = 0; t < columns; t++) {
    for (let row = 0; row < rows; row++) {
      const value = values[t * rows + row]!
      const to = 4 * (row * columns + t)
      if (Number.isNaN(value)) pixels.set(LOST[theme], to)
      else {
        const from = value < 0 ? below : above
        const at = 3 * Math.round(Math.min(SIZE - 1, Math.abs(value) * scale))
        pixels[to] = from[at]!
        pixels[to + 1] = from[at + 1]!
        pixels[to + 2] = from[at + 2]!
      }
      pixels[to + 3] = 255
    }
  }
}

/** A bar for legends, from -most to most or from 0. */
export const gradient = (signed: boolean, theme: Theme): string =>
  `linear-gradient(to right, ${[...signed ? [...STOPS[theme].below].reverse() : [], ...STOPS[theme].plain].join(', ')})`
