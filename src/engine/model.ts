import { InputError } from '../shared/errors.ts'
import { parseOptions } from '../shared/options.ts'
import type { StackView } from '../shared/stack-view.ts'
import type { Picked } from '../shared/study.ts'
import { crossEntropy, isFirstLargest } from './algebra/prediction.ts'
import { add, einsum, matvec, multiply, slice, softmax } from './algebra/index.ts'
import { gradients } from './algebra/gradient.ts'
import { constant, parameter, stateBefore } from './algebra/operations.ts'
import { isPairs, isStatic, node, reachable, sizeOf, tracing, type Shape, type Tensor } from './algebra/tensor.ts'
import type { Controller } from './controllers/controller.ts'
import { controllers } from './controllers/index.ts'
import { memories } from './memories/index.ts'
import { rowsCarried, rowsKept, type Memory, type RowRule } from './memories/memory.ts'
import { listParameters, uniform, xavier, zeros, type ParameterInfo } from './parameters.ts'

export type { Initial, ParameterInfo } from './parameters.ts'

/** A controller with its memory and classifier over an alphabet, traced once into graphs that every device runs. */
export interface Model {
  readonly controller: Picked
  readonly memory: Picked
  /** Every weight tensor; each belongs to one component. */
  readonly parameters: readonly ParameterInfo[]
  /** Input symbols. */
  readonly inputs: number
  /**
   * `strings`: outputs are one more than inputs, the end of sequence being symbol `inputs`, and the first symbol is predicted from the
   * empty state. `text`: streams without an end, in which every symbol read predicts the next; the state is carried from chunk to chunk.
   */
  readonly reads: 'strings' | 'text'
  /** Vectors that dropout multiplies by, to be given with a batch. */
  readonly masks: readonly MaskInfo[]
  /** Share of units that dropout sets to zero in training. */
  readonly dropout: number
  readonly graph: ModelGraph
}

/** A mask's name, and the units of the vector that it multiplies. */
export interface MaskInfo {
  readonly name: string
  readonly width: number
}

/** How a model is described in a study. */
export interface ModelSpec {
  readonly controller: Picked
  readonly memory: Picked
  /** A vector for every input symbol, learnt, instead of the one-hot vector; null: none. Left out: one for text, none for strings. */
  readonly embedding?:
    | {
        /** Units; null: as many as the controller's output has. */
        readonly size?: number | null | undefined
        /** Whether the classifier's weights are the embedding itself (Press & Wolf 2017, arXiv:1608.05859); they then belong to the embedding. */
        readonly tied?: boolean | undefined
      }
    | null
    | undefined
  /** Share of the units of the embedding and of the controller's output that are left out in training, the others made larger (Zaremba et al. 2014, arXiv:1409.2329). */
  readonly dropout?: number | undefined
  /** Every weight and bias begins uniform in ± this, instead of as its cell says. */
  readonly initial?: number | null | undefined
}

/** What a model reads: a number of symbols that strings are made of, or the words of a text. */
export type Alphabet = number | { readonly words: number }

/** Steps of text that a growing memory may look back: more would not be carried on from chunk to chunk. */
const LONGEST_CARRIED = 1000

/**
 * One time step, and what is predicted from the state that it leaves. State leaves stand for the state before the step in `next`
 * and `trace`, and for the state after it (zeros before the first) in `logits`, `nats` and `correct`.
 */
export interface ModelGraph {
  readonly states: ReadonlyMap<string, Shape>
  readonly rows: RowRule | undefined
  readonly next: ReadonlyMap<string, Tensor>
  readonly trace: ReadonlyMap<string, Tensor>
  /** Names of the places along the first axis of what is traced, for tensors that have such names. */
  readonly labels: ReadonlyMap<string, readonly string[]>
  /** How the memory's stack shows in what is traced, by the names that tensors have there; null for a memory that says nothing of one. */
  readonly stack: StackView | null
  readonly logits: Tensor
  readonly probabilities: Tensor
  /** Cost of the target in nats, []. */
  readonly nats: Tensor
  /** 1 when the arg-max is the target, []. */
  readonly correct: Tensor
}

