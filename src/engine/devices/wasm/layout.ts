import { isStatic, sizeOf, type Dim, type Shape } from '../../algebra/tensor.ts'
import type { ParameterInfo } from '../../parameters.ts'
import type { ModuleWriter } from './assembler.ts'
import { NO_SLOT, rowMajor, type Base, type Slot, type Storage } from './storage.ts'

const aligned = (bytes: number, to = 16): number => Math.ceil(bytes / to) * to

/** Tensors that follow each other in memory; `slot.bytes` is the size of them all. */
class Area {
  readonly slot: Slot = { bytes: 0 }

  take(bytes: number): number {
    const offset = this.slot.bytes
    this.slot.bytes += aligned(bytes)
    return offset
  }
}

/** A growing tensor: the host decides at run time where it lies and how many rows it may have. */
export interface Growing {
  readonly name: string
  readonly rowBytes: number
  /** A tensor for each time step, for the last two, or one that every step overwrites or appends to. */
  readonly kept: 'each' | 'last-two' | 'one'
}

/** Where the weights, their gradients and the optimizer's slots lie: the same for all modules of an executor. */
export class FixedLayout {
  /** Zeros that a row which is not there is read from; no row is wider. */
  readonly zeroBytes: number
  readonly #offsets = new Map<string, { offset: number, shape: readonly number[] }>()
  readonly tensorBytes: number
  readonly sections: number
  readonly bytes: number

  /** @param sections weights, gradients, and as many slots as the optimizer has */
  constructor(parameters: readonly ParameterInfo[], states: ReadonlyMap<string, Shape>, sections: number, group: number) {
    const widest = Math.max(1, ...parameters.flatMap(({ shape }) => shape), ...[...states.values()].map(shape => shape.slice(1).reduce<number>((product, dim) => product * (dim as number), 1)))
    this.zeroBytes = aligned(widest * group)
    let offset = 0
    for (const { name, shape } of parameters) {
      this.#offsets.set(name, { offset, shape })
      offset += aligned(sizeOf(shape) * 4)
    }
    this.tensorBytes = offset
    this.sections = sections
    this.bytes = this.zeroBytes + sections * offset
  }

  address(section: number, parameter: string): number {
    return this.zeroBytes + section * this.tensorBytes + this.#offsets.get(parameter)!.offset
  }

  /** Vectors of four floats that hold a parameter, its padding included. */
  vectors(parameter: string): number {
    return aligned(sizeOf(this.#offsets.get(parameter)!.shape) * 4) / 16
  }

  storage(section: number, parameter: string): Storage {
    const { shape } = this.#offsets.get(parameter)!
    return { base: { offset: this.address(section, parameter) }, strides: rowMajor(shape, 4), lanes: false, slot: NO_SLOT, extent: shape[0] ?? 1 }
  }
}

export type Clock = 'now' | 'before'

/** Places of what one module computes; its bases are globals that the host and the module's clock set. */
export class ModuleLayout {
  readonly group: number
  readonly scratch = new Area()
  readonly frame = new Area()
  readonly back = new Area()
  readonly out = new Area()
  readonly growing: Growing[] = []
  readonly #writer: ModuleWriter
  readonly #rows: Readonly<Record<'before' | 'after', number>>

  constructor(writer: ModuleWriter, vectors: number) {
    this.group = vectors * 16
    this.#writer = writer
    this.#rows = { before: writer.global('before'), after: writer.global('after') }
  }

  /** A place in the memory of a time step: `frame` for forward values, `out` for predictions, `back` for adjoints. */
  perStep(area: 'frame' | 'back' | 'out', shape: readonly number[]): Record<Clock, Storage> {
    const offset = this[area].take(sizeOf(shape) * this.group)
    const at = (global: string): Storage => this.#lanes({ global: this.#writer.global(global), offset }, shape, this[area].slot, shape[0] ?? 1)
    return { now: at(area), before: at(`${area}Before`) }
  }

  /** A place that every step overwrites. */
  overwritten(shape: Shape): Storage {
    if (!isStatic(shape)) return this.growingNow(shape, 'one').now
    return this.#lanes({ global: this.#writer.global('scratch'), offset: this.scratch.take(sizeOf(shape) * this.group) }, shape, NO_SLOT, shape[0] ?? 1)
  }

  /** A growing tensor. Before the step it has `before` rows, after it `after`. */
  growingNow(shape: Shape, kept: Growing['kept']): Record<Clock, Storage> {
    const rowBytes = (shape.slice(1) as number[]).reduce((product, dim) => product * dim, this.group)
    const name = `growing${this.growing.length}`
    this.growing.push({ name, rowBytes, kept })
    const at = (global: string, extent: Dim): Storage =>
      this.#lanes({ global: this.#writer.global(global), offset: 0 }, shape, NO_SLOT, typeof extent === 'number' ? extent : { global: this.#rows[extent] })
    return { now: at(name, kept === 'one' ? shape[0]! : 'after'), before: at(kept === 'one' ? name : `${name}Before`, 'before') }
  }

  /** The row that a step appends to a list. */
  appendedRow(list: Storage, shape: readonly number[]): Storage {
    const stride = list.strides[0]!
    return this.#lanes({ ...list.base, row: { global: this.#rows.before, stride } }, shape, { bytes: stride }, shape[0] ?? 1)
  }

  /** A place that the host knows, found through a global. */
  external(global: string, offset: number, shape: readonly number[], slotBytes = 0): Storage {
    return this.#lanes({ global: this.#writer.global(global), offset }, shape, { bytes: slotBytes }, shape[0] ?? 1)
  }

  #lanes(base: Base, shape: Shape, slot: Slot, extent: Storage['extent']): Storage {
    return { base, strides: rowMajor(shape, this.group), lanes: true, slot, extent }
  }
}
