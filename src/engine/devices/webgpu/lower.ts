import { constant } from '../../algebra/operations.ts'
import { isPairs, isStatic, reachable, type Shape, type Tensor } from '../../algebra/tensor.ts'
import type { Model, ReverseGraph } from '../../model.ts'
import { addedTo, appendedTo, keptFor, type Kept } from '../wasm/phases.ts'
import { plan, reshapedStorage, type Task } from '../wasm/plan.ts'
import { NO_SLOT, rowMajor, type Storage } from '../wasm/storage.ts'
import { KernelWriter, type Piece } from './kernels.ts'
import { Layout, type Clock } from './layout.ts'
import type { ParameterLayout } from './parameter-layout.ts'
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

interface Phase {
  readonly roots: Task['roots']
  readonly additions?: Task['additions']
  /** What has a place, but is not there before the phase is over. */
  readonly unknown?: readonly Tensor[]
}

class Lowering {
  readonly #model: Model
  readonly #parameters: ParameterLayout
  readonly #reversed: ReverseGraph | undefined
  readonly #layout: Layout
  readonly #kept: Kept
  readonly #states = new Map<string, Record<Clock, Storage>>()
  readonly #adjoints = new Map<string, Record<Clock, Storage>>()
  readonly #outputAdjoints = new Map<string, Record<Clock, Storage>>()
  readonly #known = new Map<Tensor, Storage>()
  readonly #leaves = new Map<string, Tensor>()

  constructor(model: Model, parameters: ParameterLayout, reversed: ReverseGraph | undefined) {
    this.#model = model
    this.#parameters = parameters
    this.#reversed = reversed
    this.#layout = new Layout(model.graph.rows, reversed !== undefined)
    this.#kept = reversed ? keptFor(model, reversed) : { forward: new Set(), reverse: new Set(), output: new Set() }
  }

