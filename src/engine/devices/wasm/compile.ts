import { constant } from '../../algebra/operations.ts'
import { isPairs, isStatic, reachable, type Shape, type Tensor } from '../../algebra/tensor.ts'
import type { Model, ReverseGraph } from '../../model.ts'
import { Code, Frame, ModuleWriter } from './assembler.ts'
import { KernelWriter } from './kernels.ts'
import { ModuleLayout, type Clock, type FixedLayout, type Growing } from './layout.ts'
import type { Surroundings } from './nest.ts'
import { addedTo, appendedTo, keptFor, type Kept } from './phases.ts'
import { plan, reshapedStorage, type Task } from './plan.ts'
import type { Storage } from './storage.ts'

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

/** The global that points to a step's factors of dropout. */
export const maskGlobal = (name: string): string => `mask.${name}`

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
  #stateBytes = 0

  constructor(model: Model, fixed: FixedLayout, variant: Variant) {
    this.#model = model
    this.#fixed = fixed
    this.#variant = variant
    this.#layout = new ModuleLayout(this.#writer, variant.vectors)
    this.#kept = variant.reversed ? keptFor(model, variant.reversed) : { forward: new Set(), reverse: new Set(), output: new Set() }
  }

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
    const begin = this.#clock()
    const at = this.#function([{ call: begin, argument: true }, ...step.map(call => ({ call, unlessFirst: true })), ...output.map(call => ({ call, unlessFirst: this.#predictsFrom === 1 && !this.#variant.traced }))], 'step')
    this.#forward(at)
    if (reversed) {
      this.#backward(begin, start, back)
      this.#accumulate(begin, reversed)
    }
    const layout = this.#layout
    return {
      bytes: this.#writer.bytes(), growing: layout.growingTensors, states: this.#statePlaces(), traced: this.#tracedPlaces(), stateBytes: this.#stateBytes,
      scratchBytes: layout.scratch.slot.bytes, frameBytes: layout.frame.slot.bytes, backBytes: layout.back.slot.bytes, outBytes: layout.out.slot.bytes,
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
  #phase({ roots, additions = [], unknown = [] }: Phase, leaf: (tensor: Tensor) => Storage | undefined, place: (tensor: Tensor) => Storage): number[] {
    const known = new Map([...this.#known].filter(([tensor]) => !unknown.includes(tensor) && !roots.some(([root]) => root === tensor)))
    const base = (tensor: Tensor): Storage | undefined => this.#leaf(tensor) ?? leaf(tensor) ?? known.get(tensor)
    const { kernels, storages } = plan({ roots, additions, stored: base, place })
    // Everything else lies where the next step, or another phase, may write.
    for (const [root] of roots) this.#known.set(root, storages.get(root) ?? base(root)!)
    const writer = new KernelWriter(this.#surroundings(tensor => base(tensor) ?? storages.get(tensor)))
    return kernels.map(kernel => {
      const { frame, code } = writer.write(kernel)
      return this.#writer.function(frame, code)
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

  #stepPhase(): number[] {
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

  #outputPhase(): number[] {
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
      tensor => keep.has(tensor) ? this.#layout.perStep('out', tensor.shape as number[]).now : this.#layout.overwritten(tensor.shape))
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
      const { frame, code } = writer.write({ kind: 'map', domain: tensor.shape, triangle: undefined, stores: [{ expression: tensor, storage, copy: true }] })
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

  #backPhase(reversed: ReverseGraph): number[] {
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

  /** Sets every pointer to time step t, the function's parameter. */
  #clock(): number {
    const { frame, back, out, growingTensors, group } = this.#layout
    const code = new Code()
    const global = (name: string): number => this.#writer.global(name)
    const slotOf = (earlier: number): void => {
      code.get(0)
      if (earlier) code.i32(earlier).op('i32.sub')
    }
    const rows = (earlier: number): void => {
      slotOf(earlier)
      code.i32(2).op('i32.shl').globalGet(global('rowTable')).op('i32.add').memory('i32.load', 0)
    }
    rows(0)
    code.globalSet(global('after')).get(0).if()
    rows(1)
    code.globalSet(global('before')).end()
    const pointer = (name: string, base: string, bytes: number, mask: string | undefined, earlier: number): void => {
      slotOf(earlier)
      if (mask) code.globalGet(global(mask)).op('i32.and')
      code.i32(bytes).op('i32.mul').globalGet(global(base)).op('i32.add').globalSet(global(name))
    }
    for (const [name, { slot }, mask] of [['frame', frame, 'mask'], ['back', back, undefined], ['out', out, undefined]] as const) {
      pointer(name, `${name}Base`, slot.bytes, mask, 0)
      pointer(`${name}Before`, `${name}Base`, slot.bytes, mask, 1)
    }
    for (const tensor of growingTensors) {
      for (const earlier of [0, 1] as const) this.#growingPointer(code, tensor, earlier, () => { slotOf(earlier) })
    }
    for (const { name, width } of this.#model.masks) pointer(maskGlobal(name), `${maskGlobal(name)}Base`, width * group, undefined, 0)
    pointer('target', 'symbols', group, undefined, 0)
    pointer('input', 'symbols', group, undefined, 1)
    pointer('score', 'scores', 2 * group, undefined, 0)
    return this.#writer.function(new Frame(['i32']), code)
  }

  #growingPointer(code: Code, { name, kept, pairs, rowBytes }: Growing, earlier: 0 | 1, pushTime: () => void): void {
    if (kept === 'one') return
    const global = (suffix: string): number => this.#writer.global(`${name}${suffix}`)
    const which = earlier === 0 ? '' : 'Before'
    pushTime()
    if (kept !== 'list') {
      if (kept === 'each') code.globalGet(this.#writer.global('mask'))
      else code.i32(1)
      code.op('i32.and').globalGet(global('Stride')).op('i32.mul').globalGet(global('Base')).op('i32.add').globalSet(global(which))
      return
    }
    const shown = this.#writer.global(earlier === 0 ? 'after' : 'before')
    const pushRow = (): void => {
      if (pairs) code.globalGet(global('Row'))
      else code.i32(rowBytes)
    }
    code.globalGet(shown).op('i32.sub')
    pushRow()
    if (pairs) code.i32(rowBytes).op('i32.add')
    code.op('i32.mul').globalGet(global('Base')).op('i32.add').globalSet(global(which))
    code.globalGet(shown).i32(1).op('i32.sub')
    pushRow()
    code.op('i32.mul').globalGet(global(which)).op('i32.add').globalSet(global(`${which}Last`))
  }

  #function(calls: readonly { call: number, argument?: boolean, unlessFirst?: boolean }[], name: string): number {
    const code = new Code()
    for (const { call, argument, unlessFirst } of calls) {
      if (unlessFirst) code.get(0).if().call(call).end()
      else if (argument) code.get(0).call(call)
      else code.call(call)
    }
    return this.#writer.function(new Frame(['i32']), code, name)
  }

  /** forward(n): steps 0 … n from the state that lies in step 0. */
  #forward(step: number): void {
    const frame = new Frame(['i32'])
    const t = frame.local('i32')
    const code = new Code()
    code.i32(0).set(t).loop().get(t).call(step)
    code.get(t).i32(1).op('i32.add').tee(t).get(0).op('i32.le_s').brIf(0).end()
    this.#writer.function(frame, code, 'forward')
  }

  /** backward(n): adjoints of all states, from step n down to step 1. */
  #backward(begin: number, start: readonly number[], kernels: readonly number[]): void {
    const frame = new Frame(['i32'])
    const t = frame.local('i32')
    const code = new Code()
    if (kernels.length > 0) {
      code.get(0).call(begin)
      for (const call of start) code.call(call)
      code.get(0).set(t).block().get(t).op('i32.eqz').brIf(0).loop().get(t).call(begin)
      for (const call of kernels) code.call(call)
      code.get(t).i32(1).op('i32.sub').tee(t).brIf(0).end().end()
    }
    this.#writer.function(frame, code, 'backward')
  }

  /** accumulate(n): adds all weight gradients of the string's steps and predictions. */
  #accumulate(begin: number, reversed: ReverseGraph): void {
    const times = this.#writer.global('times')
    const code = new Code()
    const sum = (gradients: ReadonlyMap<string, Tensor>, leaf: (tensor: Tensor) => Storage | undefined, first: number): void => {
      if (gradients.size === 0) return
      const stored = (tensor: Tensor): Storage | undefined => this.#leaf(tensor) ?? leaf(tensor) ?? this.#known.get(tensor)
      const writer = new KernelWriter(this.#surroundings(stored))
      code.i32(first).call(begin).get(0).i32(1 - first).op('i32.add').globalSet(times)
      for (const [name, tensor] of gradients) {
        const made = writer.parameterGradient(tensor, this.#fixed.storage(GRADIENTS, name), { global: times })
        code.call(this.#writer.function(made.frame, made.code))
      }
    }
    sum(reversed.step.parameters, tensor => this.#backLeaf(tensor), 1)
    sum(reversed.output.parameters, tensor => tensor.op.kind === 'state' ? this.#states.get(tensor.op.name)!.now : undefined, this.#predictsFrom)
    this.#writer.function(new Frame(['i32']), code, 'accumulate')
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
