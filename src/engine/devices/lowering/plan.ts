import { sameShape, type ReduceFunction, type Shape, type Tensor } from '../../algebra/tensor.ts'
import { linearKind } from './linear.ts'
import { rowMajor, shifted, type Storage } from './storage.ts'
import { isUnitReshape } from './terms.ts'
import { triangleOf, type Triangle } from './triangle.ts'

/** A result of a kernel. A `copy` is made elsewhere and only brought to another place; what `adds` is added to what lies there. */
export interface Store {
  readonly expression: Tensor
  readonly storage: Storage
  readonly copy: boolean
  readonly adds?: boolean
}

/** One nest of loops: element by element over a domain, a reduction, or running sums along axis 0; or a large product of weights and a vector. */
export type Kernel =
  | { readonly kind: 'map'; readonly domain: Shape; readonly triangle: Triangle | undefined; readonly stores: Store[] }
  | {
      readonly kind: 'reduce'
      readonly domain: Shape
      readonly triangle: Triangle | undefined
      readonly axes: readonly number[]
      readonly f: ReduceFunction
      readonly stores: Store[]
    }
  | { readonly kind: 'product'; readonly expression: Tensor; readonly storage: Storage }
  | { readonly kind: 'gather'; readonly expression: Tensor; readonly storage: Storage }
  | {
      readonly kind: 'scan'
      readonly domain: Shape
      readonly reverse: boolean
      readonly source: Storage
      readonly storage: Storage
    }

/** Most reductions that share one nest: their accumulators must stay in registers. */
const REDUCTIONS_TOGETHER = 3

const VIEWS: readonly string[] = ['broadcast', 'slice', 'transpose', 'reshape']
const isView = ({ op }: Tensor): boolean => VIEWS.includes(op.kind)
const isElementwise = ({ op }: Tensor): boolean => op.kind === 'unary' || op.kind === 'binary' || op.kind === 'where'
/** Leaves without storage: made from nothing, or from the symbols. */
const isInline = ({ op }: Tensor): boolean =>
  op.kind === 'constant' || op.kind === 'index' || op.kind === 'symbol' || op.kind === 'scalar'
const ROW_READERS: readonly string[] = ['window', 'row', 'place']

export interface Task {
  /** Tensors to compute, with the place each must have; without one they get a place of their own. */
  readonly roots: readonly (readonly [Tensor, Storage | undefined])[]
  /** What is to be added to what lies in a place already. */
  readonly additions: readonly (readonly [Tensor, Storage])[]
  /** What lies in memory already. */
  stored(tensor: Tensor): Storage | undefined
  /** A place for an intermediate. */
  place(tensor: Tensor): Storage
}

/**
 * Decides which tensors are written to memory and which are computed where they are used, and groups the rest into kernels.
 * @returns the kernels in order, and where everything that they write lies
 */
export function plan(task: Task): { kernels: Kernel[]; storages: Map<Tensor, Storage> } {
  const isStored = (tensor: Tensor): boolean => task.stored(tensor) !== undefined
  const needed = reachableUntil(
    [...task.roots, ...task.additions].map(([root]) => root),
    isStored,
  )
  const written = new Set(task.roots.map(([root]) => root).filter(root => !isStored(root)))
  for (const tensor of needed) for (const input of mustBeWritten(tensor)) if (!isStored(input)) written.add(input)
  for (const tensor of needed) if (isMadeInMemory(tensor)) written.add(tensor)
  const triangles = new Map<Tensor, Triangle | undefined>()
  const triangle = (tensor: Tensor): Triangle | undefined => triangleOf(tensor, task.stored, triangles)
  for (;;) {
    const steps = arrange(task, needed, written, triangle)
    const more = sharedBetweenKernels(steps, written, isStored)
    if (more.length === 0) return emit(task, steps, written, needed, triangle)
    for (const tensor of more) written.add(tensor)
  }
}

/** Elements of a sum that are written out where the sum is used. */
const LARGEST_INLINE_SUM = 16

/** A short sum for every pair of rows: to keep it would cost more than it takes to compute. */
function isInlineSum({ op, shape, inputs }: Tensor): boolean {
  return (
    op.kind === 'reduce' &&
    op.f === 'sum' &&
    shape.filter(dim => typeof dim === 'string').length > 1 &&
    op.axes.every(axis => typeof inputs[0]!.shape[axis] === 'number') &&
    op.axes.reduce((size, axis) => size * (inputs[0]!.shape[axis] as number), 1) <= LARGEST_INLINE_SUM
  )
}

