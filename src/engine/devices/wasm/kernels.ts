import type { Dim, Tensor } from '../../algebra/tensor.ts'
import type { Loop } from './addresses.ts'
import { Code, Frame } from './assembler.ts'
import { gather, scatter } from './gather.ts'
import { linearFactors, outerFactors, type Factor, type Operand, type Symbols } from '../lowering/linear.ts'
import { combinations, nested, pieces, unfold, type Piece } from './loops.ts'
import { extentOf, Nest, type Surroundings } from './nest.ts'
import { outerProduct, packedBytes } from './outer-product.ts'
import { areAcross, packedWeightBytes, packedWeights, packWeights, panelProduct, weightsAt } from './panel-product.ts'
import type { Kernel, Store } from '../lowering/plan.ts'
import type { Base, Extent, Storage } from '../lowering/storage.ts'
import { pushExtent } from './push.ts'
import { ALONE, type Sharing } from './sharing.ts'
import { termOf, type Sources } from '../lowering/terms.ts'
import { chooseTiles } from './tiles.ts'
import type { Triangle } from '../lowering/triangle.ts'

/** Vector registers that accumulators may take; the rest hold operands. */
const REGISTERS = 12
/** Weights from which on threads share out a product: less would cost them more in waiting for each other. */
const SHARED_WEIGHTS = 16_384

/** The code of a function. */
export interface Written {
  readonly frame: Frame
  readonly code: Code
}

/** A kernel's function; where it is `shared`, every thread calls it and does a part. `before` must run before it whenever weights have changed. */
export interface WrittenKernel extends Written {
  readonly shared: boolean
  readonly before?: Written
}

/** Writes kernels as functions without parameters that find everything through globals. */
export class KernelWriter {
  readonly #around: Surroundings
  readonly #sharing: Sharing

  constructor(around: Surroundings, sharing: Sharing = ALONE) {
    this.#around = around
    this.#sharing = sharing
  }

  /**
   * @param room bytes that stay the kernel's own
   * @param steps of a product that is made for several time steps at once
   */
  write(kernel: Kernel, room: (bytes: number) => Base, steps: Extent = 1): WrittenKernel {
    if (kernel.kind === 'product' || kernel.kind === 'gather')
      return this.#linear(kernel.expression, kernel.storage, steps, room)
    const frame = new Frame()
    const code = new Code()
    if (kernel.kind === 'scan') this.#scan(kernel, frame, code)
    else if (kernel.kind === 'map')
      this.map(
        kernel.domain.map(dim => this.#extent(dim)),
        kernel.stores,
        frame,
        code,
        kernel.triangle,
      )
    else this.#reduce(kernel, frame, code)
    return { frame, code, shared: false }
  }

  #extent(dim: Dim): Extent {
    return extentOf(dim, this.#around)
  }

  /** Runs `write` twice: dry, to learn what is used how often, and for good. */
  #nest(loops: readonly Loop[], frame: Frame, code: Code, write: (nest: Nest) => void, around = this.#around): void {
    const dry = new Nest(loops, around, new Frame(frame.params))
    write(dry)
    const nest = new Nest(loops, around, frame, dry.uses)
    write(nest)
    code.append(nest.assemble())
  }

  map(extents: readonly Extent[], stores: readonly Store[], frame: Frame, code: Code, triangle?: Triangle): void {
    const made = new Set(
      stores
        .filter(store => !store.copy && !['reduce', 'cumulate', 'concat'].includes(store.expression.op.kind))
        .map(store => store.expression),
    )
    const around = {
      ...this.#around,
      stored: (tensor: Tensor) => (made.has(tensor) ? this.#around.reshaped(tensor) : this.#around.stored(tensor)),
    }
    let room = REGISTERS
    const tiles = extents
      .toReversed()
      .map(extent => {
        const all = typeof extent === 'number' && extent * this.#around.vectors * stores.length <= room
        if (all) room = Math.floor(room / extent)
        else room = 0
        return all ? extent : 1
      })
      .toReversed()
    const axes = nested(
      extents.map((_, axis) => axis),
      extents,
    )
    for (const chosen of combinations(axes.map(axis => pieces(extents[axis]!, tiles[axis]!)))) {
      const {
        loops,
        elements: [elements],
      } = unfold([{ axes, chosen }], triangle)
      this.#nest(
        loops,
        frame,
        code,
        nest => {
          for (const index of elements!) {
            for (let v = 0; v < this.#around.vectors; v++) {
              for (const { expression, storage, adds } of stores) {
                const term = nest.term(expression, index)
                nest.store(nest.body, loops.length, storage, index, v, () => {
                  if (adds) nest.pushSum(storage, index, term, v)
                  else nest.push(term, v)
                })
              }
            }
          }
        },
        around,
      )
    }
  }

