import type { Options, ValuesOf } from '../../shared/options.ts'
import { parseOptions } from '../../shared/options.ts'
import { parameter, stateBefore } from '../algebra/operations.ts'
import { tracing, type Shape, type Tensor } from '../algebra/tensor.ts'
import { evaluate } from '../devices/interpreter/evaluate.ts'
import { rowsKept, type Memory } from '../memories/memory.ts'
import { float64, type Array64 } from './float64.ts'

type Values = Readonly<Record<string, readonly number[]>>

/** What a memory held and gave back at one time: state tensors row by row, and the reading. */
export interface Moment {
  readonly state: Record<string, number[]>
  readonly reading: number[]
}

/**
 * Runs a memory alone, in float64, on given hidden vectors; rows are kept as in a string of `length` symbols (default: all of them).
 * @param weights by group.name
 * @returns the moment before the first step and after each one
 */
export function driveMemory(
  memory: Memory,
  given: Record<string, unknown>,
  hiddens: readonly (readonly number[])[],
  weights: Values,
  length = Infinity,
): Moment[] {
  return tracing(() => {
    const options: ValuesOf<Options> = parseOptions(memory.options, given, 'memory')
    const hidden = stateBefore('hidden', [hiddens[0]!.length])
    const groups = memory.params({ hidden: hiddens[0]!.length }, options)
    const p = Object.fromEntries(
      Object.entries(groups).map(([group, members]) => [
        group,
        Object.fromEntries(
          Object.entries(members).map(([name, { shape }]) => [name, parameter(`${group}.${name}`, shape)]),
        ),
      ]),
    )
    const shapes = memory.state({ hidden: hiddens[0]!.length }, options)
    const leaves = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, stateBefore(name, shape)]))
    const reading = memory.reading(leaves, p, options)
    const next = memory.step(leaves, hidden, p, options).state
    const rows = memory.rows?.(options)
    const kept = (step: number): number => (rows ? rowsKept(rows, step, length) : 0)

    const sized = (shape: Shape, before: number): number[] => shape.map(dim => (typeof dim === 'number' ? dim : before))
    let state = new Map(Object.entries(shapes).map(([name, shape]) => [name, float64.full(0, sized(shape, 0))]))
    const compute = (roots: readonly Tensor[], step: number, vector: readonly number[]): Map<Tensor, Array64> => {
      const known = new Map<Tensor, Array64>()
      evaluate(roots, known, float64, { before: kept(step - 1), after: kept(step) }, ({ op, shape }) => {
        if (op.kind === 'parameter') return float64.shared(Float64Array.from(weights[op.name]!), shape as number[])
        const { name } = op as { name: string }
        return name === 'hidden' ? float64.shared(Float64Array.from(vector), [vector.length]) : state.get(name)!
      })
      return known
    }
    const moment = (step: number): Moment => ({
      state: Object.fromEntries([...state].map(([name, array]) => [name, [...array.data[0]!]])),
      reading: reading ? [...compute([reading], step + 1, hiddens[0]!).get(reading)!.data[0]!] : [],
    })
    const moments = [moment(0)]
    hiddens.forEach((vector, k) => {
      const known = compute(Object.values(next), k + 1, vector)
      state = new Map(Object.entries(next).map(([name, tensor]) => [name, known.get(tensor)!]))
      moments.push(moment(k + 1))
    })
    return moments
  })
}

/** Hidden vectors that pick one column each, and weights whose columns are the given scores: any score at any step. */
export function scripted(columns: readonly (readonly number[])[]): { hiddens: number[][]; weights: number[] } {
  const hiddens = columns.map((_, step) => columns.map((_, k) => Number(k === step)))
  return { hiddens, weights: columns[0]!.flatMap((_, row) => columns.map(column => column[row]!)) }
}

export const logit = (probability: number): number => Math.log(probability / (1 - probability))
