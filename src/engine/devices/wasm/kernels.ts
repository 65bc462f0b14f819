import type { Dim, Tensor } from '../../algebra/tensor.ts'
import { Code, Frame } from './assembler.ts'
import { Nest, type Loop, type Surroundings } from './nest.ts'
import type { Kernel, Store } from './plan.ts'
import { pushExtent, type Extent, type Storage } from './storage.ts'
import type { Index } from './terms.ts'

/** Vector registers that accumulators may take; the rest hold operands. */
const REGISTERS = 12

/** One axis of a nest: either a loop, or elements written out at constant indices. */
interface Piece { readonly loop: Loop | undefined, readonly start: number, readonly tile: number }

/** A loop of whole tiles over `extent` elements, and what is left. */
function pieces(extent: Extent, tile: number): Piece[] {
  if (typeof extent !== 'number') return [{ loop: { extent, tile: 1 }, start: 0, tile: 1 }]
  const whole = Math.floor(extent / tile) * tile
  const found: Piece[] = []
  if (whole > tile) found.push({ loop: { extent: whole, tile }, start: 0, tile })
  else if (whole === tile) found.push({ loop: undefined, start: 0, tile })
  if (extent > whole) found.push({ loop: undefined, start: whole, tile: extent - whole })
  return found
}

const combinations = <T>(lists: readonly (readonly T[])[]): T[][] =>
  lists.reduce<T[][]>((all, list) => all.flatMap(head => list.map(item => [...head, item])), [[]])

/** Loops of the chosen pieces, and the index of each axis for every element written out in the body. */
function unfold(chosen: readonly Piece[], outer = 0): { loops: Loop[], indices: Index[][] } {
  const loops: Loop[] = []
  const axes = chosen.map(({ loop, start, tile }): Index[] => {
    if (loop) loops.push(loop)
    const level = loop ? outer + loops.length : 0
    return Array.from({ length: tile }, (_, k) => ({ level, add: start + k }))
  })
  return { loops, indices: combinations(axes) }
}

/** Writes kernels as functions without parameters that find everything through globals. */
export class KernelWriter {
  readonly #around: Surroundings

  constructor(around: Surroundings) {
    this.#around = around
  }

  write(kernel: Kernel): { frame: Frame, code: Code } {
    const frame = new Frame()
    const code = new Code()
    if (kernel.kind === 'scan') this.#scan(kernel, frame, code)
    else if (kernel.kind === 'map') this.map(kernel.domain.map(dim => this.#extent(dim)), kernel.stores, frame, code)
    else this.#reduce(kernel, frame, code)
    return { frame, code }
  }

  #extent(dim: Dim): Extent {
    return typeof dim === 'number' ? dim : { global: this.#around.rows[dim] }
  }

  /** Runs `write` twice: dry, to learn what is used how often, and for good. */
  #nest(loops: readonly Loop[], frame: Frame, code: Code, write: (nest: Nest) => void, around = this.#around): void {
    const dry = new Nest(loops, around, new Frame(frame.params))
    write(dry)
    const nest = new Nest(loops, around, frame, dry.uses)
    write(nest)
    code.append(nest.assemble())
  }

  map(extents: readonly Extent[], stores: readonly Store[], frame: Frame, code: Code): void {
    const made = new Set(stores.filter(store => !store.copy && !['reduce', 'cumulate', 'concat'].includes(store.expression.op.kind)).map(store => store.expression))
    const around = { ...this.#around, stored: (tensor: Tensor) => made.has(tensor) ? this.#around.reshaped(tensor) : this.#around.stored(tensor) }
    let room = REGISTERS
    const tiles = extents.toReversed().map(extent => {
      const all = typeof extent === 'number' && extent * this.#around.vectors * stores.length <= room
      if (all) room = Math.floor(room / extent)
      else room = 0
      return all ? extent : 1
    }).toReversed()
    for (const chosen of combinations(extents.map((extent, axis) => pieces(extent, tiles[axis]!)))) {
      const { loops, indices } = unfold(chosen)
      this.#nest(loops, frame, code, nest => {
        for (const index of indices) {
          for (let v = 0; v < this.#around.vectors; v++) {
            for (const { expression, storage } of stores) {
              nest.store(nest.body, loops.length, storage, index, v, () => nest.push(nest.term(expression, index), v))
            }
          }
        }
      }, around)
    }
  }

