/** Colours of what is drawn on a canvas, which reads no custom properties; and of plans, which are the same in every view. */

export type Theme = 'light' | 'dark'

/** A plan's own colour by its slot, or the ink of what belongs to no plan. */
export type Colour = number | 'text' | 'quiet' | 'limit' | 'good' | 'bad' | 'ice'

export interface Inks {
  readonly plans: readonly string[]
  readonly surface: string
  readonly text: string
  readonly quiet: string
  readonly grid: string
  readonly axis: string
  /** Behind the training range. */
  readonly shade: string
  /** Floors, ceilings and bounds. */
  readonly limit: string
  readonly good: string
  readonly bad: string
  readonly ice: string
}

export const INKS: Readonly<Record<Theme, Inks>> = {
  light: {
    plans: ['#e0620d', '#0a56d6', '#04694a', '#c26aab', '#6b4b06', '#1b93e0', '#4a1f86', '#3a414b'],
    surface: '#ffffff',
    text: '#14202c',
    quiet: '#5d6c7e',
    grid: '#e8edf2',
    axis: '#b9c5d1',
    shade: '#eef4fa',
    limit: '#5d6c7e',
    good: '#11744a',
    bad: '#b3261e',
    ice: '#2f8fcf',
  },
  dark: {
    plans: ['#ff6a33', '#3d86ff', '#33dba0', '#e87ccb', '#f2da5a', '#bfe6f2', '#b283f7', '#737b84'],
    surface: '#141a21',
    text: '#e4ecf3',
    quiet: '#8b9bab',
    grid: '#202a33',
    axis: '#3d4b58',
    shade: '#18232e',
    limit: '#8b9bab',
    good: '#5fd39a',
    bad: '#ff9a90',
    ice: '#6cbef0',
  },
}

export const ink = (colour: Colour, inks: Inks): string =>
  typeof colour === 'number' ? inks.plans[colour % inks.plans.length]! : inks[colour]

/** `#rrggbb` with an opacity from 0 to 1, as `#rrggbbaa`. */
export const fade = (colour: string, opacity: number): string =>
  colour +
  Math.round(opacity * 255)
    .toString(16)
    .padStart(2, '0')

/** How a plan is told from the others: by colour, and without colour by its dashes and markers. */
export interface PlanStyle {
  readonly slot: number
  readonly dash: readonly number[]
  readonly marker: Marker
}

export type Marker = 'circle' | 'rect' | 'triangle' | 'rectRot' | 'crossRot' | 'star'

const MARKERS: readonly Marker[] = ['circle', 'rect', 'triangle', 'rectRot', 'crossRot', 'star']
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 2.5], [9, 3, 2, 3]]

/** Slots that plans of these names always have. */
const FIXED: Readonly<Record<string, number>> = {
  full: 0,
  'frozen-memory': 1,
  'frozen-controller': 2,
  'classifier-only': 3,
}
const FREE = [4, 5, 6, 7, 0, 1, 2, 3]

/** Styles of a study's plans: the standard plans have their own everywhere, others take what is free in the study's order. */
export function planStyles(ids: readonly string[]): Map<string, PlanStyle> {
  const taken = new Set(ids.filter(id => Object.hasOwn(FIXED, id)).map(id => FIXED[id]!))
  const free = FREE.filter(slot => !taken.has(slot))
  let next = 0
  return new Map(
    ids.map((id, i) => {
      const slot = Object.hasOwn(FIXED, id) ? FIXED[id]! : (free[next++ % Math.max(1, free.length)] ?? i % 8)
      return [id, { slot, dash: DASHES[slot % DASHES.length]!, marker: MARKERS[slot % MARKERS.length]! }]
    }),
  )
}