  #reduce({ domain, axes, f, stores, triangle }: Kernel & { kind: 'reduce' }, frame: Frame, code: Code): void {
    const extents = domain.map(dim => this.#extent(dim))
    const kept = domain.map((_, axis) => axis).filter(axis => !axes.includes(axis))
    const outer = nested(kept, extents),
      inner = nested(axes, extents)
    const { vectors } = this.#around
    const summed = inner.map(axis => this.#reductionPiece(domain[axis]!))
    const tiles = this.#tiles(
      stores[0]!.expression.inputs[0]!,
      outer,
      new Map(inner.map((axis, k) => [axis, summed[k]!.tile])),
      Math.max(1, Math.floor(REGISTERS / (vectors * stores.length))),
    )
    for (const chosen of combinations(outer.map(axis => pieces(extents[axis]!, tiles.get(axis) ?? 1)))) {
      const {
        loops,
        elements: [results, parts],
      } = unfold(
        [
          { axes: outer, chosen },
          { axes: inner, chosen: summed },
        ],
        triangle,
      )
      const level = chosen.filter(({ loop }) => loop).length
      this.#nest(loops, frame, code, nest => {
        for (let v = 0; v < vectors; v++) {
          const accumulators = stores.flatMap(store =>
            results!.map(result => {
              const index = kept.map(axis => result[axis]!)
              const accumulator = nest.frame.local('v128')
              nest
                .head(level)
                .splatF32(f === 'sum' ? 0 : -Infinity)
                .set(accumulator)
              nest.store(nest.tail(level), level, store.storage, index, v, () => nest.tail(level).get(accumulator))
              return { accumulator, result, store }
            }),
          )
          for (const part of parts!) {
            for (const { accumulator, result, store } of accumulators) {
              const term = nest.term(
                store.expression.inputs[0]!,
                domain.map((_, axis) => result[axis] ?? part[axis]!),
              )
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

  #tiles(
    input: Tensor,
    outer: readonly number[],
    summed: ReadonlyMap<number, number>,
    room: number,
  ): ReadonlyMap<number, number> {
    const element = termOf(
      input,
      input.shape.map((_, axis) => ({ level: axis + 1, add: 0 })),
      { stored: this.#around.stored, extent: dim => this.#extent(dim) },
    )
    const kept = outer.flatMap(axis =>
      typeof input.shape[axis] === 'number' ? [{ axis, size: input.shape[axis] }] : [],
    )
    return chooseTiles(element, [...kept, ...[...summed].map(([axis, tile]) => ({ axis, size: tile, tile }))], room)
  }

  #reductionPiece(dim: Dim): Piece {
    const extent = this.#extent(dim)
    if (typeof extent !== 'number') return { loop: { extent, tile: 1 }, start: 0, tile: 1 }
    const tile = extent <= 4 ? extent : ([4, 3, 2].find(size => extent % size === 0) ?? 1)
    return extent === tile ? { loop: undefined, start: 0, tile } : { loop: { extent, tile }, start: 0, tile }
  }

  /** Exclusive running sums along axis 0. */
  #scan({ domain, reverse, source, storage }: Kernel & { kind: 'scan' }, frame: Frame, code: Code): void {
    const group = this.#around.vectors * 16
    const rowBytes = (domain.slice(1) as number[]).reduce((a, b) => a * b, 1) * group
    const rows = this.#extent(domain[0]!)
    const [from, to, left, offset, sum] = [
      frame.local('i32'),
      frame.local('i32'),
      frame.local('i32'),
      frame.local('i32'),
      frame.local('v128'),
    ]
    const first = (place: Storage): void => {
      if (place.base.global !== undefined) code.globalGet(place.base.global)
      else code.i32(0)
      code.i32(place.base.offset).op('i32.add').get(offset).op('i32.add')
      if (reverse) {
        pushExtent(code, rows)
        code.i32(1).op('i32.sub').i32(rowBytes).op('i32.mul').op('i32.add')
      }
    }
    const advance = (pointer: number): void => {
      code
        .get(pointer)
        .i32(reverse ? -rowBytes : rowBytes)
        .op('i32.add')
        .set(pointer)
    }
    code.i32(0).set(offset).loop()
    first(source)
    code.set(from)
    first(storage)
    code.set(to)
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

  get #places(): Sources {
    return { stored: this.#around.stored, extent: dim => this.#extent(dim) }
  }

  #linear(expression: Tensor, storage: Storage, count: Extent, room: (bytes: number) => Base): WrittenKernel {
    const { vectors, fusedMultiplyAdd, symbols } = this.#around
    const {
      rows,
      summed,
      weights: { base, row, step },
      vector,
    } = linearFactors(expression, this.#places)
    if (typeof vector === 'string')
      return {
        ...gather({
          size: rows,
          table: { base, stride: row, symbol: step },
          symbols: symbols[vector],
          vectors,
          result: storage,
        }),
        shared: false,
      }
    const sharing = rows * summed < SHARED_WEIGHTS ? ALONE : this.#sharing,
      shared = sharing !== ALONE
    const product = {
      rows,
      summed,
      weights: weightsAt(base, row, step),
      vector,
      result: storage,
      vectors,
      count,
      fusedMultiplyAdd,
      sharing,
    }
    if (!areAcross(product.weights)) return { ...panelProduct(product), shared }
    const copy = room(packedWeightBytes(rows, summed))
    return {
      ...panelProduct({ ...product, weights: packedWeights(copy, rows) }),
      shared,
      before: packWeights(rows, summed, product.weights, copy, sharing),
    }
  }

  /** Whether the gradient that `contribution` adds to is a large one, made by kernels of their own. */
  isLarge(contribution: Tensor): boolean {
    return outerFactors(contribution, this.#places) !== undefined
  }

  /**
   * Adds the sum of a large contribution over at most `STEPS_TOGETHER` time steps, and over the examples, to the gradient at `storage`.
   * @param room bytes that the code may use while it runs
   */
  largeGradient(contribution: Tensor, storage: Storage, count: Extent, room: (bytes: number) => Base): WrittenKernel {
    const { vectors, fusedMultiplyAdd, symbols } = this.#around
    const shape = contribution.shape as readonly [number, number]
    const [row, column] = storage.strides as readonly [number, number]
    const [rows, columns] = outerFactors(contribution, this.#places) as readonly [Factor, Factor]
    const pick = (given: Operand, { which, axis }: Symbols): Written => {
      const [stride, symbol] = axis === 1 ? [row, column] : [column, row]
      return scatter({
        size: shape[1 - axis]!,
        table: { base: storage.base, stride, symbol },
        symbols: symbols[which],
        vectors,
        given: { ...given, stride: given.along[1 - axis]! },
        count,
      })
    }
    if ('symbols' in columns) return { ...pick((rows as { stored: Operand }).stored, columns.symbols), shared: false }
    if ('symbols' in rows) return { ...pick(columns.stored, rows.symbols), shared: false }
    const sharing = shape[0] * shape[1] < SHARED_WEIGHTS ? ALONE : this.#sharing
    const packed = room(packedBytes(shape[1], vectors, sharing.most))
    return {
      ...outerProduct({
        shape,
        rows: rows.stored,
        columns: columns.stored,
        gradient: { base: storage.base, row },
        vectors,
        count,
        packed,
        fusedMultiplyAdd,
        sharing,
      }),
      shared: sharing !== ALONE,
    }
  }

  /** Adds the sum of `contribution` over time steps and examples to the gradient at `storage`. */
  parameterGradient(contribution: Tensor, storage: Storage, times: Extent): Written {
    const frame = new Frame()
    const code = new Code()
    const shape = contribution.shape as readonly number[]
    const tileOf = (axis: number): number =>
      axis === shape.length - 1 ? (shape.length === 1 ? 4 : 3) : axis === shape.length - 2 ? 4 : 1
    for (const chosen of combinations(shape.map((size, axis) => pieces(size, Math.min(size, tileOf(axis)))))) {
      const {
        loops,
        elements: [indices],
      } = unfold([{ axes: shape.map((_, axis) => axis), chosen }], undefined)
      const level = loops.length
      this.#nest([...loops, { extent: times, tile: 1, time: true }], frame, code, nest => {
        const accumulators = indices!.map(index => {
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
          for (const { accumulator, index } of accumulators)
            nest.accumulate(accumulator, nest.term(contribution, index), v)
        }
      })
    }
    return { frame, code }
  }
}
