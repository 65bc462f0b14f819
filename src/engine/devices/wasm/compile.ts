import type { Shape, Tensor } from '../../algebra/tensor.ts'
import type { Model, ReverseGraph } from '../../model.ts'
import { Code, Frame, ModuleWriter } from './assembler.ts'
import { clock, maskGlobal } from './clock.ts'
import { GraphPhases, withReshaped, type Find, type Phase } from '../lowering/graph-phases.ts'
import { KernelWriter } from './kernels.ts'
import { ModuleLayout, type FixedLayout, type GrowingBytes } from './layout.ts'
import type { Surroundings } from './nest.ts'
import { predictsTogether } from '../lowering/linear.ts'
import { STEPS_TOGETHER } from './outer-product.ts'
import {
  before,
  writeAccumulate,
  writeBackward,
  writeForward,
  writeForwardInChunks,
  writePredictions,
  writeStep,
  type Call,
  type Called,
} from './passes.ts'
import type { Base, Storage } from '../lowering/storage.ts'
import { ALONE, SharedByThreads, type Sharing, type MeetingPlace } from './sharing.ts'

export const WEIGHTS = 0,
  GRADIENTS = 1,
  SLOTS = 2

export interface Variant {
  /** Vectors of four examples that are worked on together. */
  readonly vectors: number
  readonly fusedMultiplyAdd: boolean
  /** Where threads that share the memory meet; without it, one thread has the memory for itself. */
  readonly meeting?: MeetingPlace | undefined
  /** For training: what to derive. Without it the module only evaluates. */
  readonly reversed?: ReverseGraph
  /** Named tensors of the step and of the prediction to keep readable after each step. */
  readonly traced?: { readonly step: ReadonlyMap<string, Tensor>; readonly output: ReadonlyMap<string, Tensor> }
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
  readonly growing: readonly GrowingBytes[]
  /** Where the state lies, as for what is traced. */
  readonly states: Compiled['traced']
  /** Where traced tensors lie: offsets from a global's value. */
  readonly traced: ReadonlyMap<string, { readonly global: string; readonly offset: number; readonly shape: Shape }>
}

/** Compiles the traced graphs of `model` to one WebAssembly module. */
export function compile(model: Model, fixed: FixedLayout, variant: Variant): Compiled {
  return new Compiler(model, fixed, variant).compile()
}

/** Bytes that predictions made together may take. */
const CHUNK_BYTES = 2 ** 26
/** Time steps whose predictions are made together when nothing is trained: a power of two, as states of as many steps are kept in a ring. */
const STEPS_SCORED = 8

class Compiler {
  readonly #model: Model
  readonly #fixed: FixedLayout
  readonly #variant: Variant
  readonly #writer: ModuleWriter
  readonly #sharing: Sharing
  readonly #layout: ModuleLayout
  readonly #phases: GraphPhases
  /** Bytes of the static states of step 0. */
  readonly #stateBytes: number
  /** Whether predictions are made for several time steps at once: where the classifier is large. */
  readonly #together: boolean