/** What a trace shows of each step, by name. What is held for pairs of rows is left out: it grows with the square of the length. */
export function tracedTensors({ next, trace }: ModelGraph): Map<string, Tensor> {
  return new Map([...next, ...trace].filter(([, { shape }]) => !isPairs(shape)))
}

/** Reverse graphs for one set of trained parameters; everything that none of them needs is left out. */
export interface ReverseGraph {
  /** Derivative of the weighted cost of one prediction by the state it is made from, and by parameters. */
  readonly output: { readonly states: ReadonlyMap<string, Tensor>; readonly parameters: ReadonlyMap<string, Tensor> }
  /** Derivative by the state before the step (the previous prediction's share included), and by parameters. Empty when nothing recurrent is trained. */
  readonly step: { readonly states: ReadonlyMap<string, Tensor>; readonly parameters: ReadonlyMap<string, Tensor> }
}

function known<T>(table: Readonly<Record<string, T>>, picked: Picked, field: string): T {
  const found = Object.hasOwn(table, picked.id) ? table[picked.id] : undefined
  if (!found) throw new InputError(`${field}.id`, picked.id, Object.keys(table).join(', '))
  return found
}

const optionsOf = ({ id: _, ...options }: Picked): Record<string, unknown> => options

/** The cells that a model can be made of. */
export interface Parts {
  readonly controllers: Readonly<Record<string, Controller>>
  readonly memories: Readonly<Record<string, Memory>>
}

/**
 * @param alphabet number of input symbols, or of the words of a text
 * @param parts where cells are looked up; the product's own, unless told otherwise
 * @param field where the description comes from, for error messages
 * @throws InputError for an unknown controller or memory, or an option out of range
 */
