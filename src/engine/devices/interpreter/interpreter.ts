import type { Shape, Tensor } from '../../algebra/tensor.ts'
import { rowsAt, type Model, type ReverseGraph } from '../../model.ts'
import type { Arithmetic } from './arithmetic.ts'
import { evaluate, type Extents } from './evaluate.ts'

export interface Weights {
  (parameter: string): { values: Float32Array | Float64Array; shape: readonly number[] }
}

interface Step<T> {
  readonly known: Map<Tensor, T>
  readonly states: Map<string, T>
  readonly extents: Extents
}

/** Strings of one length, as one list of symbols each. */
export type Strings = readonly (readonly number[])[]

type Numbers = Float32Array | Float64Array

/** What a batch has besides its symbols, as `Batch` says it. */
export interface Besides {
  readonly next?: ArrayLike<number> | undefined
  readonly carried?: { readonly age: number; readonly states: ReadonlyMap<string, Numbers> } | undefined
  readonly masks?: ReadonlyMap<string, Float32Array> | undefined
}

/** The state after a chunk, [examples, …shape] each. */
export interface Left {
  readonly age: number
  readonly states: Map<string, Float64Array>
}

/** Scores by example, and by prediction: [examples, steps] for steps 0 … n. */
export interface Scored {
  readonly nats: Float64Array
  readonly correct: Int32Array
  readonly predictions: { readonly nats: Float64Array; readonly correct: Int32Array }
}

/** Runs traced graphs step by step on any `Arithmetic`: slow, plain, and the same for every memory and controller. */
export class Interpreter<T> {
  readonly #model: Model
  readonly #arithmetic: Arithmetic<T>

  constructor(model: Model, arithmetic: Arithmetic<T>) {
    this.#model = model
    this.#arithmetic = arithmetic
  }