  constructor(model: Model, fixed: FixedLayout, variant: Variant) {
    this.#model = model
    this.#fixed = fixed
    this.#variant = variant
    this.#writer = new ModuleWriter(variant.meeting !== undefined)
    // A trace goes step by step, with the host's hands in it.
    this.#sharing = variant.meeting && !variant.traced ? new SharedByThreads(this.#writer, variant.meeting) : ALONE
    this.#layout = new ModuleLayout(this.#writer, variant.vectors)
    this.#together = !variant.traced && predictsTogether(model)
    this.#phases = new GraphPhases(
      model,
      this.#layout,
      variant.reversed,
      tensor => this.#given(tensor),
      !variant.traced,
    )
    this.#stateBytes = this.#layout.frame.slot.bytes
  }

  readonly #room = (bytes: number): Base => this.#layout.temporary(bytes)

  compile(): Compiled {
    const { reversed } = this.#variant
    const once = this.#ofWeights()
    const step = this.#written(this.#phases.step([...(this.#variant.traced?.step.values() ?? [])]))
    const output = this.#outputPhase()
    const start = reversed ? this.#startPhase(reversed) : []
    const back = reversed ? this.#written(this.#phases.back(reversed)) : []
    const begin = this.#writer.function(...clock(this.#writer, this.#layout, this.#model.masks, this.#together))
    const first = this.#predictsFrom
    const at = writeStep(this.#writer, this.#sharing, begin, {
      prepare: [...once, ...before([...step, ...output])],
      step,
      output: this.#together ? [] : output,
      first: this.#variant.traced ? 0 : first,
    })
    const gradients = reversed ? this.#gradientKernels(reversed, 'output') : []
    if (this.#together) {
      const predict = writePredictions(this.#writer, this.#sharing, begin, output, gradients)
      writeForwardInChunks(this.#writer, { begin, step: at, predict, chunkSteps: this.#chunkSteps, first })
    } else writeForward(this.#writer, at)
    if (reversed) {
      writeBackward(this.#writer, this.#sharing, begin, start, back)
      const steps = this.#gradientKernels(reversed, 'step')
      writeAccumulate(this.#writer, this.#sharing, begin, [
        { gradients: steps, first: 1 },
        ...(this.#together ? [] : [{ gradients, first }]),
      ])
    }
    const layout = this.#layout
    return {
      bytes: this.#writer.bytes(),
      growing: layout.growingTensors,
      states: this.#statePlaces(),
      traced: this.#tracedPlaces(),
      stateBytes: this.#stateBytes,
      scratchBytes: layout.scratch.slot.bytes,
      frameBytes: layout.frame.slot.bytes,
      backBytes: layout.back.slot.bytes,
      outBytes: layout.out.slot.bytes,
      chunkBytes: layout.chunk.slot.bytes,
      chunkSteps: this.#chunkSteps,
    }
  }

  /** The first step after which something is predicted. */
  get #predictsFrom(): 0 | 1 {
    return this.#model.reads === 'text' ? 1 : 0
  }

  #surroundings(find: Find): Surroundings {
    const { group } = this.#layout
    return {
      vectors: this.#variant.vectors,
      fusedMultiplyAdd: this.#variant.fusedMultiplyAdd,
      scalars: {},
      rows: { before: this.#writer.global('before'), after: this.#writer.global('after') },
      symbols: {
        input: this.#layout.external('input', 0, [], group),
        target: this.#layout.external('target', 0, [], group),
      },
      ...withReshaped(find),
    }
  }

  /** Plans and writes the kernels of one phase. */
  #written(phase: Phase, together = false): Call[] {
    const { kernels, stored } = this.#phases.planned(phase)
    const writer = new KernelWriter(this.#surroundings(stored), this.#sharing)
    const steps = together ? { global: this.#writer.global('times') } : 1
    return kernels.map(kernel => {
      const { frame, code, shared, before } = writer.write(kernel, this.#room, steps)
      return {
        call: this.#writer.function(frame, code),
        shared,
        together: together && kernel.kind === 'product',
        ...(before ? { before: { call: this.#writer.function(before.frame, before.code), shared } } : {}),
      }
    })
  }

  /** Functions that make, once a pass, what is made of weights alone: one number each for all examples. */
  #ofWeights(): Called[] {
    const phase = this.#phases.ofWeights(({ shape }) => this.#layout.shared(shape as number[]))
    if (!phase) return []
    const { kernels, stored } = this.#phases.planned(phase)
    const writer = new KernelWriter({ ...this.#surroundings(stored), vectors: 1 })
    return kernels.map(kernel => {
      const { frame, code } = writer.write(kernel, this.#room)
      return { call: this.#writer.function(frame, code), shared: false }
    })
  }

  #given({ op }: Tensor): Storage | undefined {
    if (op.kind === 'parameter') return this.#fixed.storage(WEIGHTS, op.name)
    if (op.kind === 'weight') return this.#layout.external('weights', 0, [])
    if (op.kind === 'mask') {
      const { name } = op
      const { width } = this.#model.masks.find(mask => mask.name === name)!
      return this.#layout.external(maskGlobal(name), 0, [width], width * this.#layout.group)
    }
    return undefined
  }

  #outputPhase(): Call[] {
    const { nats, correct } = this.#model.graph
    const { reversed, traced } = this.#variant
    const scores: [Tensor, Storage][] = [[nats, this.#layout.external('score', 0, [])]]
    if (!reversed) scores.push([correct, this.#layout.external('score', this.#layout.group, [])])
    const phase = this.#phases.output(scores, reversed, [...(traced?.output.values() ?? [])])
    return this.#written(
      this.#together ? { ...phase, place: tensor => this.#layout.together(tensor.shape as number[]) } : phase,
      this.#together,
    )
  }

  #startPhase(reversed: ReverseGraph): Called[] {
    const { lists, copies, stored } = this.#phases.start(reversed)
    const writer = new KernelWriter(this.#surroundings(stored))
    const calls = [
      ...this.#emptyLists(lists),
      ...copies.map(([tensor, storage]) => {
        const { frame, code } = writer.write(
          {
            kind: 'map',
            domain: tensor.shape,
            triangle: undefined,
            stores: [{ expression: tensor, storage, copy: true }],
          },
          this.#room,
        )
        return this.#writer.function(frame, code)
      }),
    ]
    return calls.map(call => ({ call, shared: false }))
  }

  #emptyLists(lists: readonly Storage[]): number[] {
    return lists.map(({ base }) => {
      const name = this.#writer.globalName(base.global!)
      const code = new Code()
        .globalGet(this.#writer.global(`${name}Start`))
        .i32(0)
        .globalGet(this.#writer.global(`${name}Bytes`))
        .fill()
      return this.#writer.function(new Frame(), code)
    })
  }

  get #chunkSteps(): number {
    if (!this.#together) return 0
    const most = this.#variant.reversed ? STEPS_TOGETHER : STEPS_SCORED
    const fitting = Math.max(1, Math.min(most, Math.floor(CHUNK_BYTES / this.#layout.chunk.slot.bytes)))
    return this.#variant.reversed ? fitting : 2 ** Math.floor(Math.log2(fitting))
  }

  /** Functions that add gradients over `times` steps from the current one on; of those for several steps, at most `STEPS_TOGETHER`. */
  #gradientKernels(reversed: ReverseGraph, from: 'step' | 'output'): Call[] {
    const writer = new KernelWriter(this.#surroundings(this.#phases.gradientSources(from)), this.#sharing)
    const times = { global: this.#writer.global('times') }
    return [...reversed[from].parameters].map(([name, tensor]) => {
      const storage = this.#fixed.storage(GRADIENTS, name),
        together = writer.isLarge(tensor)
      const { frame, code, shared } = together
        ? writer.largeGradient(tensor, storage, times, this.#room)
        : { ...writer.parameterGradient(tensor, storage, times), shared: false }
      return { call: this.#writer.function(frame, code), shared, together }
    })
  }

  #statePlaces(): Compiled['states'] {
    return new Map(
      [...this.#phases.states].map(
        ([
          name,
          {
            now: { base },
          },
        ]) => [
          name,
          {
            global: this.#writer.globalName(base.global!),
            offset: base.offset,
            shape: this.#model.graph.states.get(name)!,
          },
        ],
      ),
    )
  }

  #tracedPlaces(): Compiled['traced'] {
    const places = new Map<string, { global: string; offset: number; shape: Shape }>()
    const { traced } = this.#variant
    for (const [name, tensor] of [...(traced?.step ?? []), ...(traced?.output ?? [])]) {
      const storage =
        this.#phases.known.get(tensor) ?? this.#phases.states.get((tensor.op as { name: string }).name)!.before
      places.set(name, {
        global: this.#writer.globalName(storage.base.global!),
        offset: storage.base.offset,
        shape: tensor.shape,
      })
    }
    return places
  }
}
