import type { Shape, Tensor } from '../../algebra/tensor.ts'
import { rowsKept } from '../../memories/memory.ts'
import type { Model, ReverseGraph } from '../../model.ts'
import type { Arithmetic } from './arithmetic.ts'
import { evaluate, type Extents } from './evaluate.ts'

export interface Weights { (parameter: string): { values: Float32Array | Float64Array, shape: readonly number[] } }

interface Step<T> { readonly known: Map<Tensor, T>, readonly states: Map<string, T>, readonly extents: Extents }

/** Strings of one length, as one list of symbols each. */
export type Strings = readonly (readonly number[])[]

/** Runs traced graphs step by step on any `Arithmetic`: slow, plain, and the same for every memory and controller. */
export class Interpreter<T> {
  readonly #model: Model
  readonly #arithmetic: Arithmetic<T>

  constructor(model: Model, arithmetic: Arithmetic<T>) {
    this.#model = model
    this.#arithmetic = arithmetic
  }

  /** Loss as `Executor.step` defines it, and its gradient by each parameter that `reversed` was made for. */
  gradients(strings: Strings, weights: Weights, reversed: ReverseGraph): { loss: number, gradients: Map<string, Float64Array> } {
    return this.#arithmetic.scoped(() => {
      const pass = new Pass(this.#model, this.#arithmetic, strings, weights)
      const steps = pass.forward()
      return { loss: pass.loss(steps), gradients: pass.backward(steps, reversed) }
    })
  }

  /** Each string's total cost in nats, and its right predictions. */
  score(strings: Strings, weights: Weights): { nats: Float64Array, correct: Int32Array } {
    return this.#arithmetic.scoped(() => {
      const pass = new Pass(this.#model, this.#arithmetic, strings, weights)
      return pass.scores(pass.forward())
    })
  }

  /** Values of the given nodes of the step or output graph, for each step 1 … n (step graph) or 0 … n (output graph). */
  follow(string: readonly number[], weights: Weights, graph: 'step' | 'output', roots: readonly Tensor[]): Float64Array[][] {
    return this.#arithmetic.scoped(() => {
      const pass = new Pass(this.#model, this.#arithmetic, [string], weights)
      return pass.follow(pass.forward(), graph, roots)
    })
  }
}

class Pass<T> {
  readonly #model: Model
  readonly #a: Arithmetic<T>
  readonly #strings: Strings
  readonly #length: number
  readonly #parameters = new Map<string, T>()
  readonly #weights: Weights

  constructor(model: Model, arithmetic: Arithmetic<T>, strings: Strings, weights: Weights) {
    this.#model = model
    this.#a = arithmetic
    this.#strings = strings
    this.#length = strings[0]!.length
    this.#weights = weights
  }