  /** Loss as `Executor.step` defines it, and its gradient by each parameter that `reversed` was made for. */
  gradients(
    strings: Strings,
    weights: Weights,
    reversed: ReverseGraph,
    besides: Besides = {},
  ): { loss: number; gradients: Map<string, Float64Array>; left: Left } {
    return this.#arithmetic.scoped(() => {
      const pass = new Pass(this.#model, this.#arithmetic, strings, weights, besides)
      const steps = pass.forward()
      return { loss: pass.loss(steps), gradients: pass.backward(steps, reversed), left: pass.left(steps) }
    })
  }

  /** Each string's total cost in nats, and its right predictions. */
  score(strings: Strings, weights: Weights, besides: Besides = {}): Scored & { readonly left: Left } {
    return this.#arithmetic.scoped(() => {
      const pass = new Pass(this.#model, this.#arithmetic, strings, weights, besides)
      const steps = pass.forward()
      return { ...pass.scores(steps), left: pass.left(steps) }
    })
  }

  /** Values of the given nodes of the step or output graph, for each step 1 … n (step graph) or 0 … n (output graph). */
  follow(
    string: readonly number[],
    weights: Weights,
    graph: 'step' | 'output',
    roots: readonly Tensor[],
  ): Float64Array[][] {
    return this.#arithmetic.scoped(() => {
      const pass = new Pass(this.#model, this.#arithmetic, [string], weights, {})
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
  readonly #besides: Besides
  readonly #isText: boolean

  constructor(model: Model, arithmetic: Arithmetic<T>, strings: Strings, weights: Weights, besides: Besides) {
    this.#model = model
    this.#a = arithmetic
    this.#strings = strings
    this.#length = strings[0]!.length
    this.#weights = weights
    this.#besides = besides
    this.#isText = model.reads === 'text'
  }

  get #age(): number {
    return this.#besides.carried?.age ?? 0
  }

  #rows(t: number): number {
    return rowsAt(this.#model, t, this.#length, this.#age)
  }

  #firstStates(): Map<string, T> {
    const rows = this.#rows(0)
    return new Map(
      [...this.#model.graph.states].map(([name, shape]) => {
        const values = this.#besides.carried?.states.get(name)
        return [
          name,
          values
            ? this.#a.examples(
                values,
                shape.map(dim => (typeof dim === 'number' ? dim : rows)),
              )
            : this.#zeros(shape, rows),
        ]
      }),
    )
  }

  forward(): Step<T>[] {
    const { graph } = this.#model
    const steps: Step<T>[] = [
      { known: new Map(), states: this.#firstStates(), extents: { before: 0, after: this.#rows(0) } },
    ]
    for (let t = 1; t <= this.#length; t++) {
      const before = steps[t - 1]!
      const extents = { before: before.extents.after, after: this.#rows(t) }
      const known = new Map<Tensor, T>()
      this.#evaluate(graph.next.values(), known, extents, t, before.states)
      steps.push({
        known,
        extents,
        states: new Map([...graph.next].map(([name, tensor]) => [name, known.get(tensor)!])),
      })
    }
    return steps
  }

  loss(steps: readonly Step<T>[]): number {
    return this.scores(steps).nats.reduce((a, b) => a + b, 0) * this.#weight
  }

  /** Of one prediction in the loss: the mean over strings, or over all predictions of a text. */
  get #weight(): number {
    return 1 / (this.#strings.length * (this.#isText ? this.#length : 1))
  }

  scores(steps: readonly Step<T>[]): Scored {
    const size = this.#strings.length
    const nats = new Float64Array(size),
      correct = new Int32Array(size)
    const predictions = { nats: new Float64Array(size * steps.length), correct: new Int32Array(size * steps.length) }
    const { graph } = this.#model
    steps.forEach((step, t) => {
      if (this.#isText && t === 0) return
      const known = new Map<Tensor, T>()
      this.#evaluate([graph.nats, graph.correct], known, step.extents, t, step.states)
      this.#a.values(known.get(graph.nats)!).forEach((value, k) => {
        nats[k]! += predictions.nats[k * steps.length + t] = value
      })
      this.#a.values(known.get(graph.correct)!).forEach((value, k) => {
        correct[k]! += predictions.correct[k * steps.length + t] = value
      })
    })
    return { nats, correct, predictions }
  }

  left(steps: readonly Step<T>[]): Left {
    return {
      age: this.#age + this.#length,
      states: new Map([...steps.at(-1)!.states].map(([name, value]) => [name, this.#a.values(value)])),
    }
  }

  backward(steps: readonly Step<T>[], reversed: ReverseGraph): Map<string, Float64Array> {
    const total = new Map<string, Float64Array>()
    const outputs = steps.map((step, t) => {
      if (this.#isText && t === 0)
        return new Map(
          [...reversed.output.states.keys()].map(name => [
            name,
            this.#zeros(this.#model.graph.states.get(name)!, step.extents.after),
          ]),
        )
      const known = new Map<Tensor, T>()
      this.#evaluate(
        [...reversed.output.states.values(), ...reversed.output.parameters.values()],
        known,
        step.extents,
        t,
        step.states,
      )
      this.#collect(reversed.output.parameters, known, total)
      return new Map([...reversed.output.states].map(([name, tensor]) => [name, known.get(tensor)!]))
    })
    let later = new Map(
      [...reversed.step.states.keys()].map(name => [
        name,
        outputs.at(-1)!.get(name) ?? this.#zeros(this.#model.graph.states.get(name)!, steps.at(-1)!.extents.after),
      ]),
    )
    for (let t = this.#length; t >= 1 && later.size > 0; t--) {
      const { known, extents } = steps[t]!
      this.#evaluate(
        [...reversed.step.states.values(), ...reversed.step.parameters.values()],
        known,
        extents,
        t,
        steps[t - 1]!.states,
        (name, from) => (from === 'later' ? later : outputs[t - 1]!).get(name)!,
      )
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

  #evaluate(
    roots: Iterable<Tensor>,
    known: Map<Tensor, T>,
    extents: Extents,
    t: number,
    states: ReadonlyMap<string, T>,
    adjoint?: (name: string, from: 'later' | 'output') => T,
  ): void {
    evaluate(roots, known, this.#a, extents, ({ op, shape }) => {
      switch (op.kind) {
        case 'parameter':
          return this.#parameter(op.name)
        case 'state':
          return states.get(op.name)!
        case 'symbol':
          return this.#a.oneHot(
            this.#strings.map((string, k) =>
              op.which === 'input' ? string[t - 1]! : (string[t] ?? this.#besides.next?.[k] ?? this.#model.inputs),
            ),
            shape[0] as number,
          )
        case 'weight':
          return this.#a.perExample(this.#strings.map(() => this.#weight))
        case 'mask':
          return this.#mask(op.name, t, shape[0] as number)
        case 'adjoint':
          return adjoint!(op.name, op.from)
        default:
          throw new TypeError(`${op.kind} has no value in a model's graph`)
      }
    })
  }

  #mask(name: string, t: number, width: number): T {
    const given = this.#besides.masks?.get(name)
    if (!given) return this.#a.full(1, [width])
    const stride = (this.#length + 1) * width
    return this.#a.examples(
      Float32Array.from(
        { length: this.#strings.length * width },
        (_, k) => given[Math.floor(k / width) * stride + t * width + (k % width)]!,
      ),
      [width],
    )
  }

  #parameter(name: string): T {
    const found = this.#parameters.get(name)
    if (found) return found
    const { values, shape } = this.#weights(name)
    const made = this.#a.shared(values, shape)
    this.#parameters.set(name, made)
    return made
  }

  #collect(
    gradients: ReadonlyMap<string, Tensor>,
    known: ReadonlyMap<Tensor, T>,
    total: Map<string, Float64Array>,
  ): void {
    for (const [name, tensor] of gradients) {
      const own = this.#a.sumOverBatch(known.get(tensor)!, tensor.shape as readonly number[])
      const sum = total.get(name)
      if (sum)
        own.forEach((value, k) => {
          sum[k]! += value
        })
      else total.set(name, own)
    }
  }

  #zeros(shape: Shape, rows: number): T {
    return this.#a.full(
      0,
      shape.map(dim => (typeof dim === 'number' ? dim : rows)),
    )
  }
}
