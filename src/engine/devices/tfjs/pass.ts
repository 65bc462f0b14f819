import type * as TensorFlow from '@tensorflow/tfjs'
import { reachable, sizeOf, type Tensor } from '../../algebra/tensor.ts'
import { rowsAt, type Model, type ReverseGraph } from '../../model.ts'
import { evaluate, type Extents } from '../interpreter/evaluate.ts'
import { beforehand, partsOf, termsOf, type Beforehand, type Term } from './graph-plan.ts'
import {
  carriedState,
  masksOf,
  symbolsPredicted,
  symbolsRead,
  weightsOfPredictions,
  withRows,
  type Lineup,
} from './lineup.ts'
import type { Population, TensorFlowJs, Value } from './population.ts'

type States = ReadonlyMap<string, Value>
type Known = Map<Tensor, Value>

/** Gradients are those of `reversed`; without it a pass only scores. */
export interface PassPlan {
  readonly reversed: ReverseGraph | null
  readonly early: Beforehand
  readonly terms: { readonly step: Terms; readonly output: Terms }
  /** Parts of the state that predictions are made from. */
  readonly predictors: readonly string[]
}
type Terms = ReadonlyMap<string, readonly Term[]>

export function planPass(model: Model, reversed: ReverseGraph | null): PassPlan {
  const terms = (gradients: ReadonlyMap<string, Tensor> = new Map()): Map<string, Term[]> =>
    new Map([...gradients].map(([name, tensor]) => [name, termsOf(tensor)]))
  const step = terms(reversed?.step.parameters),
    output = terms(reversed?.output.parameters)
  const parts = [...step.values()].flat().flatMap(partsOf)
  const { next, nats, correct } = model.graph
  return {
    reversed,
    terms: { step, output },
    early: beforehand([...next.values(), ...(reversed?.step.states.values() ?? []), ...parts]),
    predictors: reachable([nats, correct]).flatMap(({ op }) => (op.kind === 'state' ? [op.name] : [])),
  }
}

/** Larger gradients are summed over the examples at every step, others for all steps at once. */
const SMALL = 4096

/**
 * One way there and back of a lineup. The step's graph is evaluated step by step; predictions and their derivatives, what depends on
 * symbols or weights alone, and the gradients of weights for all steps at once, steps lying beside examples. Frees nothing: its caller's scope does.
 */
export class Pass {
  readonly #tf: TensorFlowJs
  readonly #ops: Population
  readonly #model: Model
  readonly #plan: PassPlan
  readonly #lineup: Lineup
  readonly #weights: ReadonlyMap<string, Value>
  /** What was computed beforehand, and the part of it that each step reads. */
  readonly #early: Known = new Map()
  readonly #ofSteps: readonly ReadonlyMap<Tensor, Value>[]
  readonly #leaves = new Map<string, Value>()

