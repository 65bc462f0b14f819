import type { Domain, Matrix } from '../../charts/colour-map.ts'
import { ink, INKS, type Colour, type Theme } from '../../../figures/palette.ts'
import type {
  AutomatonRun,
  IdealStacks,
  OptimalPrediction,
  StackFidelity,
  Trace,
} from '../../../shared/contract/index.ts'
import { short } from '../../lib/numbers.ts'
import { IDEAL } from './action-colours.ts'
import type { LaneShape, LegendEntry } from './lane-boxes.ts'
import type { Actions, Lane } from './lanes.ts'

/** Everything that a board shows of a trace, as plain data: which lanes, what their rows are called, what their colours mean. */

export interface Shown {
  readonly trace: Trace
  readonly other?: Trace | null
  readonly optimal?: OptimalPrediction | null
  /** The stack that solves the task over this string, where there is one; how far the memory does the same; and the likeliest run of an automaton. */
  readonly ideal?: IdealStacks | null
  readonly fidelity?: StackFidelity | null
  readonly run?: AutomatonRun | null
  /** Columns in which the model is wrong where it need not be. */
  readonly wrong: readonly number[]
  readonly show: 'first' | 'second' | 'difference'
  /** Of the plan. */
  readonly tint: number
  readonly theme: Theme
}

/** Numbers over time. */
export interface LaneLine {
  readonly name: string
  readonly colour: Colour | 'ideal'
  readonly values: ArrayLike<number>
  readonly filled?: boolean
  readonly dash?: readonly number[]
}

/** A word of a column and how likely it is. */
export interface Guess {
  readonly symbol: number
  readonly share: number
}

export type Drawing =
  | {
      readonly kind: 'symbols'
      readonly at: (column: number) => number | null
      readonly names: readonly string[]
      readonly wrong?: ReadonlySet<number>
      /** Of each column, coloured by it. */
      readonly costs?: ArrayLike<number>
      readonly domain?: Domain
    }
  | { readonly kind: 'heat'; readonly matrix: Matrix; readonly domain: Domain; readonly names: readonly string[] }
  | {
      readonly kind: 'likeliest'
      readonly guesses: readonly (readonly Guess[])[]
      readonly target: (column: number) => number
      readonly names: readonly string[]
      readonly rows: number
      readonly domain: Domain
    }
  | { readonly kind: 'lines'; readonly lines: readonly LaneLine[]; readonly high: number }
  | { readonly kind: 'run'; readonly run: AutomatonRun; readonly names: readonly string[]; readonly states: number }
  | { readonly kind: 'actions'; readonly actions: Actions }
  | {
      readonly kind: 'tensor'
      readonly lane: Extract<Lane, { kind: 'depth' | 'units' }>
      readonly twin: Lane | null
      /** Rows that are drawn. */
      readonly rows: number
    }

export interface BoardLane {
  readonly id: string
  readonly hint: string
  readonly shape: LaneShape
  readonly drawing: Drawing
}

/** Of a lane of symbols. */
export const SYMBOLS = 20

const legendOf = (lines: readonly LaneLine[], theme: Theme): LegendEntry[] =>
  lines.map(({ name, colour, dash = [] }) => ({
    mark: dash.length > 0 ? '┅' : '━',
    name,
    colour: colour === 'ideal' ? IDEAL[theme] : ink(colour, INKS[theme]),
  }))

function highestOf(lines: readonly LaneLine[], least: number): number {
  return lines.reduce((most, { values }) => {
    let high = most
    for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i]!) && values[i]! > high) high = values[i]!
    return high
  }, least)
}

/** Lines, what each is, and up to where they go. */
export function lineLane(
  { title, hint, height, unit, least }: { title: string; hint: string; height: number; unit: string; least: number },
  lines: readonly LaneLine[],
  theme: Theme,
): BoardLane {
  const high = highestOf(lines, least)
  return {
    id: title,
    hint,
    shape: {
      title,
      height,
      legend: legendOf(lines, theme),
      note: `${unit}${unit === '' ? '' : ', '}0 to ${short(high, 2)}`,
    },
    drawing: { kind: 'lines', lines, high },
  }
}