export function buildModel(
  spec: ModelSpec,
  alphabet: Alphabet,
  field = 'study.model',
  parts: Parts = { controllers, memories },
): Model {
  const reads = typeof alphabet === 'number' ? 'strings' : 'text'
  const inputs = typeof alphabet === 'number' ? alphabet : alphabet.words
  const outputs = reads === 'strings' ? inputs + 1 : inputs
  return tracing(() => {
    const controller = known(parts.controllers, spec.controller, `${field}.controller`)
    const controllerOptions = parseOptions(controller.options, optionsOf(spec.controller), `${field}.controller`)
    const memory = known(parts.memories, spec.memory, `${field}.memory`)
    const memoryOptions = parseOptions(memory.options, optionsOf(spec.memory), `${field}.memory`)
    const rows = memory.rows?.(memoryOptions)
    if (reads === 'text') checkCarried(rows, memoryOptions, `${field}.memory`)
    const states = new Map<string, Shape>()
    const leaves = (component: string, shapes: Record<string, Shape>): Record<string, Tensor> =>
      mapValues(shapes, (shape, name) => {
        states.set(`${component}.${name}`, shape)
        return stateBefore(`${component}.${name}`, shape)
      })

    const controllerState = leaves('controller', controller.state(controllerOptions))
    const output = controller.output(controllerState, controllerOptions)
    const hidden = sizeOf(output.shape)
    const memoryState = leaves('memory', memory.state({ hidden }, memoryOptions))
    const memoryParameters = listParameters('memory', memory.params({ hidden }, memoryOptions))
    const p = grouped(memoryParameters, 'memory')
    const reading = memory.reading(memoryState, p, memoryOptions)
    const embedding = embeddingOf(spec, reads, hidden, `${field}.embedding`)
    const parameters = [
      ...(embedding
        ? listParameters('embedding', {
            words: { weights: uniform([embedding.tied ? outputs : inputs, embedding.size]) },
          })
        : []),
      ...listParameters(
        'controller',
        controller.params(
          { inputs: embedding?.size ?? inputs, reading: reading ? sizeOf(reading.shape) : 0 },
          controllerOptions,
        ),
      ),
      ...memoryParameters,
      ...listParameters('classifier', {
        output: { ...(embedding?.tied ? {} : { weights: xavier([outputs, hidden]) }), bias: zeros([outputs]) },
      }),
    ].map(info =>
      typeof spec.initial === 'number' ? { ...info, initial: { kind: 'uniform', bound: spec.initial } as const } : info,
    )

    const masks: MaskInfo[] = []
    const dropped = (name: string, x: Tensor): Tensor => {
      if (!spec.dropout) return x
      masks.push({ name, width: sizeOf(x.shape) })
      return multiply(x, node({ kind: 'mask', name }, x.shape))
    }
    const table = grouped(parameters, 'embedding').words?.weights
    const symbol = node({ kind: 'symbol', which: 'input' }, [inputs])
    const input = table
      ? dropped(
          'embedding',
          einsum('we,w->e', embedding!.tied && outputs > inputs ? slice(table, 0, inputs) : table, symbol),
        )
      : symbol
    const controlled = controller.step(
      controllerState,
      input,
      reading,
      grouped(parameters, 'controller'),
      controllerOptions,
    )
    const remembered = memory.step(
      memoryState,
      controller.output(controlled.state, controllerOptions),
      p,
      memoryOptions,
    )

    const target = node({ kind: 'symbol', which: 'target' }, [outputs])
    const classifier = grouped(parameters, 'classifier').output!
    const logits = add(matvec(classifier.weights ?? table!, dropped('output', output)), classifier.bias!)
    const prefixed = (component: string, tensors: Readonly<Record<string, Tensor>> = {}): [string, Tensor][] =>
      Object.entries(tensors).map(([name, tensor]) => [`${component}.${name}`, tensor])
    return {
      controller: spec.controller,
      memory: spec.memory,
      parameters,
      inputs,
      reads,
      masks,
      dropout: spec.dropout ?? 0,
      graph: {
        states,
        rows,
        next: new Map([...prefixed('controller', controlled.state), ...prefixed('memory', remembered.state)]),
        trace: new Map([
          ...(reading ? prefixed('memory', { reading }) : []),
          ...prefixed('controller', controlled.trace),
          ...prefixed('memory', remembered.trace),
        ]),
        labels: new Map(
          Object.entries(memory.labels?.(memoryOptions) ?? {}).map(([name, labels]) => [`memory.${name}`, labels]),
        ),
        stack: stackIn(memory.stack?.({ hidden }, memoryOptions)),
        logits,
        probabilities: softmax(logits),
        nats: crossEntropy(logits, target),
        correct: isFirstLargest(logits, target),
      },
    }
  })
}

/** @throws InputError for a memory that would have to be carried on ever longer */
function checkCarried(rows: RowRule | undefined, options: Readonly<Record<string, unknown>>, field: string): void {
  if (rows && rows.limit > LONGEST_CARRIED)
    throw new InputError(
      `${field}.${rows.option}`,
      options[rows.option],
      `at most ${LONGEST_CARRIED} for text, through which the memory is carried on`,
    )
}

/** @throws InputError when the classifier cannot share the embedding's weights */
function embeddingOf(
  { embedding: given }: ModelSpec,
  reads: Model['reads'],
  hidden: number,
  field: string,
): { size: number; tied: boolean } | undefined {
  if (given === null || (given === undefined && reads === 'strings')) return undefined
  const size = given?.size ?? hidden,
    tied = given?.tied ?? false
  if (tied && size !== hidden)
    throw new InputError(
      `${field}.size`,
      size,
      `${hidden}, the controller's units, for an embedding that the classifier shares`,
    )
  return { size, tied }
}

/** The memory's names as those of the whole model. */
function stackIn(view: StackView | undefined): StackView | null {
  if (!view) return null
  const named = Object.entries(view).map(([field, value]) => [
    field,
    typeof value === 'string' && field !== 'kind' ? `memory.${value}` : value,
  ])
  return Object.fromEntries(named) as StackView
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, f: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]))
}

