import { INKS, type Theme } from '../../../figures/palette.ts'
import type { AutomatonRun, IdealStacks } from '../../../shared/contract/index.ts'
import { actionColours, IDEAL } from './action-colours.ts'
import { moveColours, MOVES, stackSymbol, STATE_ROW } from './automaton.ts'
import { lineLane, SYMBOLS, type BoardLane, type Drawing, type LaneLine, type Shown } from './drawings.ts'
import { heightOf, namedRows } from './lane-boxes.ts'
import { depthsIn, idealTop, lanesOf, type Lane } from './lanes.ts'
import { isText, lengthsMatrix, unitsMatrix, usedRows } from './trace-view.ts'

const RUN = 84

/** Depth of the memory's stacks and of the ideal one; what is on top; the likeliest run of an automaton. */
export function stackLanes(shown: Shown): BoardLane[] {
  const { trace, other, ideal, run, fidelity, show, tint, theme } = shown
  const own = run
    ? [Float64Array.from([0, ...Array.from(run.heights, height => (height > 0 ? height - 1 : NaN))])]
    : depthsIn(show === 'second' && other ? other : trace)
  const depths: LaneLine[] = own.map((values, i): LaneLine => ({
    name: own.length > 1 ? `stack ${i + 1}` : 'memory',
    colour: i === (fidelity?.stack ?? 0) ? tint : 'quiet',
    values,
    filled: own.length === 1,
  }))
  if (ideal && depths.length > 0) depths.push({ name: 'ideal', colour: 'ideal', values: ideal.depth, dash: [4, 2] })
  return [
    ...(depths.length > 0
      ? [
          lineLane(
            {
              title: 'Stack depth',
              hint: run
                ? 'Height of the stack in the likeliest run, above the bottom symbol'
                : 'What was pushed less what was popped so far',
              height: 48,
              unit: isText(trace) ? 'words' : 'symbols',
              least: 1,
            },
            depths,
            theme,
          ),
        ]
      : []),
    ...topLanes(shown),
    ...(run && trace.stack?.kind === 'automaton' ? [runLane(run, trace.stack, theme)] : []),
  ]
}

function topLanes({ ideal, fidelity, theme }: Shown): BoardLane[] {
  if (!ideal) return []
  const names = [...ideal.symbols, '∅']
  const tops = Array.from(ideal.depth, (_, column) => idealTop(ideal, column))
  const lane = (title: string, hint: string, all: readonly (number | null)[]): BoardLane => ({
    id: title,
    hint,
    shape: { title, height: SYMBOLS },
    drawing: { kind: 'symbols', at: column => all[column] ?? null, names },
  })
  const first = lane('Ideal top', 'What most likely stands on top of the stack that solves the task; ∅: nothing', tops)
  if (!fidelity || fidelity.top === null) return [first]
  const read = Array.from(fidelity.tops, top => (top < 0 ? null : top))
  const misread = read.flatMap((top, column) =>
    top !== null && (tops[column] ?? null) !== null && top !== tops[column] ? [column] : [],
  )
  const second = lane(
    'Top read off',
    'What a linear probe, fitted on other strings, tells of the top from the reading alone; red where it is not the ideal one',
    read,
  )
  return [
    first,
    {
      ...second,
      shape: { ...second.shape, legend: [{ mark: '■', name: 'other', colour: INKS[theme].bad }] },
      drawing: { ...second.drawing, wrong: new Set(misread) } as Drawing,
    },
  ]
}

function runLane(
  run: AutomatonRun,
  { alphabet, states }: { readonly alphabet: number; readonly states: number },
  theme: Theme,
): BoardLane {
  const colours = moveColours(theme)
  return {
    id: 'Likeliest run',
    hint: 'The run of greatest weight of the automaton (Viterbi): height of its stack, by what each step does, and the symbol on top; below, the state that it is in',
    shape: {
      title: 'Likeliest run',
      height: RUN + STATE_ROW,
      legend: MOVES.map((name, i) => ({ mark: '■', name, colour: colours[i]! })),
      rows: [{ name: 'state', top: RUN, bottom: RUN + STATE_ROW }],
    },
    drawing: { kind: 'run', run, names: Array.from({ length: alphabet }, (_, symbol) => stackSymbol(symbol)), states },
  }
}

/** What the memory and the controller hold and do, lane by lane. */
export function memoryLanes({ trace, other, ideal, show, tint, theme }: Shown): BoardLane[] {
  const second = new Map((other ? lanesOf(other) : []).map(lane => [lane.id, lane]))
  return lanesOf(trace).map((lane): BoardLane => {
    const twin = second.get(lane.id) ?? null
    const { id, title, hint } = lane
    if (lane.kind === 'actions') {
      const colours = actionColours(theme)
      const actions = show === 'second' && twin?.kind === 'actions' ? twin.actions : lane.actions
      const legend = actions.names.map((name, i) => ({ mark: '■', name, colour: colours[i]! }))
      return { id, hint, shape: { title, height: 56, legend }, drawing: { kind: 'actions', actions } }
    }
    if (lane.kind === 'lines') {
      const { lines } = show === 'second' && twin?.kind === 'lines' ? twin : lane
      const drawn = lines.map(({ name, values }, i): LaneLine => ({
        name: name.toLowerCase(),
        colour: i === 0 ? tint : 'quiet',
        values,
      }))
      return { ...lineLane({ title, hint, height: 40, unit: '', least: 1 }, drawn, theme), id }
    }
    return { id, hint, ...tensorShape(lane, twin, ideal ?? null, theme) }
  })
}

/** As deep as any stack of the lane ever is, whatever of its cells is shown; named rows where they have names. */
function tensorShape(
  lane: Extract<Lane, { kind: 'depth' | 'units' }>,
  twin: Lane | null,
  ideal: IdealStacks | null,
  theme: Theme,
): Pick<BoardLane, 'shape' | 'drawing'> {
  if (lane.kind === 'units') {
    const { rows } = unitsMatrix(lane.tensor)
    const { labels } = lane.tensor
    const names = labels?.length === rows ? labels : null
    const height = heightOf(rows, names)
    return {
      shape: { title: lane.title, height, scale: true, ...(names ? { rows: namedRows(names, height) } : {}) },
      drawing: { kind: 'tensor', lane, twin, rows },
    }
  }
  const own = lengthsMatrix(lane, lane.units)
  const used = Math.max(usedRows(own), twin?.kind === 'depth' ? usedRows(lengthsMatrix(twin, twin.units)) : 0)
  const overlaid = lane.stack && ideal && ideal.rows > 0
  const rows = Math.min(own.rows, Math.max(used, overlaid ? ideal.rows : 0))
  return {
    shape: {
      title: lane.title,
      height: heightOf(rows, null, 170, 13),
      scale: true,
      tool: lane.units.count > 1,
      ...(overlaid ? { legend: [{ mark: '━', name: 'ideal', colour: IDEAL[theme] }] } : {}),
    },
    drawing: { kind: 'tensor', lane, twin, rows },
  }
}