const isMadeInMemory = (tensor: Tensor): boolean =>
  ['reduce', 'cumulate', 'concat'].includes(tensor.op.kind) && !isInlineSum(tensor)

/** Nodes that `roots` need, not looking behind what is stored. Inputs before users. */
function reachableUntil(roots: readonly Tensor[], isStored: (tensor: Tensor) => boolean): Tensor[] {
  const order: Tensor[] = []
  const seen = new Set<Tensor>()
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor) || isStored(tensor)) return
    seen.add(tensor)
    tensor.inputs.forEach(visit)
    order.push(tensor)
  }
  roots.forEach(visit)
  return order
}

/** Inputs that `tensor` can only read from memory. */
function mustBeWritten(tensor: Tensor): readonly Tensor[] {
  if (ROW_READERS.includes(tensor.op.kind) || tensor.op.kind === 'cumulate') return tensor.inputs
  if (tensor.op.kind === 'reshape' && !isUnitReshape(tensor)) return tensor.inputs
  if (tensor.op.kind === 'broadcast') return behindViews(tensor.inputs[0]!)
  return []
}

/** The elementwise tensor that a chain of views ends in: repeating it would compute it again and again. */
function behindViews(tensor: Tensor): Tensor[] {
  if (isView(tensor)) return behindViews(tensor.inputs[0]!)
  return isElementwise(tensor) ? [tensor] : []
}

/** A kernel before storage is assigned: results that one nest computes. */
interface Step {
  readonly signature: string
  readonly results: Result[]
}
interface Result {
  readonly expression: Tensor
  readonly copy: boolean
  /** Where the result goes when not to the expression's own place. */
  readonly into?:
    { readonly concat: Tensor; readonly at: number } | { readonly storage: Storage; readonly adds: boolean }
  readonly reads: Closure
}
interface Closure {
  readonly written: ReadonlySet<Tensor>
  readonly inlined: ReadonlySet<Tensor>
  /** Written tensors read at the same index, through nothing but elementwise functions. */ readonly direct: ReadonlySet<Tensor>
}

function arrange(
  task: Task,
  needed: readonly Tensor[],
  written: ReadonlySet<Tensor>,
  triangleIn: (tensor: Tensor) => Triangle | undefined,
): Step[] {
  const steps: Step[] = []
  const madeBy = new Map<Tensor, number>()
  const add = (signature: string, result: Result, alone = false): number => {
    const earliest = Math.max(
      0,
      ...[...result.reads.written].map(tensor => {
        const made = madeBy.get(tensor)!
        return steps[made]!.signature === signature && signature.startsWith('map') && result.reads.direct.has(tensor)
          ? made
          : made + 1
      }),
    )
    const room = (step: Step): boolean =>
      !step.signature.startsWith('reduce') || step.results.length < REDUCTIONS_TOGETHER
    const found = alone ? -1 : steps.findIndex((step, k) => k >= earliest && step.signature === signature && room(step))
    if (found >= 0) {
      steps[found]!.results.push(result)
      return found
    }
    return steps.push({ signature, results: [result] }) - 1
  }
  const owners = concatenationOwners(needed, written, task)
  for (const tensor of needed) {
    if (!written.has(tensor)) continue
    const { op } = tensor
    if (op.kind === 'concat') {
      let last = 0
      tensor.inputs.forEach((part, at) => {
        const own = owners.get(part) === tensor ? madeBy.get(part) : undefined
        last = Math.max(
          last,
          own ??
            add(mapSignature(part.shape), {
              expression: part,
              copy: written.has(part) || task.stored(part) !== undefined,
              into: { concat: tensor, at },
              reads: closureOf([part], written, task),
            }),
        )
      })
      madeBy.set(tensor, last)
    } else if (op.kind === 'reduce' && !isInlineSum(tensor)) {
      const [input] = tensor.inputs as [Tensor]
      const linear = linearKind(tensor)
      if (linear) {
        madeBy.set(
          tensor,
          add(linear, { expression: tensor, copy: false, reads: closureOf([input], written, task) }, true),
        )
        continue
      }
      const triangle = triangleIn(input)
      madeBy.set(
        tensor,
        add(
          `reduce ${op.f} [${input.shape.join()}] over ${op.axes.join()}${triangle ? ` in ${triangle.later},${triangle.earlier}` : ''}`,
          { expression: tensor, copy: false, reads: closureOf([input], written, task) },
        ),
      )
    } else if (op.kind === 'cumulate') {
      madeBy.set(
        tensor,
        add('scan', { expression: tensor, copy: false, reads: closureOf(tensor.inputs, written, task) }, true),
      )
    } else {
      madeBy.set(
        tensor,
        add(mapSignature(tensor.shape), {
          expression: tensor,
          copy: false,
          reads: closureOf([tensor], written, task, tensor),
        }),
      )
    }
  }
  for (const [root, storage] of copiesOf(task)) {
    add(mapSignature(root.shape), {
      expression: root,
      copy: true,
      into: { storage, adds: false },
      reads: closureOf([root], written, task),
    })
  }
  for (const [expression, storage] of task.additions) {
    add(`${mapSignature(expression.shape)}${storage.triangular ? ' in a triangle' : ''}`, {
      expression,
      copy: true,
      into: { storage, adds: true },
      reads: closureOf([expression], written, task),
    })
  }
  return steps
}

