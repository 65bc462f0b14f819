import { constant } from '../../algebra/operations.ts'
import { isPairs, isStatic, reachable, type Shape, type Tensor } from '../../algebra/tensor.ts'
import type { Model, ReverseGraph } from '../../model.ts'
import { Code, Frame, ModuleWriter } from './assembler.ts'
import { clock, maskGlobal } from './clock.ts'
import { KernelWriter } from './kernels.ts'
import { ModuleLayout, type Clock, type FixedLayout, type Growing } from './layout.ts'
import type { Surroundings } from './nest.ts'
import { linearKind } from './linear.ts'
import { STEPS_TOGETHER } from './outer-product.ts'
import { before, writeAccumulate, writeBackward, writeForward, writeForwardInChunks, writePredictions, writeStep, type Call } from './passes.ts'
import { addedTo, appendedTo, keptFor, type Kept } from './phases.ts'
import { plan, reshapedStorage, type Task } from './plan.ts'
import type { Base, Storage } from './storage.ts'

export const WEIGHTS = 0, GRADIENTS = 1, SLOTS = 2

export interface Variant {
  /** Vectors of four examples that are worked on together. */
  readonly vectors: number
  readonly fusedMultiplyAdd: boolean
  /** For training: what to derive. Without it the module only evaluates. */
  readonly reversed?: ReverseGraph
  /** Named tensors of the step and of the prediction to keep readable after each step. */
  readonly traced?: { readonly step: ReadonlyMap<string, Tensor>, readonly output: ReadonlyMap<string, Tensor> }
}

/** A module's code and what the host must know to give it memory. */
export interface Compiled {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly scratchBytes: number
  readonly frameBytes: number
  readonly backBytes: number
  readonly outBytes: number
  /** What predictions that are made together need, each; and of how many time steps they are. */
  readonly chunkBytes: number
  readonly chunkSteps: number
  /** Bytes of the static states of step 0, which lie first in its frame. */
  readonly stateBytes: number
  readonly growing: readonly Growing[]
  /** Where the state lies, as for what is traced. */
  readonly states: Compiled['traced']
  /** Where traced tensors lie: offsets from a global's value. */
  readonly traced: ReadonlyMap<string, { readonly global: string, readonly offset: number, readonly shape: Shape }>
}

/** Compiles the traced graphs of `model` to one WebAssembly module. */
export function compile(model: Model, fixed: FixedLayout, variant: Variant): Compiled {
  return new Compiler(model, fixed, variant).compile()
}

/** Bytes that predictions made together may take. */
const CHUNK_BYTES = 2 ** 26
/** Time steps whose predictions are made together when nothing is trained: a power of two, as states of as many steps are kept in a ring. */
const STEPS_SCORED = 8

interface Phase {
  readonly roots: Task['roots']
  readonly additions?: Task['additions']
  /** What has a place, but is not there before the phase is over. */
  readonly unknown?: readonly Tensor[]
}

class Compiler {
  readonly #model: Model
  readonly #fixed: FixedLayout
  readonly #variant: Variant
  readonly #writer = new ModuleWriter()
  readonly #layout: ModuleLayout
  readonly #kept: Kept
  readonly #states = new Map<string, Record<Clock, Storage>>()
  readonly #adjoints = new Map<string, Record<Clock, Storage>>()
  readonly #outputAdjoints = new Map<string, Record<Clock, Storage>>()
  readonly #known = new Map<Tensor, Storage>()
  readonly #leaves = new Map<string, Tensor>()
  /** Whether predictions are made for several time steps at once: where the classifier is large. */
  readonly #together: boolean
  #stateBytes = 0

  constructor(model: Model, fixed: FixedLayout, variant: Variant) {
    this.#model = model
    this.#fixed = fixed
    this.#variant = variant
    this.#layout = new ModuleLayout(this.#writer, variant.vectors)
    this.#together = !variant.traced && reachable([model.graph.logits]).some(tensor => linearKind(tensor) === 'product')
    this.#kept = variant.reversed ? keptFor(model, variant.reversed) : { forward: new Set(), reverse: new Set(), output: new Set() }
  }

  readonly #room = (bytes: number): Base => this.#layout.temporary(bytes)

