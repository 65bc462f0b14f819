import { isPairs, type Dim, type Operation, type Tensor } from '../../algebra/tensor.ts'
import type { Extent, Storage } from './storage.ts'

/** An index along one axis: the counter of a loop plus a constant; level 0 has no counter. */
export interface Index {
  readonly level: number
  readonly add: number
}

/** What one element of a tensor is made of, after all movement of data has been turned into arithmetic on indices. */
export type Term =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'load'; readonly storage: Storage; readonly index: readonly Index[]; readonly id: number }
  /** A load of a row that may not be there: then the element of `fill`, or zero. */
  | { readonly kind: 'rowLoad'; readonly row: RowChoice; readonly index: readonly Index[] }
  | { readonly kind: 'symbol'; readonly which: 'input' | 'target'; readonly index: Index }
  | { readonly kind: 'index'; readonly index: Index }
  | {
      readonly kind: 'compute'
      readonly op: Operation & { kind: 'unary' | 'binary' | 'where' }
      readonly inputs: readonly Term[]
    }

/** Which row to read: row `at` of `storage` where it exists, else `fill` (above: before the first row, below: after the last), else zeros. */
export interface RowChoice {
  readonly storage: Storage
  readonly id: number
  readonly at: Index | 'last'
  /** Where rows are counted from the last: how many rows the reader has. */
  readonly fromLast?: Extent
  readonly fill?: { readonly side: 'above' | 'below'; readonly storage: Storage; readonly id: number }
  /** Only where the row asked for is this one (for tensors that are zero but for one row); then `storage` has that row alone. */
  readonly only?: { readonly row: number | { readonly lastOf: Extent }; readonly asked: Index }
}

export const fixed = (add: number): Index => ({ level: 0, add })

/** Where tensors lie, and how many rows there are. */
export interface Sources {
  stored(tensor: Tensor): Storage | undefined
  extent(dim: Dim): Extent
}

/**
 * Follows `tensor` at `index` down to what is stored. Graphs share their nodes: what several of them need is one term.
 * @param known terms that were found before with the same `sources`
 */
export function termOf(
  tensor: Tensor,
  index: readonly Index[],
  sources: Sources,
  known = new Map<string, Term>(),
): Term {
  const key = `${tensor.id}[${indexKey(index)}]`
  const found = known.get(key)
  if (found) return found
  const term = find(tensor, index, sources, known)
  known.set(key, term)
  return term
}

function find(tensor: Tensor, index: readonly Index[], sources: Sources, known: Map<string, Term>): Term {
  const { stored } = sources
  const storage = stored(tensor)
  if (storage) {
    const [first, ...rest] = index
    // A growing tensor may have fewer rows than its reader's loop; its own loops never leave it.
    if (first && typeof tensor.shape[0] !== 'number' && first.level === 0)
      return { kind: 'rowLoad', row: { storage, id: tensor.id, at: first }, index: rest }
    return { kind: 'load', storage, index, id: tensor.id }
  }
  const { op, inputs } = tensor
  const x = inputs[0]!
  const follow = (input: Tensor, at: readonly Index[]): Term => termOf(input, at, sources, known)
  const needed = (input: Tensor): Storage => {
    const found = stored(input)
    if (!found) throw new TypeError(`the input of ${op.kind} is not stored`)
    return found
  }
  switch (op.kind) {
    case 'constant':
      return { kind: 'constant', value: op.value }
    case 'scalar':
      return { kind: 'scalar', name: op.name }
    case 'symbol':
      return { kind: 'symbol', which: op.which, index: index[0]! }
    case 'index':
      return { kind: 'index', index: index[0]! }
    case 'unary':
      return op.f === 'detach' ? follow(x, index) : { kind: 'compute', op, inputs: [follow(x, index)] }
    case 'binary':
    case 'where':
      return { kind: 'compute', op, inputs: inputs.map(input => follow(input, index)) }
    case 'broadcast':
      return follow(
        x,
        index.filter((_, axis) => !op.axes.includes(axis)),
      )
    case 'slice':
      return follow(
        x,
        index.map((at, axis) => (axis === op.axis ? { ...at, add: at.add + op.start } : at)),
      )
    case 'transpose': {
      const source = index.slice()
      op.order.forEach((axis, k) => {
        source[axis] = index[k]!
      })
      return follow(x, source)
    }
    case 'reshape':
      return follow(x, alongUnitAxes(tensor, index))
    case 'window': {
      const fill = op.fill === 'zero' ? undefined : { side: op.fill, storage: needed(inputs[1]!), id: inputs[1]!.id }
      const [first, ...rest] = index as [Index, ...Index[]]
      if (isPairs(tensor.shape))
        throw new TypeError(`what is appended to [${x.shape.join()}] can only be read by later steps`)
      const fromLast = op.from === 'last' ? { fromLast: sources.extent(tensor.shape[0]!) } : {}
      return {
        kind: 'rowLoad',
        row: { storage: needed(x), id: x.id, at: { ...first, add: first.add + op.offset }, fill, ...fromLast },
        index: rest,
      }
    }
    case 'row':
      return {
        kind: 'rowLoad',
        row: { storage: needed(x), id: x.id, at: op.index === 'last' ? 'last' : fixed(op.index) },
        index,
      }
    case 'place': {
      const [first, ...rest] = index as [Index, ...Index[]]
      return {
        kind: 'rowLoad',
        row: {
          storage: needed(x),
          id: x.id,
          at: fixed(0),
          only: { row: op.index === 'last' ? { lastOf: sources.extent(tensor.shape[0]!) } : op.index, asked: first },
        },
        index: rest,
      }
    }
    case 'reduce':
      return inlineSum(x, op.axes, index, follow)
    default:
      throw new TypeError(`${op.kind} must be stored before it is read`)
  }
}

