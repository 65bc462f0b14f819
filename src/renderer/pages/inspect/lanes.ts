import type { OptimalPrediction, Trace } from '../../../shared/contract/index.ts'

/**
 * What a trace is drawn as: lanes, one above the other, with one column for each of its n + 1 rows. Column t holds what the model
 * has after t symbols: the symbol that came last, the prediction of the next, the state.
 */
export interface Series { readonly label: string, readonly values: Float32Array | Float64Array }

export interface SymbolLane { readonly kind: 'symbols', readonly id: string, readonly title: string, readonly hint: string, readonly symbols: Int32Array, readonly wrong: readonly boolean[] }
/** `stacked`: values that add up to `top`; otherwise lines from 0 to `top`. */
export interface SeriesLane { readonly kind: 'series', readonly id: string, readonly title: string, readonly hint: string, readonly series: readonly Series[], readonly stacked: boolean, readonly top: number }
/** [columns, rows] row-major in `values`. A `signed` scale goes from -`most` to `most`, the other from 0. `cells`: numbers that each value stands for. */
export interface HeatLane {
  readonly kind: 'heat', readonly id: string, readonly title: string, readonly hint: string
  readonly rows: number, readonly rowLabels: readonly string[] | null, readonly values: Float32Array, readonly signed: boolean, readonly most: number
  readonly cells: number
  /** Depth of which only `rows` are here; null where nothing is cut. */
  readonly fullDepth: number | null
}
export type Lane = SymbolLane | SeriesLane | HeatLane
type Tensor = Trace['tensors'][number]

/** How a superposition of units is shown as one number: their mean absolute value, or one of them. */
export type Unit = 'mean' | number

/** Of the input and target lanes: no symbol. */
export const NONE = -1

const TITLES: Readonly<Record<string, readonly [title: string, hint: string]>> = {
  'controller.hidden': ['Hidden units', 'The controller’s output, by unit'],
  'controller.cell': ['Cell state', 'The controller’s cells, by unit'],
  'controller.inputGate': ['Input gate', 'How much of the new candidate each cell takes in'],
  'controller.forgetGate': ['Forget gate', 'How much of its old value each cell keeps'],
  'controller.outputGate': ['Output gate', 'How much of each cell is shown'],
  'controller.reset': ['Reset gate', 'How much of the old hidden vector the candidate sees'],
  'controller.update': ['Update gate', 'How much of its old value each unit keeps'],
  'memory.cells': ['Stack contents', 'Depth by time, the top first'],
  'memory.values': ['Stack contents', 'Depth by time, the top first'],
  'memory.strengths': ['Stack strengths', 'How much of each value is left, the top first'],
  'memory.actions': ['Stack actions', 'Probabilities of push, pop and no-op'],
  'memory.pushed': ['Pushed vector', 'What a push puts on top, by unit'],
  'memory.reading': ['Reading', 'What the controller reads from the memory, by unit'],
}

/** `controller.forgetGate2`: "Forget gate, layer 2". A name that is not known is taken apart: `memory.writeHead` is "Memory write head". */
export function titleOf(name: string): { title: string, hint: string } {
  const known = TITLES[name]
  if (known) return { title: known[0], hint: known[1] }
  const [, base, layer] = /^(.*?)(\d+)$/.exec(name) ?? []
  const below = base === undefined ? undefined : TITLES[base]
  if (below) return { title: `${below[0]}, layer ${layer!}`, hint: below[1] }
  const words = name.replace(/([a-z])([A-Z0-9])/g, '$1 $2').replaceAll('.', ' ').toLowerCase()
  return { title: words.charAt(0).toUpperCase() + words.slice(1), hint: name }
}

/** Order of the lanes: what happens to the memory first, then what is in it, then the controller. */
const ORDER = ['memory.actions', 'memory.push', 'memory.pop', 'memory.cells', 'memory.values', 'memory.strengths', 'memory.reading', 'memory.pushed', 'memory.', 'controller.hidden', 'controller.']
const rank = (name: string): number => { const at = ORDER.findIndex(one => one.endsWith('.') ? name.startsWith(one) : name === one); return at < 0 ? ORDER.length : at }

const STACK_ACTIONS = ['push', 'pop', 'no-op']

/** Lanes of the tensors alone, whatever they are called. `units` chooses by lane what a superposition is shown by. */
export function tensorLanes(tensors: Trace['tensors'], units: Readonly<Record<string, Unit>> = {}): Lane[] {
  const both = ['memory.push', 'memory.pop'].map(name => tensors.find(tensor => tensor.name === name && tensor.shape.length === 1))
  const strengths = both.every(tensor => tensor !== undefined) ? both as [Tensor, Tensor] : null
  return [...tensors].sort((a, b) => rank(a.name) - rank(b.name)).flatMap((tensor): Lane[] => {
    if (tensor.data.length === 0) return []
    if (strengths && tensor === strengths[0]) return [seriesLane('memory.push', 'Push and pop strengths', 'How much is pushed, and how much is taken away, at each step', strengths.map(({ name, data }) => ({ label: name.replace('memory.', ''), values: data })))]
    if (strengths && tensor === strengths[1]) return []
    const { title, hint } = titleOf(tensor.name)
    if (tensor.shape.length === 1) return [seriesLane(tensor.name, title, hint, [{ label: title, values: tensor.data }])]
    if (tensor.name === 'memory.actions' && tensor.shape.length === 3 && tensor.shape[2] === STACK_ACTIONS.length) return actionLanes(tensor)
    return [heatLane(tensor, units[tensor.name] ?? 'mean')]
  })
}