  /** @param weights [runs, 1, …shape] each */
  constructor(
    tf: TensorFlowJs,
    ops: Population,
    model: Model,
    plan: PassPlan,
    lineup: Lineup,
    weights: ReadonlyMap<string, Value>,
  ) {
    this.#tf = tf
    this.#ops = ops
    this.#model = model
    this.#plan = plan
    this.#lineup = lineup
    this.#weights = weights
    const { ofWeights, ofBatch } = plan.early
    this.#evaluate(
      [...ofWeights, ...(lineup.length > 0 ? ofBatch : [])],
      this.#early,
      { before: 0, after: 0 },
      tensor => this.#givenLeaf(tensor, 1),
    )
    const read = [...ofWeights, ...ofBatch].map(tensor => ({
      tensor,
      values: lineup.length > 0 ? this.#bySteps(this.#early.get(tensor)!, lineup.length) : [],
    }))
    this.#ofSteps = Array.from(
      { length: lineup.length },
      (_, k) => new Map(read.map(({ tensor, values }) => [tensor, values[k]!])),
    )
  }

  /** What a pass leaves: predictions, [runs, predictions, examples] each, and the last state, [runs, examples, …shape] each. */
  score(): { nats: TensorFlow.Tensor; correct: TensorFlow.Tensor; states: Map<string, TensorFlow.Tensor> } {
    let states: States = this.#firstStates()
    const kept = new Map(this.#plan.predictors.map(name => [name, [states.get(name)!]]))
    const lasting = new Set(
      [...states.values(), ...this.#early.values(), ...this.#ofSteps.flatMap(values => [...values.values()])].map(
        ({ x }) => x,
      ),
    )
    for (let t = 1; t <= this.#lineup.length; t++) {
      const before = states
      states = this.#freeing(() => this.#forwardStep(t, before).states)
      for (const [name, values] of kept) {
        values.push(states.get(name)!)
        lasting.add(states.get(name)!.x)
      }
      // What else a step leaves is read by the next one alone.
      const living = new Set([...states.values()].map(({ x }) => x))
      for (const { x } of before.values()) if (!x.kept && !living.has(x) && !lasting.has(x)) x.dispose()
    }
    const known: Known = new Map()
    const { nats, correct } = this.#model.graph
    this.#evaluateOutputs([nats, correct], known, kept)
    return {
      nats: this.#byPrediction(known.get(nats)!),
      correct: this.#byPrediction(known.get(correct)!),
      states: this.#last(states),
    }
  }

  /** The same, and the gradient of each run by each parameter that it depends on, [runs, …shape]. */
  gradients(): {
    nats: TensorFlow.Tensor
    states: Map<string, TensorFlow.Tensor>
    gradients: Map<string, TensorFlow.Tensor>
  } {
    const { length } = this.#lineup
    const reversed = this.#plan.reversed!,
      { graph } = this.#model
    const steps: { known: Known; states: States }[] = [{ known: new Map(), states: this.#firstStates() }]
    for (let t = 1; t <= length; t++) steps.push(this.#forwardStep(t, steps[t - 1]!.states))

    const found = new Map<string, TensorFlow.Tensor[]>()
    const known: Known = new Map()
    const kept = new Map(this.#plan.predictors.map(name => [name, steps.map(({ states }) => states.get(name)!)]))
    const outputTerms = [...this.#plan.terms.output].flatMap(([name, terms]) => terms.map(term => ({ name, term })))
    this.#evaluateOutputs(
      [graph.nats, ...reversed.output.states.values(), ...outputTerms.flatMap(({ term }) => partsOf(term))],
      known,
      kept,
    )
    for (const { name, term } of outputTerms)
      push(
        found,
        name,
        this.#sumOverAll(term, part => known.get(part)!),
      )
    const adjoints = new Map(
      [...reversed.output.states].map(([name, tensor]) => [
        name,
        this.#bySteps(known.get(tensor)!, this.#lineup.predictions),
      ]),
    )

    this.#backward(steps, adjoints, found)
    return {
      nats: this.#byPrediction(known.get(graph.nats)!),
      states: this.#last(steps.at(-1)!.states),
      gradients: new Map(
        [...found].map(([name, parts]) => [name, parts.length === 1 ? parts[0]! : this.#tf.addN(parts)]),
      ),
    }
  }

  #backward(
    steps: readonly { known: Known; states: States }[],
    adjoints: ReadonlyMap<string, readonly Value[]>,
    found: Map<string, TensorFlow.Tensor[]>,
  ): void {
    const { length, firstPrediction } = this.#lineup
    const reversed = this.#plan.reversed!
    const terms = [...this.#plan.terms.step].flatMap(([name, own]) => own.map(term => ({ name, term })))
    const stacked = new Map<Tensor, Value[]>()
    const zero = (name: string, t: number): Value =>
      this.#ops.full(0, withRows(this.#model.graph.states.get(name)!, this.#rows(t)))
    const ofOutput = (name: string, t: number): Value =>
      t < firstPrediction ? zero(name, t) : (adjoints.get(name)?.[t - firstPrediction] ?? zero(name, t))
    const together = new Set(
      terms
        .flatMap(({ term }) => ('whole' in term && !isSmall(term.whole) ? [] : partsOf(term)))
        .filter(part => !this.#early.has(part)),
    )
    const alone = terms.filter(({ term }) => 'whole' in term && !isSmall(term.whole)) as {
      name: string
      term: { whole: Tensor }
    }[]
    let later: States = new Map([...reversed.step.states.keys()].map(name => [name, ofOutput(name, length)]))
    for (let t = length; t >= 1 && later.size > 0; t--) {
      const { states, parts, sums } = this.#freeing(() => {
        const { known } = steps[t]!
        const roots = [...reversed.step.states.values(), ...together, ...alone.map(({ term }) => term.whole)]
        this.#evaluate(roots, known, this.#extents(t), tensor =>
          this.#stepLeaf(tensor, steps[t - 1]!.states, (name, from) =>
            from === 'later' ? later.get(name)! : ofOutput(name, t - 1),
          ),
        )
        return {
          states: new Map([...reversed.step.states].map(([name, tensor]) => [name, known.get(tensor)!])),
          parts: new Map([...together].map(part => [part, known.get(part)!])),
          sums: alone.map(({ term }) =>
            this.#tf.sum(this.#ops.spread(known.get(term.whole)!, this.#lineup.runs, this.#lineup.examples), 1),
          ),
        }
      })
      later = states
      for (const [part, value] of parts) push(stacked, part, value)
      alone.forEach(({ name }, k) => {
        push(found, name, sums[k]!)
      })
    }
    const stack = new Map([...stacked].map(([part, values]) => [part, this.#besideExamples(values.reverse())]))
    const valueOf = (part: Tensor): Value => stack.get(part) ?? this.#early.get(part)!
    for (const { name, term } of terms)
      if (!('whole' in term) || isSmall(term.whole)) push(found, name, this.#sumOverAll(term, valueOf))
  }

  /** A term's sum over all steps and examples, [runs, …shape]. */
  #sumOverAll(term: Term, valueOf: (part: Tensor) => Value): TensorFlow.Tensor {
    if ('whole' in term) {
      const value = valueOf(term.whole)
      return this.#tf.sum(this.#ops.spread(value, this.#lineup.runs, value.x.shape[1]!), 1)
    }
    const [a, b] = term.factors.map(valueOf) as [Value, Value]
    const product = this.#ops.contractExamples(a, b, term.axes)
    return this.#tf.reshape(this.#ops.spread(product, this.#lineup.runs, 1), [this.#lineup.runs, ...product.shape])
  }

  #forwardStep(t: number, before: States): { known: Known; states: States } {
    const known: Known = new Map(this.#ofSteps[t - 1])
    const { next } = this.#model.graph
    this.#evaluate(next.values(), known, this.#extents(t), tensor => this.#stepLeaf(tensor, before))
    return { known, states: new Map([...next].map(([name, tensor]) => [name, known.get(tensor)!])) }
  }

  #stepLeaf({ op, shape }: Tensor, states: States, adjoint?: (name: string, from: 'later' | 'output') => Value): Value {
    if (op.kind === 'state') return states.get(op.name)!
    if (op.kind === 'adjoint') return adjoint!(op.name, op.from)
    throw new TypeError(`${op.kind} [${shape.join()}] is not known beforehand`)
  }

  /** @param states at steps 0 … length */
  #evaluateOutputs(roots: readonly Tensor[], known: Known, states: ReadonlyMap<string, readonly Value[]>): void {
    const { firstPrediction } = this.#lineup
    this.#evaluate(roots, known, { before: 0, after: 0 }, tensor =>
      tensor.op.kind === 'state'
        ? this.#besideExamples(states.get(tensor.op.name)!.slice(firstPrediction))
        : this.#givenLeaf(tensor, firstPrediction),
    )
  }

  #evaluate(roots: Iterable<Tensor>, known: Known, extents: Extents, leaf: (tensor: Tensor) => Value): void {
    evaluate(roots, known, this.#ops, extents, leaf)
  }

  /** What weights and batches give, for steps `first` … length at once. */
  #givenLeaf({ op, shape }: Tensor, first: number): Value {
    const key = JSON.stringify([op, first])
    const found = this.#leaves.get(key) ?? this.#made(op, shape as readonly number[], first)
    this.#leaves.set(key, found)
    return found
  }

  #made(op: Tensor['op'], shape: readonly number[], first: number): Value {
    const { runs, examples, length } = this.#lineup
    const all = [runs, (length - first + 1) * examples]
    switch (op.kind) {
      case 'parameter':
        return this.#weights.get(op.name)!
      case 'symbol': {
        const symbols =
          op.which === 'input' ? symbolsRead(this.#lineup) : symbolsPredicted(this.#lineup, this.#model.inputs)
        return this.#ops.value(
          this.#tf.cast(this.#tf.oneHot(this.#tf.tensor(symbols, all, 'int32'), shape[0]!), 'float32'),
          shape,
        )
      }
      case 'weight':
        return this.#ops.value(this.#tf.tensor(weightsOfPredictions(this.#lineup), all), [])
      case 'mask': {
        const values = masksOf(this.#lineup, op.name, shape[0]!, first)
        return values ? this.#ops.value(this.#tf.tensor(values, [...all, shape[0]!]), shape) : this.#ops.full(1, shape)
      }
      default:
        throw new TypeError(`${op.kind} has no value in a model's graph`)
    }
  }

  #firstStates(): States {
    const { runs, examples } = this.#lineup
    return new Map(
      [...this.#model.graph.states].map(([name, dims]) => {
        const shape = withRows(dims, this.#rows(0))
        const values = carriedState(this.#lineup, name, shape)
        return [
          name,
          values
            ? this.#ops.value(this.#tf.tensor(values, [runs, examples, ...shape]), shape)
            : this.#ops.full(0, shape),
        ]
      }),
    )
  }

  #rows(t: number): number {
    return rowsAt(this.#model, t, this.#lineup.length, this.#lineup.age)
  }

  #extents(t: number): Extents {
    return { before: this.#rows(t - 1), after: this.#rows(t) }
  }

  /** Values of several steps as those of so many more examples, steps in the outer order. */
  #besideExamples(values: readonly Value[]): Value {
    const { runs, examples } = this.#lineup
    const [{ shape }] = values as [Value]
    return this.#ops.value(
      this.#tf.concat(
        values.map(value => this.#ops.spread(value, runs, examples)),
        1,
      ),
      shape,
    )
  }

  #bySteps(value: Value, steps: number): Value[] {
    if (value.x.shape[1] === 1 && steps * this.#lineup.examples > 1) return Array.from({ length: steps }, () => value)
    if (steps === 1) return [value]
    return this.#tf.split(value.x, steps, 1).map(x => this.#ops.value(x, value.shape))
  }

  #byPrediction(value: Value): TensorFlow.Tensor {
    const { runs, predictions, examples } = this.#lineup
    return this.#tf.reshape(this.#ops.spread(value, runs, predictions * examples), [runs, predictions, examples])
  }

  #last(states: States): Map<string, TensorFlow.Tensor> {
    if (this.#model.reads === 'strings') return new Map()
    return new Map(
      [...states].map(([name, value]) => [name, this.#ops.spread(value, this.#lineup.runs, this.#lineup.examples)]),
    )
  }

  /** Runs `work` and frees what it made, but for the tensors of values in what it gives back. */
  #freeing<R>(work: () => R): R {
    const engine = this.#tf.engine()
    engine.startScope()
    let result: R | undefined
    try {
      return (result = work())
    } finally {
      engine.endScope(tensorsIn(result) as unknown as TensorFlow.TensorContainer)
    }
  }
}

/** All tensors of a structure of plain objects, lists and maps. */
function tensorsIn(value: unknown): TensorFlow.Tensor[] {
  if (value === null || typeof value !== 'object') return []
  if ('dataId' in value) return [value as TensorFlow.Tensor]
  const parts = value instanceof Map ? [...(value.values() as Iterable<unknown>)] : Object.values(value)
  return parts.flatMap(tensorsIn)
}

const isSmall = (tensor: Tensor): boolean => sizeOf(tensor.shape) <= SMALL && tensor.shape.length <= 1

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
