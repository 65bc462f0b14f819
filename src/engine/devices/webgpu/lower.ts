import { isStatic, sizeOf, type Tensor } from '../../algebra/tensor.ts'
import type { Model, ReverseGraph } from '../../model.ts'
import type { ParameterLayout } from '../cohort/parameter-layout.ts'
import { GraphPhases, withReshaped, type Find, type Phase } from '../wasm/graph-phases.ts'
import { NO_SLOT, rowMajor, type Storage } from '../wasm/storage.ts'
import { KernelWriter, type Piece } from './kernels.ts'
import { Layout } from './layout.ts'
import { schedule } from './schedule.ts'

/** The traced graphs of a model as pieces of WGSL, for one string; `t` counts its steps. */
export interface Lowered {
  readonly layout: Layout
  /** Floats at the beginning of a string's memory that are zero before the first step. */
  readonly zeroFloats: number
  readonly step: string
  readonly output: string
  readonly start: string
  readonly back: string
  /** What time step `t` adds to the gradient's element `own` of a parameter, from the step (1 … n) and from the prediction (0 … n). */
  readonly gradients: ReadonlyMap<string, { readonly step?: string, readonly output?: string }>
  /** Expressions for the cost of the step's target, and whether the prediction is right. */
  readonly nats: string
  readonly correct: string | undefined
}

/** @param reversed what to derive; without it strings are only scored */
export function lower(model: Model, parameters: ParameterLayout, reversed: ReverseGraph | undefined): Lowered {
  return new Lowering(model, parameters, reversed).lower()
}

class Lowering {
  readonly #model: Model
  readonly #parameters: ParameterLayout
  readonly #reversed: ReverseGraph | undefined
  readonly #layout: Layout
  readonly #phases: GraphPhases

  constructor(model: Model, parameters: ParameterLayout, reversed: ReverseGraph | undefined) {
    this.#model = model
    this.#parameters = parameters
    this.#reversed = reversed
    this.#layout = new Layout(model.graph.rows, reversed !== undefined)
    this.#phases = new GraphPhases(model, this.#layout, reversed, tensor => this.#given(tensor))
  }

  lower(): Lowered {
    const zeroFloats = [...this.#model.graph.states.values()].reduce((floats, shape) => floats + (isStatic(shape) ? sizeOf(shape) : 0), 0)
    const step = this.#written(this.#phases.step())
    const { code: output, nats, correct } = this.#outputPhase()
    const start = this.#reversed ? this.#startPhase(this.#reversed) : ''
    const back = this.#reversed ? this.#written(this.#phases.back(this.#reversed)) : ''
    return { layout: this.#layout, zeroFloats, step, output, start, back, gradients: this.#gradients(), nats, correct }
  }

  #writer(find: Find): KernelWriter {
    return new KernelWriter({ layout: this.#layout, ...withReshaped(find) })
  }

  /** Plans and writes the kernels of one phase. */
  #written(phase: Phase): string {
    const { kernels, stored } = this.#phases.planned(phase)
    const writer = this.#writer(stored)
    return schedule(kernels.map(kernel => writer.write(kernel)))
  }

  #given({ op }: Tensor): Storage | undefined {
    if (op.kind === 'weight') return { base: { global: this.#layout.variable('weight'), offset: 0 }, strides: [], lanes: true, slot: NO_SLOT, extent: 1 }
    if (op.kind !== 'parameter') return undefined
    const { offset, shape } = this.#parameters.of(op.name)
    return { base: { global: this.#layout.variable('weightsAt'), offset }, strides: rowMajor(shape, 1), lanes: false, slot: NO_SLOT, extent: shape[0] ?? 1 }
  }

  #outputPhase(): { code: string, nats: string, correct: string | undefined } {
    const { nats, correct } = this.#model.graph
    const scores = (this.#reversed ? [nats] : [nats, correct]).map((tensor): [Tensor, Storage] => [tensor, this.#layout.overwritten([])])
    const code = this.#written(this.#phases.output(scores, this.#reversed))
    const [first, second] = scores.map(([, { base }]) => `SCRATCH[scratch + ${base.offset}]`)
    return { code, nats: first!, correct: second }
  }

  #startPhase(reversed: ReverseGraph): string {
    const { lists, copies, stored } = this.#phases.start(reversed)
    const writer = this.#writer(stored)
    return schedule([...lists.map(list => this.#emptied(list)), ...copies.map(([tensor, storage]) =>
      writer.write({ kind: 'map', domain: tensor.shape, triangle: undefined, stores: [{ expression: tensor, storage, copy: true }] }))])
  }

  #emptied({ base }: Storage): Piece {
    const name = this.#layout.nameOf(base.global!)
    return { code: `for (var e = lid; e < ${name}Size; e += THREADS) { work[${name}Base + e] = 0f; }`, reads: new Set(), writes: [{ region: name, from: 0, to: Infinity }] }
  }

  #gradients(): Lowered['gradients'] {
    const found = new Map<string, { step?: string, output?: string }>()
    for (const from of ['step', 'output'] as const) {
      const writer = this.#writer(this.#phases.gradientSources(from))
      for (const [name, tensor] of this.#reversed?.[from].parameters ?? []) found.set(name, { ...found.get(name), [from]: writer.contribution(tensor) })
    }
    return found
  }
}
