import type { Standing } from '../../shared/answer.ts'

/** How each standing is called. */
export const STANDING_TITLES: Readonly<Record<Standing, string>> = {
  ceiling: 'Ceiling',
  between: 'Between',
  floor: 'Floor',
  below: 'Below the floor',
  diverged: 'Diverged',
  unknown: 'Unknown',
}

/** In a narrow cell. */
export const STANDING_WORDS: Readonly<Record<Standing, string>> = { ...STANDING_TITLES, below: 'Below' }
