import type { ColourMap } from '../../charts/colour-map.ts'

/** Words in cells: as much of them as there is room for, in an ink that can be read on the cell. */

/** The word, or its beginning and `…`; nothing where not even that has room. */
export function fitted(word: string, room: number, measure: (text: string) => number): string {
  if (measure(word) <= room) return word
  const letters = [...word]
  for (let kept = letters.length - 1; kept > 0; kept--) {
    const cut = `${letters.slice(0, kept).join('')}…`
    if (measure(cut) <= room) return cut
  }
  return ''
}

const hex = (part: number): string => part.toString(16).padStart(2, '0')

/** @param share of the map's length, 0 to 1; what is beyond is the end */
export function shadeOf(map: ColourMap, share: number): string {
  const at = 3 * Math.round(255 * Math.max(0, Math.min(1, Number.isNaN(share) ? 0 : share)))
  return `#${hex(map[at]!)}${hex(map[at + 1]!)}${hex(map[at + 2]!)}`
}

/** Relative luminance after WCAG. @param colour `#rrggbb` */
export function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map(at => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

/** Black or white, whichever is better to read. */
export const inkOn = (colour: string): string => (luminance(colour) > 0.179 ? '#0d1217' : '#ffffff')

/** Pixels of a column in which words can be read: as wide as the longest, within reason; single signs need no more than they get. */
const [SIGN, NARROWEST, WIDEST] = [9, 44, 96] as const
export function comfortable(words: Iterable<string>, widthOf: (text: string) => number): number {
  let longest = 0
  let signs = true
  for (const word of words) {
    longest = Math.max(longest, widthOf(word))
    signs &&= [...word].length <= 2
  }
  return signs ? SIGN : Math.max(NARROWEST, Math.min(WIDEST, longest + 10))
}
