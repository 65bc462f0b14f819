import type { Domain } from '../../charts/colour-map.ts'
import { INKS, type Theme } from '../../../figures/palette.ts'
import type { Trace } from '../../../shared/contract/index.ts'
import { lineLane, SYMBOLS, type BoardLane, type Drawing, type LaneLine, type Shown } from './drawings.ts'
import { heightOf, namedRows, type LaneShape } from './lane-boxes.ts'
import { memoryLanes, stackLanes } from './memory-lanes.ts'
import {
  columnsOf,
  disagreement,
  guessAt,
  isText,
  likeliestAt,
  MOST_ROWS,
  nameOf,
  probabilityAt,
  targetAt,
  unitsMatrix,
} from './trace-view.ts'

const LIKELIEST = 5
const WORD_ROW = 18
const SHARE: Domain = { kind: 'sequential', low: 0, high: 1 }

/** All lanes of a trace: what was read and predicted, what it cost, the stack, then everything else of the memory and the controller. */
export function boardOf(shown: Shown): BoardLane[] {
  return [
    ...symbolLanes(shown),
    ...predictionLanes(shown),
    ...costLanes(shown),
    ...stackLanes(shown),
    ...memoryLanes(shown),
  ]
}

/** Symbols that a board writes into its cells. */
export const wordsOn = ({ trace, other }: Pick<Shown, 'trace' | 'other'>): Set<string> =>
  new Set(
    Array.from({ length: columnsOf(trace) }, (_, column) => [
      ...(column === 0 ? [] : [nameOf(trace, trace.symbols[column - 1]!)]),
      nameOf(trace, guessAt(trace, column)),
      ...(other ? [nameOf(other, guessAt(other, column))] : []),
    ]).flat(),
  )

function symbolLanes({ trace, other, wrong, theme, optimal }: Shown): BoardLane[] {
  const names = trace.symbolNames
  const text = isText(trace)
  const lane = (
    title: string,
    hint: string,
    at: (column: number) => number | null,
    more: Partial<Extract<Drawing, { kind: 'symbols' }>> & Pick<LaneShape, 'legend' | 'scale'> = {},
  ): BoardLane => {
    const { legend, scale, ...drawing } = more
    return {
      id: title,
      hint,
      shape: { title, height: SYMBOLS, ...(legend ? { legend } : {}), ...(scale ? { scale } : {}) },
      drawing: { kind: 'symbols', at, names, ...drawing },
    }
  }
  const last = columnsOf(trace) - 1
  const highest = trace.nats.reduce((most, cost) => (Number.isFinite(cost) && cost > most ? cost : most), 1)
  return [
    lane('Input', 'What was read', column => (column === 0 ? null : trace.symbols[column - 1]!)),
    text
      ? lane(
          'Next word',
          'What comes next, coloured by the model’s surprise at it, in nats; the first word is not predicted',
          column => (column === last ? null : targetAt(trace, column)),
          { costs: trace.nats, domain: { kind: 'sequential', low: 0, high: highest }, scale: true },
        )
      : lane('Next symbol', 'What comes next; ⊣ is the end of the string', column => targetAt(trace, column)),
    text
      ? lane('Prediction', 'The model’s most likely word', column => guessAt(trace, column))
      : lane(
          'Prediction',
          optimal
            ? 'The model’s most likely symbol; red where it is wrong and need not be'
            : 'The model’s most likely symbol; red where another one came',
          column => guessAt(trace, column),
          {
            wrong: new Set(wrong),
            legend: [{ mark: '■', name: optimal ? 'error' : 'missed', colour: INKS[theme].bad }],
          },
        ),
    ...(other ? [lane('Second run', 'Its most likely symbol', column => guessAt(other, column))] : []),
  ]
}

function predictionLanes({ trace, optimal, theme }: Shown): BoardLane[] {
  const names = Array.from({ length: trace.symbolNames.length + 1 }, (_, symbol) => nameOf(trace, symbol))
  const of = (title: string, hint: string, probabilities: Float32Array): BoardLane =>
    names.length <= MOST_ROWS
      ? allOf(title, hint, names, probabilities, columnsOf(trace))
      : likeliestOf(title, hint, names, { ...trace, probabilities }, theme)
  return [
    of('Model', 'Probability of each symbol, as the model predicts it', trace.probabilities),
    ...(optimal ? [of('Exact', 'Probability of each symbol under the exact distribution', optimal.probabilities)] : []),
  ]
}

function allOf(
  title: string,
  hint: string,
  names: readonly string[],
  probabilities: Float32Array,
  columns: number,
): BoardLane {
  const height = heightOf(names.length, names, 0)
  return {
    id: title,
    hint,
    shape: { title, height, rows: namedRows(names, height), scale: true },
    drawing: {
      kind: 'heat',
      matrix: unitsMatrix({ shape: [columns, names.length], data: probabilities }),
      domain: SHARE,
      names,
    },
  }
}

/** In place of a vocabulary: what the model takes to be likeliest in each column. */
function likeliestOf(title: string, hint: string, names: readonly string[], trace: Trace, theme: Theme): BoardLane {
  const guesses = Array.from({ length: columnsOf(trace) }, (_, column) =>
    likeliestAt(trace, column, LIKELIEST).map(symbol => ({ symbol, share: probabilityAt(trace, column, symbol) })),
  )
  const high = guesses.reduce((most, [best]) => Math.max(most, best?.share ?? 0), 0.1)
  const places = Array.from({ length: LIKELIEST }, (_, i) => ({
    name: `${i + 1}`,
    top: i * WORD_ROW,
    bottom: (i + 1) * WORD_ROW,
  }))
  return {
    id: title,
    hint: `${hint}: the likeliest ${LIKELIEST} of ${names.length}, the likeliest above`,
    shape: {
      title: `${title}, likeliest`,
      height: LIKELIEST * WORD_ROW,
      rows: places,
      scale: true,
      legend: [{ mark: '▢', name: 'came', colour: INKS[theme].text }],
    },
    drawing: {
      kind: 'likeliest',
      guesses,
      target: column => targetAt(trace, column),
      names,
      rows: LIKELIEST,
      domain: { kind: 'sequential', low: 0, high },
    },
  }
}

function costLanes({ trace, other, optimal, tint, theme }: Shown): BoardLane[] {
  const costs: LaneLine[] = [
    { name: 'model', colour: tint, values: trace.nats, filled: true },
    ...(other ? [{ name: 'second', colour: 'text', values: other.nats } as const] : []),
    ...(optimal ? [{ name: 'exact', colour: 'limit', values: optimal.nats, dash: [3, 2] } as const] : []),
  ]
  const cost = lineLane(
    {
      title: 'Cost',
      hint: `Nats for each ${isText(trace) ? 'word' : 'symbol'}: the model filled${optimal ? ', the exact distribution dashed' : ''}`,
      height: 44,
      unit: 'nats',
      least: 0.5,
    },
    costs,
    theme,
  )
  if (!other) return [cost]
  const apart: LaneLine[] = [{ name: 'distance', colour: 'bad', values: disagreement(trace, other), filled: true }]
  return [
    cost,
    lineLane(
      {
        title: 'Apart',
        hint: 'Share of probability that the two runs distribute differently',
        height: 30,
        unit: '',
        least: 1,
      },
      apart,
      theme,
    ),
  ]
}
