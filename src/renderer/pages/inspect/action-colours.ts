import type { Theme } from '../../../figures/palette.ts'

/** Push, pop, no-op: warm, cold, grey; apart in lightness too. */
export const actionColours = (theme: Theme): readonly string[] =>
  theme === 'light' ? ['#e0822f', '#2a6fb5', '#d3dbe3'] : ['#f0934a', '#4b97e2', '#2c3742']

/** What the ideal stack is drawn in, over heat maps of either kind. */
export const IDEAL: Readonly<Record<Theme, string>> = { light: '#c2257a', dark: '#ff7ac0' }
