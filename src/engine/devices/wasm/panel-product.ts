import { Code, Frame } from './assembler.ts'
import type { Operand } from '../lowering/linear.ts'
import type { Base, Extent, Slot } from '../lowering/storage.ts'
import { pushBase, pushExtent } from './push.ts'
import type { Sharing } from './sharing.ts'

/** Rows of a tile: with two vectors of examples, its sums and all operands of one step fit the vector registers. */
const TILE = 4
/** Elements of each sum that one pass over the results adds, so that its operands stay in the nearest cache. */
const DEPTH = 256
/** Weights that all steps use before the next ones are fetched. */
const BLOCK = 65536

/** Bytes from one weight to the next along the rows, along the sum, from one tile of rows to the next and from one block of the sum to the next. */
export interface Weights {
  readonly base: Base
  readonly row: number
  readonly step: number
  readonly tile: number
  readonly block: number
}

/** Weights as they lie in memory. */
export const weightsAt = (base: Base, row: number, step: number): Weights => ({
  base,
  row,
  step,
  tile: TILE * row,
  block: DEPTH * step,
})

/** Whether the weights that a tile needs at a time lie side by side, but those of the next time far off. */
export const areAcross = ({ row, step }: Weights): boolean => row === 4 && step > 4

const blocksOf = (summed: number): number => Math.ceil(summed / DEPTH)
const tilesOf = (rows: number): number => Math.ceil(rows / TILE)

/** Bytes of a copy that `packWeights` makes. */
export const packedWeightBytes = (rows: number, summed: number): number =>
  blocksOf(summed) * tilesOf(rows) * DEPTH * TILE * 4

/** Where such a copy has its weights. */
export const packedWeights = (base: Base, rows: number): Weights => ({
  base,
  row: 4,
  step: TILE * 4,
  tile: DEPTH * TILE * 4,
  block: tilesOf(rows) * DEPTH * TILE * 4,
})

/** Copies weights that are across so that they lie in the order of their use; each thread some of the tiles. */
export function packWeights(
  rows: number,
  summed: number,
  from: Weights,
  to: Base,
  sharing: Sharing,
): { frame: Frame; code: Code } {
  const frame = new Frame(),
    code = new Code()
  const [source, tileSource, block, step, tile, depth, left, tiles, first, end] = Array.from({ length: 10 }, () =>
    frame.local('i32'),
  ) as [number, number, number, number, number, number, number, number, number, number]
  const packed = packedWeights(to, rows)
  sharing.part(code, () => code.i32(tilesOf(rows)), first, end)
  setPointer(code, source, from.base)
  setPointer(code, block, to)
  advanceBy(code, source, first, from.tile)
  advanceBy(code, block, first, packed.tile)
  code.i32(summed).set(left).loop()
  setMinimum(code, depth, left, DEPTH)
  code.get(left).get(depth).op('i32.sub').set(left).get(block).set(step)
  code.countDown(depth, () => {
    code.get(step).set(tile).get(source).set(tileSource).get(end).get(first).op('i32.sub').set(tiles)
    code.countDown(tiles, () =>
      code
        .get(tile)
        .get(tileSource)
        .memory('v128.load', 0)
        .memory('v128.store', 0)
        .advance(tile, packed.tile)
        .advance(tileSource, from.tile),
    )
    code.advance(step, packed.step).advance(source, from.step)
  })
  code.advance(block, packed.block).get(left).brIf(0).end()
  return { frame, code }
}

/** result[row] = sum over k of weights[row, k] * vector[k], for each example, at one time step or at several. */
export interface PanelProduct {
  readonly rows: number
  readonly summed: number
  readonly weights: Weights
  readonly vector: Pick<Operand, 'base' | 'slot'> & { readonly step: number }
  /** One vector group an element, without gaps. */
  readonly result: { readonly base: Base; readonly slot: Slot }
  /** Vectors of four examples. */
  readonly vectors: number
  /** Time steps; 1 for the current one alone. */
  readonly count: Extent
  readonly fusedMultiplyAdd: boolean
  /** Threads do some of the tiles each. */
  readonly sharing: Sharing
}

