import { isStatic, rowSizeOf, sizeOf, type Rows, type Shape } from '../../algebra/tensor.ts'
import type { ParameterInfo } from '../../parameters.ts'
import type { Clock, Growing, Places } from '../lowering/places.ts'
import { NO_SLOT, rowMajor, type Base, type Slot, type Storage, type Stride } from '../lowering/storage.ts'
import type { ModuleWriter } from './assembler.ts'
import { CONTROL_BYTES } from './sharing.ts'

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

/** A growing tensor in bytes. */
export interface GrowingBytes extends Growing {
  /** Bytes for one row, or for one pair of rows. */
  readonly rowBytes: number
}

/** Four-float vectors of a parameter that are updated, and whose squares are summed, at a time: the same pieces however many threads do it. */
const PIECE = 16_384

/** A piece of a parameter: bytes from the parameter's beginning, and the address at which the sum of its squares is kept. */
export interface Piece {
  readonly parameter: string
  readonly from: number
  readonly vectors: number
  readonly sum: number
}

/** Where the weights, their gradients and the optimizer's slots lie, and what the executor needs besides: the same for all its modules. */
export class FixedLayout {
  /** Zeros that a row which is not there is read from; no row is wider. */
  readonly zeroBytes: number
  readonly #offsets = new Map<string, { offset: number; shape: readonly number[] }>()
  readonly #pieces = new Map<string, readonly Piece[]>()
  readonly tensorBytes: number
  readonly sections: number
  /** Where threads meet. */
  readonly control: number
  readonly bytes: number

  /** @param sections weights, gradients, and as many slots as the optimizer has */
  constructor(
    parameters: readonly ParameterInfo[],
    states: ReadonlyMap<string, Shape>,
    sections: number,
    group: number,
  ) {
    const widest = Math.max(1, ...parameters.flatMap(({ shape }) => shape), ...[...states.values()].map(rowSizeOf))
    this.zeroBytes = aligned(widest * group)
    let offset = 0
    for (const { name, shape } of parameters) {
      this.#offsets.set(name, { offset, shape })
      offset += aligned(sizeOf(shape) * 4)
    }
    this.tensorBytes = offset
    this.sections = sections
    this.control = aligned(this.zeroBytes + sections * offset, 64)
    let end = this.control + CONTROL_BYTES
    for (const { name } of parameters) {
      const all = this.vectors(name)
      this.#pieces.set(
        name,
        Array.from({ length: Math.ceil(all / PIECE) }, (_, k) => ({
          parameter: name,
          from: k * PIECE * 16,
          vectors: Math.min(PIECE, all - k * PIECE),
          sum: (end += 8) - 8,
        })),
      )
    }
    this.bytes = end
  }

  pieces(parameter: string): readonly Piece[] {
    return this.#pieces.get(parameter)!
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
    return {
      base: { offset: this.address(section, parameter) },
      strides: rowMajor(shape, 4),
      lanes: false,
      slot: NO_SLOT,
      extent: shape[0] ?? 1,
    }
  }
}

/** Places of what one module computes; its bases are globals that the host and the module's clock set. */
export class ModuleLayout implements Places {
  readonly group: number
  readonly scratch = new Area()
  readonly frame = new Area()
  readonly back = new Area()
  readonly out = new Area()
  readonly chunk = new Area()
  readonly growingTensors: GrowingBytes[] = []
  readonly #writer: ModuleWriter
  readonly #rows: Readonly<Record<'before' | 'after', number>>

  constructor(writer: ModuleWriter, vectors: number) {
    this.group = vectors * 16
    this.#writer = writer
    this.#rows = { before: writer.global('before'), after: writer.global('after') }
  }

  variable(name: string): number {
    return this.#writer.global(name)
  }

  perStep(area: 'frame' | 'back' | 'out', shape: readonly number[]): Record<Clock, Storage> {
    const offset = this[area].take(sizeOf(shape) * this.group)
    const at = (global: string): Storage =>
      this.#lanes({ global: this.#writer.global(global), offset }, shape, this[area].slot, shape[0] ?? 1)
    return { now: at(area), before: at(`${area}Before`) }
  }

  /** A place in the memory of the predictions that are made together. */
  together(shape: readonly number[]): Storage {
    const offset = this.chunk.take(sizeOf(shape) * this.group)
    return this.#lanes({ global: this.#writer.global('chunk'), offset }, shape, this.chunk.slot, shape[0] ?? 1)
  }

  /** Bytes that any function may use while it runs. */
  temporary(bytes: number): Base {
    return { global: this.#writer.global('scratch'), offset: this.scratch.take(bytes) }
  }

  /** A place for numbers that all examples share; it stays what it is. */
  shared(shape: readonly number[]): Storage {
    const base = this.temporary(sizeOf(shape) * 4)
    return { base, strides: rowMajor(shape, 4), lanes: false, slot: NO_SLOT, extent: shape[0] ?? 1 }
  }

  overwritten(shape: Shape): Storage {
    if (!isStatic(shape)) return this.growing(shape, 'one').now
    return this.#lanes(
      { global: this.#writer.global('scratch'), offset: this.scratch.take(sizeOf(shape) * this.group) },
      shape,
      NO_SLOT,
      shape[0] ?? 1,
    )
  }

  /**
   * A growing tensor with `before` rows before the step and `after` rows after it. Lists keep what they no longer show: their first row
   * moves. A list of pairs is triangular: the row for one time step lies `size - 1` pairs behind the one before it, so that every pair
   * lies where it was whatever the first row is; `size` is the most rows that a list may show.
   */
  growing(shape: Shape, kept: Growing['kept']): Record<Clock, Storage> {
    const pairs = shape.filter(dim => typeof dim === 'string').length > 1
    const rowBytes = rowSizeOf(shape) * this.group
    const name = `growing${this.growingTensors.length}`
    this.growingTensors.push({ name, rowBytes, pairs, kept })
    const strides: Stride[] = rowMajor(shape, this.group)
    if (pairs) strides[shape.findIndex(dim => typeof dim === 'string')] = { global: this.#writer.global(`${name}Row`) }
    const at = (global: string, extent: Rows): Storage => ({
      base: { global: this.#writer.global(global), offset: 0 },
      strides,
      lanes: true,
      slot: NO_SLOT,
      extent: { global: this.#rows[extent] },
      ...(pairs && kept === 'list' ? { triangular: true } : {}),
    })
    const rows = shape.find(dim => typeof dim === 'string') as Rows
    return {
      now: at(name, kept === 'one' ? rows : 'after'),
      before: at(kept === 'one' ? name : `${name}Before`, 'before'),
    }
  }

  lastRow(list: Storage, shape: Shape): Storage {
    const name = `${this.#writer.globalName(list.base.global!)}Last`
    const [stride] = list.strides
    return {
      base: { global: this.#writer.global(name), offset: 0 },
      strides: list.strides.slice(1),
      lanes: true,
      slot: typeof stride === 'number' ? { bytes: stride } : NO_SLOT,
      extent: typeof shape[0] === 'string' ? list.extent : (shape[0] ?? 1),
    }
  }

  /** A place that the host knows, found through a global. */
  external(global: string, offset: number, shape: readonly number[], slotBytes = 0): Storage {
    return this.#lanes({ global: this.#writer.global(global), offset }, shape, { bytes: slotBytes }, shape[0] ?? 1)
  }

  #lanes(base: Base, shape: Shape, slot: Slot, extent: Storage['extent']): Storage {
    return { base, strides: rowMajor(shape, this.group), lanes: true, slot, extent }
  }
}