  forward(): Step<T>[] {
    const { graph } = this.#model
    const steps: Step<T>[] = [{ known: new Map(), states: new Map([...graph.states].map(([name, shape]) => [name, this.#zeros(shape, 0)])), extents: { before: 0, after: 0 } }]
    for (let t = 1; t <= this.#length; t++) {
      const before = steps[t - 1]!
      const extents = { before: before.extents.after, after: rowsKept(graph.rows, t, this.#length) }
      const known = new Map<Tensor, T>()
      this.#evaluate(graph.next.values(), known, extents, t, before.states)
      steps.push({ known, extents, states: new Map([...graph.next].map(([name, tensor]) => [name, known.get(tensor)!])) })
    }
    return steps
  }

  loss(steps: readonly Step<T>[]): number {
    return this.scores(steps).nats.reduce((a, b) => a + b, 0) / this.#strings.length
  }

  scores(steps: readonly Step<T>[]): { nats: Float64Array, correct: Int32Array } {
    const nats = new Float64Array(this.#strings.length), correct = new Int32Array(this.#strings.length)
    const { graph } = this.#model
    steps.forEach((step, t) => {
      const known = new Map<Tensor, T>()
      this.#evaluate([graph.nats, graph.correct], known, step.extents, t, step.states)
      this.#a.values(known.get(graph.nats)!).forEach((value, k) => { nats[k]! += value })
      this.#a.values(known.get(graph.correct)!).forEach((value, k) => { correct[k]! += value })
    })
    return { nats, correct }
  }

  backward(steps: readonly Step<T>[], reversed: ReverseGraph): Map<string, Float64Array> {
    const total = new Map<string, Float64Array>()
    const outputs = steps.map((step, t) => {
      const known = new Map<Tensor, T>()
      this.#evaluate([...reversed.output.states.values(), ...reversed.output.parameters.values()], known, step.extents, t, step.states)
      this.#collect(reversed.output.parameters, known, total)
      return new Map([...reversed.output.states].map(([name, tensor]) => [name, known.get(tensor)!]))
    })
    let later = new Map([...reversed.step.states.keys()].map(name =>
      [name, outputs.at(-1)!.get(name) ?? this.#zeros(this.#model.graph.states.get(name)!, steps.at(-1)!.extents.after)]))
    for (let t = this.#length; t >= 1 && later.size > 0; t--) {
      const { known, extents } = steps[t]!
      this.#evaluate([...reversed.step.states.values(), ...reversed.step.parameters.values()], known, extents, t, steps[t - 1]!.states,
        (name, from) => (from === 'later' ? later : outputs[t - 1]!).get(name)!)
      this.#collect(reversed.step.parameters, known, total)
      later = new Map([...reversed.step.states].map(([name, tensor]) => [name, known.get(tensor)!]))
    }
    return total
  }

  follow(steps: readonly Step<T>[], graph: 'step' | 'output', roots: readonly Tensor[]): Float64Array[][] {
    return steps.slice(graph === 'step' ? 1 : 0).map((step, k) => {
      const t = graph === 'step' ? k + 1 : k
      const known = graph === 'step' ? step.known : new Map<Tensor, T>()
      this.#evaluate(roots, known, step.extents, t, graph === 'step' ? steps[t - 1]!.states : step.states)
      return roots.map(root => this.#a.values(known.get(root)!))
    })
  }

  #evaluate(roots: Iterable<Tensor>, known: Map<Tensor, T>, extents: Extents, t: number, states: ReadonlyMap<string, T>, adjoint?: (name: string, from: 'later' | 'output') => T): void {
    evaluate(roots, known, this.#a, extents, ({ op, shape }) => {
      switch (op.kind) {
        case 'parameter': return this.#parameter(op.name)
        case 'state': return states.get(op.name)!
        case 'symbol': return this.#a.oneHot(this.#strings.map(string => op.which === 'input' ? string[t - 1]! : string[t] ?? this.#model.inputs), shape[0] as number)
        case 'weight': return this.#a.perExample(this.#strings.map(() => 1 / this.#strings.length))
        case 'adjoint': return adjoint!(op.name, op.from)
        default: throw new TypeError(`${op.kind} has no value in a model's graph`)
      }
    })
  }

  #parameter(name: string): T {
    const found = this.#parameters.get(name)
    if (found) return found
    const { values, shape } = this.#weights(name)
    const made = this.#a.shared(values, shape)
    this.#parameters.set(name, made)
    return made
  }

  #collect(gradients: ReadonlyMap<string, Tensor>, known: ReadonlyMap<Tensor, T>, total: Map<string, Float64Array>): void {
    for (const [name, tensor] of gradients) {
      const own = this.#a.sumOverBatch(known.get(tensor)!, tensor.shape as readonly number[])
      const sum = total.get(name)
      if (sum) own.forEach((value, k) => { sum[k]! += value })
      else total.set(name, own)
    }
  }

  #zeros(shape: Shape, rows: number): T {
    return this.#a.full(0, shape.map(dim => typeof dim === 'number' ? dim : rows))
  }
}
