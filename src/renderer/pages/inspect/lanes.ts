import type { IdealStacks, Trace } from '../../../shared/contract/index.ts'
import { depthsOf, netMoves } from '../../../shared/stack-view.ts'
import { titleOf } from './titles.ts'
import type { Tensor, Units } from './trace-view.ts'

/** Shares of actions at each step: [columns][actions], for one stack. */
export interface Actions {
  readonly title: string
  readonly names: readonly string[]
  readonly at: (column: number, action: number) => number
}

export type LaneKind =
  | { readonly kind: 'actions'; readonly actions: Actions }
  | { readonly kind: 'lines'; readonly lines: readonly { readonly name: string; readonly values: Float32Array }[] }
  /** `stack`: the contents of a stack, against which the ideal one can be held. */
  | {
      readonly kind: 'depth'
      readonly tensor: Tensor
      readonly units: Units
      readonly strengths: Tensor | null
      readonly stack: boolean
    }
  | { readonly kind: 'units'; readonly tensor: Tensor }

export type Lane = LaneKind & {
  readonly id: string
  readonly title: string
  readonly hint: string
  readonly component: string
}

type Told = Pick<Trace, 'tensors' | 'stack'>

export const ACTION_NAMES = ['push', 'pop', 'no-op']

/** The lanes of a trace's tensors: what shows the memory's stack by its own declaration, the others by their shapes. Memory before controller. */
export function lanesOf({ tensors, stack }: Told): Lane[] {
  const lanes: Lane[] = []
  const single: Tensor[] = []
  for (const tensor of tensors) {
    if (tensor.data.length === 0 && !tensor.lengths?.length) continue
    if (tensor.shape.length === 1) single.push(tensor)
    else lanes.push(...lanesFor(tensor, tensors, stack))
  }
  for (const component of new Set(single.map(({ name }) => componentOf(name)))) {
    const own = single.filter(({ name }) => componentOf(name) === component)
    lanes.push({
      id: `${component}.single`,
      title: own.map(({ name }) => titleOf(name).title).join(', '),
      hint: own.map(({ name }) => titleOf(name).hint).join('; '),
      component,
      kind: 'lines',
      lines: own.map(({ name, data }) => ({ name: titleOf(name).title, values: data })),
    })
  }
  return lanes.sort((a, b) => rank(a, stack) - rank(b, stack))
}

function lanesFor(tensor: Tensor, tensors: readonly Tensor[], stack: Trace['stack']): Lane[] {
  const { name, rows, shape } = tensor
  const named = { id: name, ...titleOf(name), component: componentOf(name) }
  if (stack?.kind === 'superposition' && name === stack.actions) return actionLanes(tensor)
  if (stack?.kind === 'strengths' && name === stack.strengths) return []
  if (rows === null) return [{ ...named, kind: 'units', tensor }]
  const shown = stack !== null && stack.kind !== 'automaton' && name === stack.cells
  const strengths =
    stack?.kind === 'strengths' && shown ? (tensors.find(other => other.name === stack.strengths) ?? null) : null
  const widths = stack?.kind === 'superposition' && shown ? stack.widths : [shape[2] ?? 1]
  return widths.map((count, i): Lane => {
    const from = widths.slice(0, i).reduce((sum, width) => sum + width, 0)
    const one = widths.length === 1 ? {} : { id: `${name}.${i}`, title: `${named.title}, ${i + 1}` }
    return { ...named, ...one, kind: 'depth', tensor, units: { from, count, stack: i }, strengths, stack: shown }
  })
}

const KINDS: readonly Lane['kind'][] = ['actions', 'lines', 'depth', 'units']
/** What is read comes before what is pushed, what a unit puts out before its gates; the weights of an automaton's moves, which are many, come last. */
const FIRST = ['memory.reading', 'controller.hidden']

function rank({ id, component, kind }: Lane, stack: Trace['stack']): number {
  const own = (component === 'memory' ? 0 : 20) + 2 * KINDS.indexOf(kind)
  if (stack?.kind === 'automaton') {
    if (id === stack.distribution) return -1
    if (component === 'memory' && !FIRST.includes(id)) return 40 + own
  }
  return own - Number(FIRST.includes(id))
}

function actionLanes({ name, shape, data }: Tensor): Lane[] {
  const [, stacks = 1, count = ACTION_NAMES.length] = shape
  return Array.from({ length: stacks }, (_, stack): Lane => {
    const { title: whole, hint } = titleOf(name)
    const title = stacks > 1 ? `${whole}, ${stack + 1}` : whole
    return {
      id: `${name}.${stack}`,
      title,
      hint,
      component: componentOf(name),
      kind: 'actions',
      actions: {
        title,
        names: ACTION_NAMES,
        at: (column, action) => data[(column * stacks + stack) * count + action]!,
      },
    }
  })
}

const componentOf = (name: string): string => name.split('.')[0]!

/** What each stack of the memory holds in each column, [columns]: pushed less popped. */
export function depthsIn({ tensors, stack }: Told): Float64Array[] {
  if (!stack) return []
  return netMoves(stack, name => tensors.find(tensor => tensor.name === name)).map(moves =>
    Float64Array.from([0, ...depthsOf(moves)]),
  )
}

/** The symbol that most likely is on top of the ideal stack in a column; the number of symbols for none, null where no stack is. */
export function idealTop({ symbols, rows, content, depth }: IdealStacks, column: number): number | null {
  if (Number.isNaN(depth[column]!)) return null
  if (rows === 0) return symbols.length
  const own = content.subarray(column * rows * symbols.length, column * rows * symbols.length + symbols.length)
  const none = 1 - own.reduce((sum, share) => sum + share, 0)
  const best = own.reduce((most, share, symbol) => (share > own[most]! ? symbol : most), 0)
  return none > own[best]! ? symbols.length : best
}

const MOVES = ['pushes', 'pops', 'holds']
/** What the ideal stack most likely does on the symbol of a column. */
export function idealMove({ moves }: IdealStacks, column: number): string | null {
  const own = moves.subarray(3 * column, 3 * column + 3)
  const best = own.indexOf(Math.max(...own))
  return own[best]! > 0 ? MOVES[best]! : null
}