/** A sum over few elements, written out. */
function inlineSum(
  x: Tensor,
  axes: readonly number[],
  index: readonly Index[],
  follow: (input: Tensor, at: readonly Index[]) => Term,
): Term {
  const parts = axes.reduce<Index[][]>(
    (all, axis) =>
      all.flatMap(at => Array.from({ length: x.shape[axis] as number }, (_, k) => at.toSpliced(axis, 0, fixed(k)))),
    [[...index]],
  )
  return parts
    .map(at => follow(x, at))
    .reduce((sum, part) => ({ kind: 'compute', op: { kind: 'binary', f: 'add' }, inputs: [sum, part] }))
}

/** Whether a reshape only adds or drops axes of size 1, so that indices need no arithmetic. */
export function isUnitReshape({ shape, inputs }: Tensor): boolean {
  const wide = (dims: readonly unknown[]): string => dims.filter(dim => dim !== 1).join()
  return wide(shape) === wide(inputs[0]!.shape)
}

function alongUnitAxes({ shape, inputs }: Tensor, index: readonly Index[]): Index[] {
  const wide = index.filter((_, axis) => shape[axis] !== 1)
  return inputs[0]!.shape.map(dim => (dim === 1 ? fixed(0) : wide.shift()!))
}

export const indexKey = (index: readonly Index[]): string => index.map(({ level, add }) => `${level}+${add}`).join()

/** Keys of terms: equal for equal ones, and short however large a term is. */
export class TermKeys {
  readonly #keys = new WeakMap<Term, string>()
  readonly #computed = new Map<string, string>()

  of(term: Term): string {
    const found = this.#keys.get(term)
    if (found !== undefined) return found
    const key = term.kind === 'compute' ? this.#short(term) : leafKey(term)
    this.#keys.set(term, key)
    return key
  }

  #short({ op, inputs }: Term & { kind: 'compute' }): string {
    const key = `${op.kind === 'where' ? 'where' : op.f}(${inputs.map(input => this.of(input)).join(';')})`
    const found = this.#computed.get(key)
    if (found !== undefined) return found
    const short = `#${this.#computed.size}`
    this.#computed.set(key, short)
    return short
  }
}

function leafKey(term: Exclude<Term, { kind: 'compute' }>): string {
  switch (term.kind) {
    case 'constant':
      return `c${term.value}`
    case 'scalar':
      return `s${term.name}`
    case 'load':
      return `l${term.id}[${indexKey(term.index)}]`
    case 'rowLoad':
      return `r${rowKey(term.row)}[${indexKey(term.index)}]`
    case 'symbol':
      return `${term.which}[${indexKey([term.index])}]`
    case 'index':
      return `i[${indexKey([term.index])}]`
  }
}

export function rowKey({ id, at, fill, fromLast, only }: RowChoice): string {
  const row = only && (typeof only.row === 'number' ? `${only.row}` : `last${JSON.stringify(only.row.lastOf)}`)
  return `${id}@${at === 'last' ? at : indexKey([at])}${fromLast ? JSON.stringify(fromLast) : ''}${fill ? `${fill.side}${fill.id}` : ''}${only ? `only${row}:${indexKey([only.asked])}` : ''}`
}

const shared = new WeakMap<Term, boolean>()

/** Whether all examples share the value. */
export function isShared(term: Term): boolean {
  if (term.kind !== 'compute') return isSharedLeaf(term)
  const found = shared.get(term)
  if (found !== undefined) return found
  const own = term.inputs.every(isShared)
  shared.set(term, own)
  return own
}

function isSharedLeaf(term: Exclude<Term, { kind: 'compute' }>): boolean {
  switch (term.kind) {
    case 'constant':
    case 'scalar':
    case 'index':
      return true
    case 'load':
      return !term.storage.lanes
    case 'rowLoad':
    case 'symbol':
      return false
  }
}