  #reduce({ domain, axes, f, stores }: Kernel & { kind: 'reduce' }, frame: Frame, code: Code): void {
    const kept = domain.map((_, axis) => axis).filter(axis => !axes.includes(axis))
    const { vectors } = this.#around
    const last = kept.at(-1)
    const room = Math.max(1, Math.floor(REGISTERS / (vectors * stores.length)))
    const tileOf = (axis: number): number => axis === last && typeof domain[axis] === 'number' ? Math.min(domain[axis], room) : 1
    const inner = axes.map(axis => this.#reductionPiece(domain[axis]!))
    for (const chosen of combinations(kept.map(axis => pieces(this.#extent(domain[axis]!), tileOf(axis))))) {
      const outer = unfold(chosen)
      const summed = unfold(inner, outer.loops.length)
      this.#nest([...outer.loops, ...summed.loops], frame, code, nest => {
        const level = outer.loops.length
        for (let v = 0; v < vectors; v++) {
          const accumulators = stores.flatMap(store => outer.indices.map(index => {
            const accumulator = nest.frame.local('v128')
            nest.head(level).splatF32(f === 'sum' ? 0 : -Infinity).set(accumulator)
            nest.store(nest.tail(level), level, store.storage, index, v, () => nest.tail(level).get(accumulator))
            return { accumulator, index, store }
          }))
          for (const within of summed.indices) {
            for (const { accumulator, index, store } of accumulators) {
              const at: Index[] = []
              kept.forEach((axis, k) => { at[axis] = index[k]! })
              axes.forEach((axis, k) => { at[axis] = within[k]! })
              const term = nest.term(store.expression.inputs[0]!, at)
              if (f === 'sum') nest.accumulate(accumulator, term, v)
              else {
                nest.push(term, v)
                nest.body.get(accumulator).vector('f32x4.pmax').set(accumulator)
              }
            }
          }
        }
      })
    }
  }

  #reductionPiece(dim: Dim): Piece {
    const extent = this.#extent(dim)
    if (typeof extent !== 'number') return { loop: { extent, tile: 1 }, start: 0, tile: 1 }
    const tile = extent <= 4 ? extent : [4, 3, 2].find(size => extent % size === 0) ?? 1
    return extent === tile ? { loop: undefined, start: 0, tile } : { loop: { extent, tile }, start: 0, tile }
  }

  /** Exclusive running sums along axis 0. */
  #scan({ domain, reverse, source, storage }: Kernel & { kind: 'scan' }, frame: Frame, code: Code): void {
    const group = this.#around.vectors * 16
    const rowBytes = (domain.slice(1) as number[]).reduce((a, b) => a * b, 1) * group
    const rows = this.#extent(domain[0]!)
    const [from, to, left, offset, sum] = [frame.local('i32'), frame.local('i32'), frame.local('i32'), frame.local('i32'), frame.local('v128')]
    const first = (place: Storage): void => {
      if (place.base.global !== undefined) code.globalGet(place.base.global)
      else code.i32(0)
      code.i32(place.base.offset).op('i32.add').get(offset).op('i32.add')
      if (reverse) {
        pushExtent(code, rows)
        code.i32(1).op('i32.sub').i32(rowBytes).op('i32.mul').op('i32.add')
      }
    }
    const advance = (pointer: number): void => { code.get(pointer).i32(reverse ? -rowBytes : rowBytes).op('i32.add').set(pointer) }
    code.i32(0).set(offset).loop()
    first(source); code.set(from)
    first(storage); code.set(to)
    pushExtent(code, rows)
    code.set(left).splatF32(0).set(sum)
    code.block().get(left).i32(0).op('i32.le_s').brIf(0).loop()
    code.get(to).get(sum).memory('v128.store', 0)
    code.get(from).memory('v128.load', 0).get(sum).vector('f32x4.add').set(sum)
    advance(from)
    advance(to)
    code.get(left).i32(1).op('i32.sub').tee(left).i32(0).op('i32.le_s').op('i32.eqz').brIf(0).end().end()
    code.get(offset).i32(16).op('i32.add').tee(offset).i32(rowBytes).op('i32.lt_s').brIf(0).end()
  }

  /** Adds the sum of `contribution` over time steps and examples to the gradient at `storage`. */
  parameterGradient(contribution: Tensor, storage: Storage, times: Extent): { frame: Frame, code: Code } {
    const frame = new Frame()
    const code = new Code()
    const shape = contribution.shape as readonly number[]
    const tileOf = (axis: number): number => axis === shape.length - 1 ? (shape.length === 1 ? 4 : 3) : axis === shape.length - 2 ? 4 : 1
    for (const chosen of combinations(shape.map((size, axis) => pieces(size, Math.min(size, tileOf(axis)))))) {
      const { loops, indices } = unfold(chosen)
      const level = loops.length
      this.#nest([...loops, { extent: times, tile: 1, time: true }], frame, code, nest => {
        const accumulators = indices.map(index => {
          const accumulator = nest.frame.local('v128')
          nest.head(level).splatF32(0).set(accumulator)
          const tail = nest.tail(level)
          nest.addFloat(tail, level, storage, index, () => {
            tail.get(accumulator).extract(0).get(accumulator).extract(1).op('f32.add')
            tail.get(accumulator).extract(2).get(accumulator).extract(3).op('f32.add').op('f32.add')
          })
          return { accumulator, index }
        })
        for (let v = 0; v < this.#around.vectors; v++) {
          for (const { accumulator, index } of accumulators) nest.accumulate(accumulator, nest.term(contribution, index), v)
        }
      })
    }
    return { frame, code }
  }
}