/** Roots that lie somewhere already, or that are wanted in a second place. */
function copiesOf({ roots, stored }: Task): (readonly [Tensor, Storage])[] {
  return roots
    .filter((entry): entry is [Tensor, Storage] => entry[1] !== undefined)
    .filter(([root, storage], k, all) =>
      stored(root) ? stored(root) !== storage : all.findIndex(([other]) => other === root) < k,
    )
}

const mapSignature = (shape: Shape): string => `map [${shape.join()}]`

/** Parts that only one concatenation reads are computed right into it. */
function concatenationOwners(needed: readonly Tensor[], written: ReadonlySet<Tensor>, task: Task): Map<Tensor, Tensor> {
  const readers = new Map<Tensor, Set<Tensor>>()
  for (const tensor of needed)
    for (const input of tensor.inputs) readers.set(input, (readers.get(input) ?? new Set()).add(tensor))
  const roots = new Set(task.roots.map(([root]) => root))
  const owners = new Map<Tensor, Tensor>()
  for (const [part, users] of readers) {
    const [user] = users
    if (
      users.size === 1 &&
      user!.op.kind === 'concat' &&
      written.has(part) &&
      !roots.has(part) &&
      user!.inputs.filter(input => input === part).length === 1
    )
      owners.set(part, user!)
  }
  return owners
}

/** What has to be read, and what computed on the way, to get `expressions`; `root` is the one that is being computed, if any. */
function closureOf(expressions: readonly Tensor[], written: ReadonlySet<Tensor>, task: Task, root?: Tensor): Closure {
  const inlined = new Set<Tensor>()
  const read = { direct: new Set<Tensor>(), indirect: new Set<Tensor>() }
  const seen = { direct: new Set<Tensor>(), indirect: new Set<Tensor>() }
  const visit = (tensor: Tensor, how: 'direct' | 'indirect'): void => {
    if (seen[how].has(tensor) || task.stored(tensor) || isInline(tensor)) return
    seen[how].add(tensor)
    if (written.has(tensor) && tensor !== root) {
      read[how].add(tensor)
      return
    }
    inlined.add(tensor)
    for (const input of tensor.inputs) visit(input, isElementwise(tensor) ? how : 'indirect')
  }
  for (const expression of expressions) visit(expression, 'direct')
  return {
    inlined,
    written: new Set([...read.direct, ...read.indirect]),
    direct: new Set([...read.direct].filter(tensor => !read.indirect.has(tensor))),
  }
}

const COSTLY: readonly string[] = ['exp', 'log', 'tanh', 'sigmoid', 'sqrt', 'reciprocal', 'divide']

