import type { Theme } from '../../charts/palette.ts'

/** Push, pop, no-op: warm, cold, grey; apart in lightness too. */
export const actionColours = (theme: Theme): readonly string[] => theme === 'light' ? ['#e0822f', '#2a6fb5', '#d3dbe3'] : ['#f0934a', '#4b97e2', '#2c3742']
