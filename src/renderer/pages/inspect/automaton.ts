import type { Theme } from '../../../figures/palette.ts'
import type { AutomatonRun } from '../../../shared/contract/index.ts'
import { actionColours } from './action-colours.ts'

/** Of the line of states below the likeliest run. */
export const STATE_ROW = 14

export const MOVES = ['push', 'replace', 'pop'] as const
/** What a step of an automaton does, in the colours of a stack's actions: what replaces leaves the stack as high as it was. */
export const moveColours = (theme: Theme): readonly string[] => {
  const [push, pop, replace] = actionColours(theme)
  return [push!, replace!, pop!]
}

export const stackSymbol = (symbol: number): string => (symbol === 0 ? '⊥' : `${symbol}`)

/** The step that leads to a column; null before the first, and where no run is known. */
export function stepOf(run: AutomatonRun, column: number): string | null {
  if (column === 0 || run.heights[column - 1] === 0) return null
  const at = column - 1
  return `${MOVES[run.moves[at]!]!} to q${run.states[at]!}, ${stackSymbol(run.symbols[at]!)} on top, height ${run.heights[at]!}`
}