  compile(): Compiled {
    const { reversed } = this.#variant
    for (const tensor of reachable([...this.#model.graph.next.values(), this.#model.graph.logits])) {
      if (tensor.op.kind === 'state') this.#leaves.set(tensor.op.name, tensor)
    }
    this.#placeStates()
    const step = this.#stepPhase()
    const output = this.#outputPhase()
    const start = reversed ? this.#startPhase(reversed) : []
    const back = reversed ? this.#backPhase(reversed) : []
    const begin = this.#writer.function(...clock(this.#writer, this.#layout, this.#model.masks, this.#together))
    const first = this.#predictsFrom
    const at = writeStep(this.#writer, [
      { call: begin, argument: true }, ...before([...step, ...output]).map(call => ({ call, onlyFirst: true })), ...step.map(({ call }) => ({ call, unlessFirst: true })),
      ...this.#together ? [] : output.map(({ call }) => ({ call, unlessFirst: first === 1 && !this.#variant.traced })),
    ])
    const gradients = this.#outputGradients(reversed)
    if (this.#together) {
      const predict = writePredictions(this.#writer, begin, output, gradients)
      writeForwardInChunks(this.#writer, { begin, step: at, predict, chunkSteps: this.#chunkSteps, first })
    } else writeForward(this.#writer, at)
    if (reversed) {
      writeBackward(this.#writer, begin, start, back)
      const steps = this.#gradientKernels(reversed.step.parameters, tensor => this.#backLeaf(tensor))
      writeAccumulate(this.#writer, begin, [{ gradients: steps, first: 1 }, ...this.#together ? [] : [{ gradients, first }]])
    }
    const layout = this.#layout
    return {
      bytes: this.#writer.bytes(), growing: layout.growingTensors, states: this.#statePlaces(), traced: this.#tracedPlaces(), stateBytes: this.#stateBytes,
      scratchBytes: layout.scratch.slot.bytes, frameBytes: layout.frame.slot.bytes, backBytes: layout.back.slot.bytes, outBytes: layout.out.slot.bytes,
      chunkBytes: layout.chunk.slot.bytes, chunkSteps: this.#chunkSteps,
    }
  }

  /** The first step after which something is predicted. */
  get #predictsFrom(): 0 | 1 { return this.#model.reads === 'text' ? 1 : 0 }

  #placeStates(): void {
    const { graph } = this.#model
    for (const [name, shape] of graph.states) {
      if (isStatic(shape)) this.#states.set(name, this.#layout.perStep('frame', shape))
    }
    this.#stateBytes = this.#layout.frame.slot.bytes
    for (const [name, shape] of graph.states) {
      if (isStatic(shape)) continue
      const next = graph.next.get(name)!
      this.#states.set(name, this.#growing(shape, next.shape, this.#isList(name) ? 'list' : 'each'))
    }
    for (const [name, storage] of this.#states) this.#known.set(graph.next.get(name)!, storage.now)
  }

  #growing(before: Shape, after: Shape, kept: Growing['kept']): Record<Clock, Storage> {
    const place = this.#layout.growing(before, kept)
    return { before: place.before, now: { ...place.now, extent: { global: this.#writer.global(after.find(dim => typeof dim === 'string') as string) } } }
  }

  #surroundings(stored: (tensor: Tensor) => Storage | undefined): Surroundings {
    const { group } = this.#layout
    const reshaped = (tensor: Tensor): Storage | undefined => {
      if (tensor.op.kind !== 'reshape') return undefined
      const source = find(tensor.inputs[0]!)
      return source && reshapedStorage(tensor, source)
    }
    const find = (tensor: Tensor): Storage | undefined => stored(tensor) ?? reshaped(tensor)
    return {
      vectors: this.#variant.vectors, fusedMultiplyAdd: this.#variant.fusedMultiplyAdd, scalars: {},
      rows: { before: this.#writer.global('before'), after: this.#writer.global('after') },
      symbols: { input: this.#layout.external('input', 0, [], group), target: this.#layout.external('target', 0, [], group) },
      stored: find, reshaped,
    }
  }

  /** Plans and writes the kernels of one phase; returns their function indices. */
  #phase({ roots, additions = [], unknown = [] }: Phase, leaf: (tensor: Tensor) => Storage | undefined, place: (tensor: Tensor) => Storage, together = false): Call[] {
    const known = new Map([...this.#known].filter(([tensor]) => !unknown.includes(tensor) && !roots.some(([root]) => root === tensor)))
    const base = (tensor: Tensor): Storage | undefined => this.#leaf(tensor) ?? leaf(tensor) ?? known.get(tensor)
    const { kernels, storages } = plan({ roots, additions, stored: base, place })
    // Everything else lies where the next step, or another phase, may write.
    for (const [root] of roots) this.#known.set(root, storages.get(root) ?? base(root)!)
    const writer = new KernelWriter(this.#surroundings(tensor => base(tensor) ?? storages.get(tensor)))
    const steps = together ? { global: this.#writer.global('times') } : 1
    return kernels.map(kernel => {
      const { frame, code, before } = writer.write(kernel, this.#room, steps)
      return {
        call: this.#writer.function(frame, code), together: together && kernel.kind === 'product',
        ...before ? { before: this.#writer.function(before.frame, before.code) } : {},
      }
    })
  }

  #leaf({ op }: Tensor): Storage | undefined {
    if (op.kind === 'parameter') return this.#fixed.storage(WEIGHTS, op.name)
    if (op.kind === 'weight') return this.#layout.external('weights', 0, [])
    if (op.kind === 'mask') {
      const { name } = op
      const { width } = this.#model.masks.find(mask => mask.name === name)!
      return this.#layout.external(maskGlobal(name), 0, [width], width * this.#layout.group)
    }
    return undefined
  }

  #stepPhase(): Call[] {
    const { next } = this.#model.graph
    const traced = [...this.#variant.traced?.step.values() ?? []]
    const roots: [Tensor, Storage | undefined][] = []
    for (const [name, tensor] of next) {
      const storage = this.#states.get(name)!.now
      const row = appendedTo(this.#leaves.get(name), tensor)
      if (!row) roots.push([tensor, storage])
      else {
        if (traced.includes(row) && isStatic(row.shape)) roots.push([row, this.#layout.perStep('frame', row.shape).now])
        roots.push([row, this.#layout.lastRow(storage, row.shape)])
      }
    }
    for (const tensor of [...this.#kept.forward, ...traced]) if (!roots.some(([root]) => root === tensor)) roots.push([tensor, undefined])
    const keep = new Set([...this.#kept.forward, ...traced])
    const lists = [...next].filter(([name]) => this.#isList(name)).map(([, tensor]) => tensor)
    return this.#phase({ roots, unknown: lists }, tensor => tensor.op.kind === 'state' ? this.#states.get(tensor.op.name)!.before : undefined, tensor => {
      if (!keep.has(tensor)) return this.#layout.overwritten(tensor.shape)
      return isStatic(tensor.shape) ? this.#layout.perStep('frame', tensor.shape).now : this.#growing(tensor.shape, tensor.shape, 'each').now
    })
  }

  #outputPhase(): Call[] {
    const { graph } = this.#model
    const { reversed, traced } = this.#variant
    const roots: [Tensor, Storage | undefined][] = [[graph.nats, this.#layout.external('score', 0, [])]]
    if (!reversed) roots.push([graph.correct, this.#layout.external('score', this.#layout.group, [])])
    for (const [name, tensor] of reversed?.output.states ?? []) {
      const place = this.#layout.perStep('out', tensor.shape as number[])
      this.#outputAdjoints.set(name, place)
      roots.push([tensor, place.now])
    }
    const keep = new Set([...this.#kept.output, ...traced?.output.values() ?? []])
    for (const tensor of keep) if (!roots.some(([root]) => root === tensor)) roots.push([tensor, undefined])
    return this.#phase({ roots }, tensor => tensor.op.kind === 'state' ? this.#states.get(tensor.op.name)!.now : undefined,
      tensor => {
        if (this.#together) return this.#layout.together(tensor.shape as number[])
        return keep.has(tensor) ? this.#layout.perStep('out', tensor.shape as number[]).now : this.#layout.overwritten(tensor.shape)
      }, this.#together)
  }

  /** The adjoints after the last step: what the last prediction gives, or zero. */
  #startPhase(reversed: ReverseGraph): number[] {
    const { graph } = this.#model
    const roots = [...reversed.step.states.keys()].flatMap((name): [Tensor, Storage][] => {
      const next = graph.next.get(name)!
      const place = isStatic(next.shape) ? this.#layout.perStep('back', next.shape) : this.#growing(graph.states.get(name)!, next.shape, this.#isList(name) ? 'list' : 'last-two')
      this.#adjoints.set(name, place)
      const own = reversed.output.states.get(name)
      return this.#isList(name) && !own ? [] : [[own ?? constant(0, next.shape), place.now]]
    })
    const outputs = new Map([...reversed.output.states].map(([name, tensor]) => [tensor, this.#outputAdjoints.get(name)!.now]))
    const writer = new KernelWriter(this.#surroundings(tensor => outputs.get(tensor)))
    return [...this.#emptyLists([...this.#adjoints].filter(([name]) => this.#isList(name)).map(([, { now }]) => now)), ...roots.map(([tensor, storage]) => {
      const { frame, code } = writer.write({ kind: 'map', domain: tensor.shape, triangle: undefined, stores: [{ expression: tensor, storage, copy: true }] }, this.#room)
      return this.#writer.function(frame, code)
    })]
  }

  #emptyLists(lists: readonly Storage[]): number[] {
    return lists.map(({ base }) => {
      const name = this.#writer.globalName(base.global!)
      const code = new Code().globalGet(this.#writer.global(`${name}Start`)).i32(0).globalGet(this.#writer.global(`${name}Bytes`)).fill()
      return this.#writer.function(new Frame(), code)
    })
  }

  #backPhase(reversed: ReverseGraph): Call[] {
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

  #isList(name: string): boolean {
    return appendedTo(this.#leaves.get(name), this.#model.graph.next.get(name)!) !== undefined
  }

  #backLeaf({ op }: Tensor): Storage | undefined {
    if (op.kind === 'state') return this.#states.get(op.name)!.before
    if (op.kind !== 'adjoint') return undefined
    return op.from === 'later' ? this.#adjoints.get(op.name)!.now : this.#outputAdjoints.get(op.name)!.before
  }

  get #chunkSteps(): number {
    if (!this.#together) return 0
    const most = this.#variant.reversed ? STEPS_TOGETHER : STEPS_SCORED
    const fitting = Math.max(1, Math.min(most, Math.floor(CHUNK_BYTES / this.#layout.chunk.slot.bytes)))
    return this.#variant.reversed ? fitting : 2 ** Math.floor(Math.log2(fitting))
  }

  #outputGradients(reversed: ReverseGraph | undefined): Call[] {
    return this.#gradientKernels(reversed?.output.parameters ?? new Map(), tensor => tensor.op.kind === 'state' ? this.#states.get(tensor.op.name)!.now : undefined)
  }

  /** Functions that add gradients over `times` steps from the current one on; of those for several steps, at most `STEPS_TOGETHER`. */
  #gradientKernels(gradients: ReadonlyMap<string, Tensor>, leaf: (tensor: Tensor) => Storage | undefined): Call[] {
    const writer = new KernelWriter(this.#surroundings(tensor => this.#leaf(tensor) ?? leaf(tensor) ?? this.#known.get(tensor)))
    const times = { global: this.#writer.global('times') }
    return [...gradients].map(([name, tensor]) => {
      const storage = this.#fixed.storage(GRADIENTS, name), together = writer.isLarge(tensor)
      const { frame, code } = together ? writer.largeGradient(tensor, storage, times, this.#room) : writer.parameterGradient(tensor, storage, times)
      return { call: this.#writer.function(frame, code), together }
    })
  }

  #statePlaces(): Compiled['states'] {
    return new Map([...this.#states].map(([name, { now: { base } }]) =>
      [name, { global: this.#writer.globalName(base.global!), offset: base.offset, shape: this.#model.graph.states.get(name)! }]))
  }

  #tracedPlaces(): Compiled['traced'] {
    const places = new Map<string, { global: string, offset: number, shape: Shape }>()
    const { traced } = this.#variant
    for (const [name, tensor] of [...traced?.step ?? [], ...traced?.output ?? []]) {
      const storage = this.#known.get(tensor) ?? this.#states.get((tensor.op as { name: string }).name)!.before
      places.set(name, { global: this.#writer.globalName(storage.base.global!), offset: storage.base.offset, shape: tensor.shape })
    }
    return places
  }
}