/** The product in tiles of registers, inside blocks that stay in the caches. */
export function panelProduct(product: PanelProduct): { frame: Frame; code: Code } {
  const frame = new Frame()
  return { frame, code: new Writer(product, frame).write() }
}

class Writer {
  readonly #product: PanelProduct
  readonly #frame: Frame
  readonly #code = new Code()
  readonly #group: number
  readonly #sums: readonly (readonly number[])[]
  readonly #operands: readonly number[]
  readonly #weight: number
  readonly #tileWeights: number
  readonly #tileResult: number
  readonly #stepVector: number
  readonly #depth: number

  constructor(product: PanelProduct, frame: Frame) {
    this.#product = product
    this.#frame = frame
    this.#group = product.vectors * 16
    this.#sums = Array.from({ length: TILE }, () => [frame.local('v128'), frame.local('v128')])
    this.#operands = [frame.local('v128'), frame.local('v128')]
    this.#weight = frame.local('v128')
    ;[this.#tileWeights, this.#tileResult, this.#stepVector, this.#depth] = [
      this.#pointer(),
      this.#pointer(),
      this.#pointer(),
      this.#pointer(),
    ]
  }

  write(): Code {
    const { rows, summed, weights, vector, result, count, sharing } = this.#product
    const code = this.#code
    const [left, blockWeights, blockVector, rowWeights, rowResult, tilesLeft, tiles, blockTiles, first, end] =
      Array.from({ length: 10 }, () => this.#pointer()) as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ]
    const wholeTiles = Math.floor(rows / TILE),
      rest = rows % TILE
    const tilesInBlock = count === 1 ? wholeTiles : Math.max(1, Math.floor(BLOCK / Math.min(summed, DEPTH) / TILE))
    sharing.part(code, () => code.i32(wholeTiles), first, end)
    if (summed > DEPTH) this.#clear(first, end, rest)
    setPointer(code, blockWeights, weights.base)
    setPointer(code, blockVector, vector.base)
    code.i32(summed).set(left).loop()
    setMinimum(code, this.#depth, left, DEPTH)
    code.get(blockWeights).set(rowWeights)
    setPointer(code, rowResult, result.base)
    advanceBy(code, rowWeights, first, weights.tile)
    advanceBy(code, rowResult, first, TILE * this.#group)
    if (wholeTiles > 0) {
      code.get(end).get(first).op('i32.sub').tee(tilesLeft).if().loop()
      setMinimum(code, blockTiles, tilesLeft, tilesInBlock)
      this.#eachStep(blockVector, rowResult, () => {
        code.get(rowWeights).set(this.#tileWeights).get(blockTiles).set(tiles)
        code.countDown(tiles, () => {
          this.#tile(TILE)
          code.advance(this.#tileWeights, weights.tile).advance(this.#tileResult, TILE * this.#group)
        })
      })
      code
        .get(this.#tileWeights)
        .set(rowWeights)
        .get(blockTiles)
        .i32(TILE * this.#group)
        .op('i32.mul')
        .get(rowResult)
        .op('i32.add')
        .set(rowResult)
      code.get(tilesLeft).get(blockTiles).op('i32.sub').tee(tilesLeft).brIf(0).end().end()
    }
    if (rest > 0) {
      sharing.last(code, () => {
        this.#eachStep(blockVector, rowResult, () => {
          code.get(rowWeights).set(this.#tileWeights)
          this.#tile(rest)
        })
      })
    }
    code.advance(blockWeights, weights.block).advance(blockVector, DEPTH * vector.step)
    code.get(left).get(this.#depth).op('i32.sub').tee(left).brIf(0).end()
    return code
  }

  #pointer(): number {
    return this.#frame.local('i32')
  }

  /** Zeros the results of all steps: those of whole tiles from `first` up to `end`, and the `rest` behind the last. */
  #clear(first: number, end: number, rest: number): void {
    const { result, count, sharing } = this.#product
    const code = this.#code
    const at = this.#pointer(),
      steps = this.#pointer(),
      bytes = this.#pointer()
    setPointer(code, at, result.base)
    advanceBy(code, at, first, TILE * this.#group)
    code
      .get(end)
      .get(first)
      .op('i32.sub')
      .i32(TILE * this.#group)
      .op('i32.mul')
      .set(bytes)
    sharing.last(code, () => code.advance(bytes, rest * this.#group))
    pushExtent(code, count)
    code.set(steps).countDown(steps, () => code.get(at).i32(0).get(bytes).fill().advance(at, result.slot.bytes))
  }

  #eachStep(vector: number, result: number, body: () => void): void {
    const { count, ...product } = this.#product
    const code = this.#code
    code.get(vector).set(this.#stepVector).get(result).set(this.#tileResult)
    if (count === 1) {
      body()
      return
    }
    const steps = this.#pointer(),
      own = this.#pointer()
    code.get(result).set(own)
    pushExtent(code, count)
    code.set(steps).countDown(steps, () => {
      code.get(own).set(this.#tileResult)
      body()
      code.advance(this.#stepVector, product.vector.slot.bytes).advance(own, product.result.slot.bytes)
    })
  }

  /** `rows` rows of all examples, over one block of the sum. */
  #tile(rows: number): void {
    const { vectors, summed, weights, vector } = this.#product
    const code = this.#code
    const fromWeights = this.#pointer(),
      fromVector = this.#pointer(),
      left = this.#pointer()
    for (let first = 0; first < vectors; first += 2) {
      const columns = Math.min(2, vectors - first)
      const each = (visit: (sum: number, offset: number) => void): void => {
        for (let row = 0; row < rows; row++)
          for (let column = 0; column < columns; column++)
            visit(this.#sums[row]![column]!, row * this.#group + (first + column) * 16)
      }
      each((sum, offset) => {
        if (summed > DEPTH) code.get(this.#tileResult).memory('v128.load', offset).set(sum)
        else code.splatF32(0).set(sum)
      })
      code
        .get(this.#tileWeights)
        .set(fromWeights)
        .get(this.#stepVector)
        .set(fromVector)
        .get(this.#depth)
        .set(left)
        .loop()
      for (let column = 0; column < columns; column++)
        code
          .get(fromVector)
          .memory('v128.load', (first + column) * 16)
          .set(this.#operands[column]!)
      for (let row = 0; row < rows; row++) {
        code
          .get(fromWeights)
          .memory('v128.load32_splat', row * weights.row)
          .set(this.#weight)
        for (let column = 0; column < columns; column++) {
          code.get(this.#weight).get(this.#operands[column]!)
          multiplyAdd(code, this.#sums[row]![column]!, this.#product.fusedMultiplyAdd)
        }
      }
      code
        .advance(fromWeights, weights.step)
        .advance(fromVector, vector.step)
        .get(left)
        .i32(1)
        .op('i32.sub')
        .tee(left)
        .brIf(0)
        .end()
      each((sum, offset) => {
        code.get(this.#tileResult).get(sum).memory('v128.store', offset)
      })
    }
  }
}

export function setPointer(code: Code, local: number, base: Base): void {
  pushBase(code, base)
  code.i32(base.offset).op('i32.add').set(local)
}

/** Moves a pointer by `bytes` for each of `count`, a local. */
export const advanceBy = (code: Code, local: number, count: number, bytes: number): void => {
  code.get(local).get(count).i32(bytes).op('i32.mul').op('i32.add').set(local)
}

/** local = the smaller of `value` and `bound`. */
export const setMinimum = (code: Code, local: number, value: number, bound: number): void => {
  code.get(value).i32(bound).get(value).i32(bound).op('i32.lt_s').op('select').set(local)
}

/** Adds the product of the two vectors on the stack to `sum`. */
export function multiplyAdd(code: Code, sum: number, fused: boolean): void {
  if (fused) code.get(sum).vector('f32x4.relaxed_madd').set(sum)
  else code.vector('f32x4.mul').get(sum).vector('f32x4.add').set(sum)
}
