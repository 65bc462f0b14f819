import type { OptimalPrediction, Trace } from '../../../shared/contract/index.ts'
import { END, NONE, targetsOf, type HeatLane, type Lane } from './lanes.ts'

/** Probabilities that are taken to be alike. */
const ALIKE = 0.01

/**
 * [n + 1]: whether the model's most probable symbol is wrong. Against the exact distribution, when another symbol is more probable by
 * more than a hundredth: where several could come, any of the likeliest is right; where no string goes on, nothing is wrong. Without
 * one, when it is not the target.
 */
export function wrongPredictions(trace: Trace, optimal: OptimalPrediction | null): boolean[] {
  const outputs = trace.symbolNames.length + 1
  const targets = targetsOf(trace)
  return Array.from(targets, (target, t) => {
    const choice = likeliest(trace.probabilities, t * outputs, outputs)
    if (!optimal) return choice !== target
    const best = optimal.probabilities[t * outputs + likeliest(optimal.probabilities, t * outputs, outputs)]!
    return optimal.probabilities[t * outputs + choice]! < best - ALIKE
  })
}

/** Index, from `start`, of the first largest of `count` numbers. */
export function likeliest(values: Float32Array, start: number, count: number): number {
  let best = 0
  for (let i = 1; i < count; i++) if (values[start + i]! > values[start + best]!) best = i
  return best
}

/** The first wrong step after `from`, or before it; null where there is none. */
export function nextWrong(wrong: readonly boolean[], from: number, step: 1 | -1 = 1): number | null {
  for (let t = from + step; t >= 0 && t < wrong.length; t += step) if (wrong[t]) return t
  return null
}

export interface Outcome { readonly symbol: string, readonly model: number, readonly exact: number | null, readonly target: boolean, readonly chosen: boolean }

export interface Reading {
  /** Symbols read so far. */
  readonly t: number
  readonly input: string | null
  readonly target: string
  readonly wrong: boolean
  readonly nats: number
  readonly exactNats: number | null
  readonly outcomes: readonly Outcome[]
  readonly groups: readonly Group[]
}
/** The numbers of one lane at one step. */
export interface Group { readonly id: string, readonly title: string, readonly values: readonly { readonly label: string, readonly value: number }[] }

/** Everything at step t. */
export function readingAt(trace: Trace, optimal: OptimalPrediction | null, lanes: readonly Lane[], wrong: readonly boolean[], t: number): Reading {
  const names = [...trace.symbolNames, END]
  const target = targetsOf(trace)[t]!
  const chosen = likeliest(trace.probabilities, t * names.length, names.length)
  return {
    t, input: t === 0 ? null : names[trace.symbols[t - 1]!]!, target: names[target]!, wrong: wrong[t] ?? false, nats: trace.nats[t]!, exactNats: optimal ? optimal.nats[t]! : null,
    outcomes: names.map((symbol, i) => ({ symbol, model: trace.probabilities[t * names.length + i]!, exact: optimal ? optimal.probabilities[t * names.length + i]! : null, target: i === target, chosen: i === chosen })),
    groups: lanes.flatMap(lane => OWN.has(lane.id) || lane.kind === 'symbols' ? [] : [{ id: lane.id, title: lane.title, values: lane.kind === 'series' ? lane.series.map(({ label, values }) => ({ label, value: values[t]! })) : heatColumn(lane, t) }]),
  }
}

/** Lanes that the outcomes say already. */
const OWN = new Set(['probability', 'prediction', 'exact'])

const heatColumn = (lane: HeatLane, t: number): Group['values'] =>
  Array.from(lane.values.subarray(t * lane.rows, (t + 1) * lane.rows), (value, i) => ({ label: lane.rowLabels?.[i] ?? String(i + 1), value }))

/** What stands under the pointer: "P(target): model 0.98, exact 1", "Hidden units 4: −0.31". `y` from 0, the top of the lane, to 1. */
export function spotAt(lane: Lane, names: readonly string[], t: number, y: number): { label: string, value: number | string }[] {
  if (lane.kind === 'symbols') return [{ label: lane.title, value: lane.symbols[t] === NONE ? 'start' : names[lane.symbols[t]!] ?? END }]
  if (lane.kind === 'series') return lane.series.map(({ label, values }) => ({ label, value: values[t]! }))
  const row = Math.max(0, Math.min(lane.rows - 1, Math.floor(y * lane.rows)))
  return [{ label: `${lane.title} ${lane.rowLabels?.[row] ?? row + 1}`, value: lane.values[t * lane.rows + row]! }]
}

/** What is smaller is left out where it ends a long list. */
export const SMALL = 0.0005
const LONG = 24

/** The rows of a deep memory down to the last that holds anything. */
export function filled(values: Group['values']): Group['values'] {
  return values.length <= LONG ? values : values.slice(0, Math.max(1, values.findLastIndex(({ value }) => !(Math.abs(value) < SMALL)) + 1))
}

/** All units of one cell of a superposition. */
export function cellUnits({ tensors }: Trace, name: string, t: number, row: number): readonly number[] {
  const tensor = tensors.find(one => one.name === name)
  if (!tensor) return []
  const rows = tensor.shape[1]!
  const width = tensor.shape.slice(2).reduce((a, b) => a * b, 1)
  return [...tensor.data.subarray((t * rows + row) * width, (t * rows + row + 1) * width)]
}