function grouped(parameters: readonly ParameterInfo[], component: string): Record<string, Record<string, Tensor>> {
  const groups: Record<string, Record<string, Tensor>> = {}
  for (const { name, shape } of parameters.filter(info => info.component === component)) {
    const [, group, member] = name.split('.') as [string, string, string]
    ;(groups[group] ??= {})[member] = parameter(name, shape)
  }
  return groups
}

/** Rows of a growing memory after `update` steps of strings of `length` symbols, or of a chunk of text `age` symbols after its start. */
export function rowsAt(
  { reads, graph: { rows } }: Pick<Model, 'reads' | 'graph'>,
  update: number,
  length: number,
  age = 0,
): number {
  return reads === 'text' ? rowsCarried(rows, update, age) : rowsKept(rows, update, length)
}

/** Reverse graphs of `model` when only the parameters in `trainable` are trained. */
export function reverse({ graph, parameters }: Model, trainable: ReadonlySet<string>): ReverseGraph {
  return tracing(() => {
    const leaves = new Map<string, Tensor>()
    for (const tensor of reachable([...graph.next.values(), graph.nats])) {
      if (tensor.op.kind === 'parameter' || tensor.op.kind === 'state') leaves.set(tensor.op.name, tensor)
    }
    const trained = parameters
      .filter(({ name }) => trainable.has(name) && leaves.has(name))
      .map(({ name }) => leaves.get(name)!)
    const active = activeStates(graph, new Set(trained))
    const stateLeaves = [...active].map(name => leaves.get(name)).filter(leaf => leaf !== undefined)

    const output = derivatives([[graph.nats, node({ kind: 'weight' }, [])]], stateLeaves, trained)
    const seeds = [...active].map(
      name =>
        [graph.next.get(name)!, node({ kind: 'adjoint', name, from: 'later' }, graph.next.get(name)!.shape)] as const,
    )
    const step = derivatives(seeds, stateLeaves, trained)
    const states = new Map(
      [...active].map(name => {
        const shape = graph.states.get(name)!
        const own = step.states.get(name)
        const shared = output.states.has(name) ? node({ kind: 'adjoint', name, from: 'output' }, shape) : undefined
        return [name, own && shared ? add(own, shared) : (own ?? shared ?? constant(0, shape))] as const
      }),
    )
    return { output, step: { states, parameters: step.parameters } }
  })
}

function derivatives(
  outputs: readonly (readonly [Tensor, Tensor])[],
  states: readonly Tensor[],
  parameters: readonly Tensor[],
) {
  const wrt = [...states, ...parameters]
  const found = gradients(outputs, wrt)
  const named = (from: number, to: number): Map<string, Tensor> =>
    new Map(
      wrt.slice(from, to).flatMap((leaf, k) => {
        const derivative = found[from + k]
        return derivative ? [[(leaf.op as { name: string }).name, derivative] as const] : []
      }),
    )
  return { states: named(0, states.length), parameters: named(states.length, wrt.length) }
}

/** States that a trained parameter can change: only they need adjoints. */
function activeStates({ next }: ModelGraph, trained: ReadonlySet<Tensor>): Set<string> {
  const needs = new Map([...next].map(([name, tensor]) => [name, reachable([tensor])]))
  const active = new Set<string>()
  for (let before = -1; before < active.size;) {
    before = active.size
    for (const [name, tensors] of needs) {
      if (tensors.some(tensor => trained.has(tensor) || (tensor.op.kind === 'state' && active.has(tensor.op.name))))
        active.add(name)
    }
  }
  return active
}

/** Weights by component, frozen or not: what a researcher compares models by. */
export function parameterCounts({ parameters }: Pick<Model, 'parameters'>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { component, shape } of parameters) {
    if (!isStatic(shape)) continue
    counts[component] = (counts[component] ?? 0) + sizeOf(shape)
  }
  return counts
}