  lower(): Lowered {
    const { graph } = this.#model
    for (const tensor of reachable([...graph.next.values(), graph.logits])) {
      if (tensor.op.kind === 'state') this.#leaves.set(tensor.op.name, tensor)
    }
    const zeroFloats = this.#placeStates()
    const step = this.#stepPhase()
    const { code: output, nats, correct } = this.#outputPhase()
    const start = this.#reversed ? this.#startPhase(this.#reversed) : ''
    const back = this.#reversed ? this.#backPhase(this.#reversed) : ''
    return { layout: this.#layout, zeroFloats, step, output, start, back, gradients: this.#gradients(), nats, correct }
  }

  #placeStates(): number {
    const { graph } = this.#model
    let floats = 0
    for (const [name, shape] of graph.states) {
      if (!isStatic(shape)) continue
      this.#states.set(name, this.#layout.perStep('frame', shape))
      floats += shape.reduce((a, b) => a * b, 1)
    }
    for (const [name, shape] of graph.states) {
      if (!isStatic(shape)) this.#states.set(name, this.#growing(shape, graph.next.get(name)!.shape, this.#isList(name) ? 'list' : 'each'))
    }
    for (const [name, storage] of this.#states) this.#known.set(graph.next.get(name)!, storage.now)
    return floats
  }

  #growing(before: Shape, after: Shape, kept: 'each' | 'last-two' | 'list'): Record<Clock, Storage> {
    const place = this.#layout.growing(before, kept)
    return { before: place.before, now: { ...place.now, extent: { global: this.#layout.variable(after.find(dim => typeof dim === 'string') as string) } } }
  }

  #writer(stored: (tensor: Tensor) => Storage | undefined): KernelWriter {
    const reshaped = (tensor: Tensor): Storage | undefined => {
      if (tensor.op.kind !== 'reshape') return undefined
      const source = find(tensor.inputs[0]!)
      return source && reshapedStorage(tensor, source)
    }
    const find = (tensor: Tensor): Storage | undefined => stored(tensor) ?? reshaped(tensor)
    return new KernelWriter({ layout: this.#layout, stored: find, reshaped })
  }

  /** Plans and writes the kernels of one phase. */
  #phase({ roots, additions = [], unknown = [] }: Phase, leaf: (tensor: Tensor) => Storage | undefined, place: (tensor: Tensor) => Storage): string {
    const known = new Map([...this.#known].filter(([tensor]) => !unknown.includes(tensor) && !roots.some(([root]) => root === tensor)))
    const base = (tensor: Tensor): Storage | undefined => this.#leaf(tensor) ?? leaf(tensor) ?? known.get(tensor)
    const { kernels, storages } = plan({ roots, additions, stored: base, place })
    // Everything else lies where the next step, or another phase, may write.
    for (const [root] of roots) this.#known.set(root, storages.get(root) ?? base(root)!)
    const writer = this.#writer(tensor => base(tensor) ?? storages.get(tensor))
    return schedule(kernels.map(kernel => writer.write(kernel)))
  }

  #leaf({ op }: Tensor): Storage | undefined {
    if (op.kind === 'weight') return { base: { global: this.#layout.variable('weight'), offset: 0 }, strides: [], lanes: true, slot: NO_SLOT, extent: 1 }
    if (op.kind !== 'parameter') return undefined
    const { offset, shape } = this.#parameters.of(op.name)
    return { base: { global: this.#layout.variable('weightsAt'), offset }, strides: rowMajor(shape, 1), lanes: false, slot: NO_SLOT, extent: shape[0] ?? 1 }
  }

  #isList(name: string): boolean {
    return appendedTo(this.#leaves.get(name), this.#model.graph.next.get(name)!) !== undefined
  }

  #stepPhase(): string {
    const { next } = this.#model.graph
    const roots: [Tensor, Storage | undefined][] = []
    for (const [name, tensor] of next) {
      const storage = this.#states.get(name)!.now
      const row = appendedTo(this.#leaves.get(name), tensor)
      roots.push(row ? [row, this.#layout.lastRow(storage, row.shape)] : [tensor, storage])
    }
    const keep = this.#kept.forward
    for (const tensor of keep) if (!roots.some(([root]) => root === tensor)) roots.push([tensor, undefined])
    const lists = [...next].filter(([name]) => this.#isList(name)).map(([, tensor]) => tensor)
    return this.#phase({ roots, unknown: lists }, tensor => tensor.op.kind === 'state' ? this.#states.get(tensor.op.name)!.before : undefined, tensor => {
      if (!keep.has(tensor)) return this.#layout.overwritten(tensor.shape)
      return isStatic(tensor.shape) ? this.#layout.perStep('frame', tensor.shape).now : this.#growing(tensor.shape, tensor.shape, 'each').now
    })
  }

  #outputPhase(): { code: string, nats: string, correct: string | undefined } {
    const { nats, correct } = this.#model.graph
    const scored = this.#reversed ? [nats] : [nats, correct]
    const places = scored.map(() => this.#layout.overwritten([]))
    const roots: [Tensor, Storage | undefined][] = scored.map((tensor, k) => [tensor, places[k]])
    for (const [name, tensor] of this.#reversed?.output.states ?? []) {
      const place = this.#layout.perStep('out', tensor.shape as number[])
      this.#outputAdjoints.set(name, place)
      roots.push([tensor, place.now])
    }
    const keep = this.#kept.output
    for (const tensor of keep) if (!roots.some(([root]) => root === tensor)) roots.push([tensor, undefined])
    const code = this.#phase({ roots }, tensor => tensor.op.kind === 'state' ? this.#states.get(tensor.op.name)!.now : undefined,
      tensor => keep.has(tensor) ? this.#layout.perStep('out', tensor.shape as number[]).now : this.#layout.overwritten(tensor.shape))
    const [first, second] = places.map(({ base }) => `SCRATCH[scratch + ${base.offset}]`)
    return { code, nats: first!, correct: second }
  }

  /** The adjoints after the last step: what the last prediction gives, or zero. */
  #startPhase(reversed: ReverseGraph): string {
    const { graph } = this.#model
    const roots = [...reversed.step.states.keys()].flatMap((name): [Tensor, Storage][] => {
      const next = graph.next.get(name)!
      const place = isStatic(next.shape) ? this.#layout.perStep('back', next.shape) : this.#growing(graph.states.get(name)!, next.shape, this.#isList(name) ? 'list' : 'last-two')
      this.#adjoints.set(name, place)
      const own = reversed.output.states.get(name)
      return this.#isList(name) && !own ? [] : [[own ?? constant(0, next.shape), place.now]]
    })
    const outputs = new Map([...reversed.output.states].map(([name, tensor]) => [tensor, this.#outputAdjoints.get(name)!.now]))
    const writer = this.#writer(tensor => outputs.get(tensor))
    const lists = [...this.#adjoints].filter(([name]) => this.#isList(name)).map(([, { now }]) => this.#emptied(now))
    return schedule([...lists, ...roots.map(([tensor, storage]) =>
      writer.write({ kind: 'map', domain: tensor.shape, triangle: undefined, stores: [{ expression: tensor, storage, copy: true }] }))])
  }

  #emptied({ base }: Storage): Piece {
    const name = this.#layout.nameOf(base.global!)
    return { code: `for (var e = lid; e < ${name}Size; e += THREADS) { work[${name}Base + e] = 0f; }`, reads: new Set(), writes: [{ region: name, from: 0, to: Infinity }] }
  }

  #backPhase(reversed: ReverseGraph): string {
    const roots: [Tensor, Storage | undefined][] = []
    const additions: [Tensor, Storage][] = []
    for (const [name, tensor] of reversed.step.states) {
      const { before } = this.#adjoints.get(name)!
      if (this.#isList(name)) additions.push(...addedTo(tensor).map((term): [Tensor, Storage] => {
        const { op, inputs } = term
        return op.kind === 'place' && isPairs(term.shape) ? [inputs[0]!, this.#layout.lastRow(before, inputs[0]!.shape)] : [term, before]
      }))
      else roots.push([tensor, before])
    }
    for (const tensor of this.#kept.reverse) roots.push([tensor, undefined])
    return this.#phase({ roots, additions }, tensor => this.#backLeaf(tensor), tensor =>
      this.#kept.reverse.has(tensor) ? this.#layout.perStep('back', tensor.shape as number[]).now : this.#layout.overwritten(tensor.shape))
  }

  #backLeaf({ op }: Tensor): Storage | undefined {
    if (op.kind === 'state') return this.#states.get(op.name)!.before
    if (op.kind !== 'adjoint') return undefined
    return op.from === 'later' ? this.#adjoints.get(op.name)!.now : this.#outputAdjoints.get(op.name)!.before
  }

  #gradients(): Lowered['gradients'] {
    const found = new Map<string, { step?: string, output?: string }>()
    const add = (which: 'step' | 'output', leaf: (tensor: Tensor) => Storage | undefined): void => {
      const writer = this.#writer(tensor => this.#leaf(tensor) ?? leaf(tensor) ?? this.#known.get(tensor))
      for (const [name, tensor] of this.#reversed?.[which].parameters ?? []) found.set(name, { ...found.get(name), [which]: writer.contribution(tensor) })
    }
    add('step', tensor => this.#backLeaf(tensor))
    add('output', tensor => tensor.op.kind === 'state' ? this.#states.get(tensor.op.name)!.now : undefined)
    return found
  }
}