function seriesLane(id: string, title: string, hint: string, series: readonly Series[]): SeriesLane {
  return { kind: 'series', id, title, hint, series, stacked: false, top: Math.max(1, ...series.map(({ values }) => largest(values))) }
}

function actionLanes({ name, shape, data }: Tensor): SeriesLane[] {
  const [columns, stacks] = shape as [number, number, number]
  return Array.from({ length: stacks }, (_, stack) => ({
    kind: 'series', id: `${name}.${stack}`, title: stacks === 1 ? 'Stack actions' : `Actions, stack ${stack + 1}`, hint: TITLES[name]![1], stacked: true, top: 1,
    series: STACK_ACTIONS.map((label, action) => ({ label, values: Float32Array.from({ length: columns }, (_, t) => data[(t * stacks + stack) * STACK_ACTIONS.length + action]!) })),
  }))
}

function heatLane({ name, shape, rows: depth, data }: Tensor, unit: Unit): HeatLane {
  const [columns, rows] = shape as [number, number]
  const cells = shape.slice(2).reduce((a, b) => a * b, 1)
  const values = cells === 1 ? data : reduced(data, columns * rows, cells, unit)
  const signed = values.some(value => value < 0)
  return { kind: 'heat', id: name, ...titleOf(name), rows, rowLabels: null, values, signed, most: scaleOf(largest(values)), cells, fullDepth: depth !== null && depth > rows ? depth : null }
}

/** Each `width` numbers as one. */
export function reduced(data: Float32Array, count: number, width: number, unit: Unit): Float32Array {
  const values = new Float32Array(count)
  for (let i = 0; i < count; i++) {
    if (unit !== 'mean') { values[i] = data[i * width + Math.min(unit, width - 1)]!; continue }
    let sum = 0
    for (let j = i * width; j < (i + 1) * width; j++) sum += Math.abs(data[j]!)
    values[i] = sum / width
  }
  return values
}

/** Largest finite absolute value; 0 of none. */
export function largest(values: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!)
    if (size > most && size !== Infinity) most = size
  }
  return most
}

/** What comes near 1 without passing it is shown on that scale, so that gates can be compared; what hardly differs from 0 is not blown up. */
const scaleOf = (most: number): number => most > 0.5 && most <= 1.000_001 ? 1 : Math.max(0.01, most)

/** All lanes of a string, from the top. */
export function lanesOf(trace: Trace, optimal: OptimalPrediction | null, wrong: readonly boolean[], units: Readonly<Record<string, Unit>> = {}): Lane[] {
  const columns = trace.symbols.length + 1
  const outputs = trace.symbolNames.length + 1
  const target = targetsOf(trace)
  const input = Int32Array.from({ length: columns }, (_, t) => t === 0 ? NONE : trace.symbols[t - 1]!)
  const rowLabels = [...trace.symbolNames, END]
  const ofTarget = (rows: Float32Array): Float32Array => Float32Array.from(target, (symbol, t) => rows[t * outputs + symbol]!)
  const prediction = (id: string, title: string, hint: string, values: Float32Array): HeatLane => ({ kind: 'heat', id, title, hint, rows: outputs, rowLabels, values, signed: false, most: 1, cells: 1, fullDepth: null })
  return [
    { kind: 'symbols', id: 'input', title: 'Input', hint: 'The symbol that was read last', symbols: input, wrong: [] },
    { kind: 'symbols', id: 'target', title: 'Target', hint: 'The symbol to be predicted; a bar marks a wrong prediction', symbols: target, wrong },
    { kind: 'series', id: 'probability', title: 'P(target)', hint: 'What the model gives the target, and what the exact distribution gives it', stacked: false, top: 1,
      series: [{ label: 'model', values: ofTarget(trace.probabilities) }, ...optimal ? [{ label: 'exact', values: ofTarget(optimal.probabilities) }] : []] },
    prediction('prediction', 'Prediction', 'The model’s probability of each symbol', trace.probabilities),
    ...optimal ? [prediction('exact', 'Exact', 'The exact distribution’s probability of each symbol', optimal.probabilities)] : [],
    ...tensorLanes(trace.tensors, units),
  ]
}

/** The end of a sequence, as it is shown. */
export const END = '⊣'

/** [n + 1]: what comes after each prefix; the end of sequence is the number of symbols. */
export const targetsOf = ({ symbols, symbolNames }: Pick<Trace, 'symbols' | 'symbolNames'>): Int32Array => Int32Array.from([...symbols, symbolNames.length])

/** Pixels from the top of a lane to its bottom. */
export function heightOf(lane: Lane): number {
  if (lane.kind === 'symbols') return 18
  if (lane.kind === 'series') return 66
  const row = lane.id === 'prediction' || lane.id === 'exact' ? 12 : lane.rows <= 12 ? 8 : lane.rows <= 32 ? 4 : 3
  return Math.max(18, Math.min(220, lane.rows * row))
}