/** Tensors that two kernels would both compute and that cost more than reading them back. */
function sharedBetweenKernels(
  steps: readonly Step[],
  written: ReadonlySet<Tensor>,
  isStored: (tensor: Tensor) => boolean,
): Tensor[] {
  const users = new Map<Tensor, Set<Step>>()
  for (const step of steps) {
    for (const { reads } of step.results) {
      for (const tensor of reads.inlined)
        if (isElementwise(tensor) && !written.has(tensor)) users.set(tensor, (users.get(tensor) ?? new Set()).add(step))
    }
  }
  return [...users]
    .filter(([tensor, own]) => own.size > 1 && isCostly(tensor, tensor => written.has(tensor) || isStored(tensor)))
    .map(([tensor]) => tensor)
}

/** Whether more than two operations, or a slow one, lie between `tensor` and what is read: looked for only until that is known. */
function isCostly(tensor: Tensor, isRead: (tensor: Tensor) => boolean): boolean {
  const seen = new Set<Tensor>()
  let operations = 0
  const visit = (found: Tensor): boolean => {
    if (seen.has(found) || isRead(found)) return false
    seen.add(found)
    const { op } = found
    if (isElementwise(found) && ++operations > 2) return true
    if ((op.kind === 'unary' || op.kind === 'binary') && COSTLY.includes(op.f)) return true
    return found.inputs.some(visit)
  }
  return visit(tensor)
}

function emit(
  task: Task,
  steps: readonly Step[],
  written: ReadonlySet<Tensor>,
  needed: readonly Tensor[],
  triangleIn: (tensor: Tensor) => Triangle | undefined,
): { kernels: Kernel[]; storages: Map<Tensor, Storage> } {
  const storages = new Map<Tensor, Storage>()
  const owners = concatenationOwners(needed, written, task)
  const storageOf = (tensor: Tensor): Storage => {
    const found = storages.get(tensor) ?? task.stored(tensor)
    if (found) return found
    const owner = owners.get(tensor)
    const made = owner
      ? partOf(storageOf(owner), owner, owner.inputs.indexOf(tensor))
      : (task.roots.find(([root]) => root === tensor)?.[1] ?? task.place(tensor))
    storages.set(tensor, made)
    return made
  }
  const destination = ({ expression, into }: Result): Storage => {
    if (!into) return storageOf(expression)
    return 'storage' in into ? into.storage : partOf(storageOf(into.concat), into.concat, into.at)
  }
  const kernels = steps.map((step): Kernel => {
    const { op, inputs, shape } = step.results[0]!.expression
    const stores = step.results.map((result): Store => ({
      expression: result.expression,
      copy: result.copy,
      storage: destination(result),
      ...(result.into && 'storage' in result.into && result.into.adds ? { adds: true } : {}),
    }))
    if (step.signature.startsWith('reduce') && op.kind === 'reduce')
      return {
        kind: 'reduce',
        domain: inputs[0]!.shape,
        triangle: triangleIn(inputs[0]!),
        axes: op.axes,
        f: op.f,
        stores,
      }
    if (step.signature === 'product' || step.signature === 'gather')
      return { kind: step.signature, expression: stores[0]!.expression, storage: stores[0]!.storage }
    if (step.signature === 'scan' && op.kind === 'cumulate')
      return {
        kind: 'scan',
        domain: shape,
        reverse: op.reverse,
        source: storageOf(inputs[0]!),
        storage: stores[0]!.storage,
      }
    return {
      kind: 'map',
      domain: shape,
      triangle: stores.every(({ storage }) => storage.triangular) ? { later: 0, earlier: 1 } : undefined,
      stores,
    }
  })
  for (const tensor of written) storageOf(tensor)
  return { kernels, storages }
}

function partOf(whole: Storage, concat: Tensor, at: number): Storage {
  const { axis } = concat.op as { axis: number }
  const before = concat.inputs.slice(0, at).reduce((size, part) => size + (part.shape[axis] as number), 0)
  const stride = whole.strides[axis]!
  if (typeof stride !== 'number')
    throw new TypeError('parts of a tensor of pairs cannot be put side by side along its rows')
  return shifted(whole, before * stride)
}

/** Storage of a reshaped view of something stored row by row. */
export function reshapedStorage(tensor: Tensor, source: Storage): Storage | undefined {
  if (tensor.op.kind !== 'reshape' || isUnitReshape(tensor) || sameShape(tensor.shape, tensor.inputs[0]!.shape))
    return undefined
  const element = source.strides.at(-1) ?? 0
  return typeof element === 'number' ? { ...source, strides: rowMajor(tensor.shape, element) } : undefined
}
