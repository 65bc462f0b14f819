import { reachable, type Dim, type Tensor } from '../../src/engine/algebra/tensor.ts'
import { appendedTo, keptFor } from '../../src/engine/devices/lowering/phases.ts'
import { rowsCarried, rowsKept } from '../../src/engine/memories/memory.ts'
import { reverse, type Model } from '../../src/engine/model.ts'

/** What no implementation of one training step can do without. */
export interface Floor {
  /** Floating-point operations of the graph as it is traced: an addition, a multiplication or a function of one element counts one. */
  readonly operations: number
  /** Weights read once and, where trained, written once with the optimizer's slots read and written; what the way back needs of the way there written and read once. */
  readonly bytes: number
}

const SINGLE = 4

/** @param trained names of parameters @param slots numbers that the optimizer keeps of each weight */
export function floorOf(
  model: Model,
  trained: ReadonlySet<string>,
  { batch, length, slots }: { batch: number; length: number; slots: number },
): Floor {
  const { graph, reads, parameters } = model
  const reversed = reverse(model, trained)
  const rows = (t: number): number =>
    Math.max(0, reads === 'text' ? rowsCarried(graph.rows, t, 0) : rowsKept(graph.rows, t, length))
  const sizeAt =
    (t: number) =>
    ({ shape }: { shape: readonly Dim[] }): number =>
      shape.reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : rows(dim === 'after' ? t : t - 1)), 1)

  const forward = new Set(reachable(graph.next.values())),
    predicted = new Set(reachable([graph.nats]))
  const without = (tensors: readonly Tensor[], known: ReadonlySet<Tensor>): Tensor[] =>
    tensors.filter(tensor => !known.has(tensor))
  const backward = without(reachable([...reversed.step.states.values(), ...reversed.step.parameters.values()]), forward)
  const outputBackward = without(
    reachable([...reversed.output.states.values(), ...reversed.output.parameters.values()]),
    predicted,
  )
  const kept = new Set(
    [...keptFor(model, reversed, () => false).forward, ...graph.next.values()].map(tensor => {
      const [name] = [...graph.next].find(([, next]) => next === tensor) ?? []
      const leaf =
        name === undefined ? undefined : [...forward].find(({ op }) => op.kind === 'state' && op.name === name)
      return appendedTo(leaf, tensor) ?? tensor
    }),
  )

  let operations = 0,
    bytes = 0
  for (let t = 0; t <= length; t++) {
    const size = sizeAt(t)
    const count = (tensors: Iterable<Tensor>): void => {
      for (const tensor of tensors) operations += batch * operationsOf(tensor, size)
    }
    const accumulate = (gradients: ReadonlyMap<string, Tensor>): void => {
      for (const tensor of gradients.values())
        operations += (batch * size(tensor)) / (picks(source(tensor)) ? model.inputs : 1)
    }
    if (t > 0) {
      count(forward)
      count(backward)
      accumulate(reversed.step.parameters)
      for (const tensor of kept) bytes += 2 * SINGLE * batch * size(tensor)
    }
    if (t > 0 || reads === 'strings') {
      count(predicted)
      count(outputBackward)
      accumulate(reversed.output.parameters)
    }
  }
  for (const { name, shape } of parameters) {
    const weights = shape.reduce((a, b) => a * b, 1)
    bytes += SINGLE * weights * (trained.has(name) ? 2 + 2 * slots : 1)
  }
  return { operations, bytes }
}

function operationsOf(tensor: Tensor, size: (tensor: Tensor) => number): number {
  const { op, inputs } = tensor
  if (picks(tensor)) return 0
  switch (op.kind) {
    case 'unary':
      return op.f === 'detach' ? 0 : size(tensor)
    case 'binary':
    case 'where':
    case 'cumulate':
      return size(tensor)
    case 'reduce':
      return picks(inputs[0]!) ? 0 : size(inputs[0]!)
    default:
      return 0
  }
}

const VIEWS: readonly string[] = ['broadcast', 'slice', 'transpose', 'reshape']
const source = (tensor: Tensor): Tensor => (VIEWS.includes(tensor.op.kind) ? source(tensor.inputs[0]!) : tensor)

/** Whether a product only picks what a symbol stands for. */
function picks({ op, inputs }: Tensor): boolean {
  return op.kind === 'binary' && op.f === 'multiply' && inputs.some(input => source(input).op.kind === 'symbol')
}
