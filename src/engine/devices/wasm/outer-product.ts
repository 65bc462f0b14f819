import { Code, Frame } from './assembler.ts'
import type { Operand } from '../lowering/linear.ts'
import { advanceBy, multiplyAdd, setPointer } from './panel-product.ts'
import type { Base, Extent } from '../lowering/storage.ts'
import { pushExtent } from './push.ts'
import type { Sharing } from './sharing.ts'

/** A tile of sums: with all operands of one step in vector registers it leaves none to be spilled. Rows, and columns in two vectors. */
const ROWS = 4,
  COLUMNS = 8
/** Time steps that one call takes at most: what is packed for so many still fits the caches. */
export const STEPS_TOGETHER = 24

/** gradient[row, column] += sum over steps and examples of rows[row] * columns[column]. */
export interface OuterProduct {
  readonly shape: readonly [number, number]
  readonly rows: Operand
  readonly columns: Operand
  readonly gradient: { readonly base: Base; readonly row: number }
  /** Vectors of four examples. */
  readonly vectors: number
  /** Time steps: at least 1 and at most `STEPS_TOGETHER`. */
  readonly count: Extent
  /** Room for `packedBytes`. */
  readonly packed: Base
  readonly fusedMultiplyAdd: boolean
  /** Threads pack some of the columns each, and then add to some of the rows each. */
  readonly sharing: Sharing
}

const panels = (columns: number): number => Math.ceil(columns / COLUMNS)
const rowBytes = (vectors: number): number => STEPS_TOGETHER * vectors * 4 * ROWS * 4

/** Bytes for the packed factors: one tile of rows for each of so many threads, and all columns with the examples outermost. */
export const packedBytes = (columns: number, vectors: number, threads: number): number =>
  threads * rowBytes(vectors) + STEPS_TOGETHER * vectors * 4 * panels(columns) * COLUMNS * 4

export function outerProduct(product: OuterProduct): { frame: Frame; code: Code } {
  const frame = new Frame()
  return { frame, code: new Writer(product, frame).write() }
}

class Writer {
  readonly #product: OuterProduct
  readonly #frame: Frame
  readonly #code = new Code()
  readonly #sums: readonly (readonly number[])[]
  readonly #vectors: readonly number[]
  readonly #steps: number
  readonly #panel: number
  readonly #gradient: number
  readonly #rows: number

  constructor(product: OuterProduct, frame: Frame) {
    this.#product = product
    this.#frame = frame
    this.#sums = Array.from({ length: ROWS }, () => [frame.local('v128'), frame.local('v128')])
    this.#vectors = Array.from({ length: 8 }, () => frame.local('v128'))
    ;[this.#steps, this.#panel, this.#gradient, this.#rows] = [
      this.#pointer(),
      this.#pointer(),
      this.#pointer(),
      this.#pointer(),
    ]
  }

  write(): Code {
    const {
      shape: [rows],
      rows: {
        base,
        along: [stride],
      },
      gradient,
      sharing,
    } = this.#product
    const code = this.#code
    const left = this.#pointer(),
      tileGradient = this.#pointer(),
      first = this.#pointer(),
      end = this.#pointer()
    this.#packColumns()
    sharing.barrier(code)
    sharing.part(code, () => code.i32(Math.floor(rows / ROWS)), first, end)
    setPointer(code, this.#rows, base)
    setPointer(code, tileGradient, gradient.base)
    advanceBy(code, this.#rows, first, ROWS * stride)
    advanceBy(code, tileGradient, first, ROWS * gradient.row)
    const tile = (size: number): void => {
      this.#packRows(size)
      code.get(tileGradient).set(this.#gradient)
      this.#tileRow(size)
      code.advance(this.#rows, size * stride).advance(tileGradient, size * gradient.row)
    }
    if (rows >= ROWS) {
      code.get(end).get(first).op('i32.sub').set(left)
      code.countDown(left, () => tile(ROWS))
    }
    if (rows % ROWS > 0) sharing.last(code, () => tile(rows % ROWS))
    return code
  }

  /** Where the packed columns lie, behind the rows. */
  get #panels(): Base {
    const { packed, vectors, sharing } = this.#product
    return { ...packed, offset: packed.offset + sharing.most * rowBytes(vectors) }
  }

  /** Points to this thread's packed rows. */
  #setPackedRows(local: number): void {
    const { packed, vectors, sharing } = this.#product
    setPointer(this.#code, local, packed)
    this.#code.get(local)
    sharing.own(this.#code, rowBytes(vectors))
    this.#code.set(local)
  }

  #pointer(): number {
    return this.#frame.local('i32')
  }

  #eachStep(body: () => void): void {
    pushExtent(this.#code, this.#product.count)
    this.#code.set(this.#steps).countDown(this.#steps, body)
  }

  /** The columns of all steps, transposed: panels of eight columns, in each of them one row an example and step. */
  #packColumns(): void {
    const {
      shape: [, columns],
      columns: {
        base,
        slot,
        along: [, stride],
      },
      vectors,
      count,
      sharing,
    } = this.#product
    const code = this.#code
    const from = this.#pointer(),
      first = this.#pointer(),
      to = this.#pointer(),
      left = this.#pointer(),
      begin = this.#pointer(),
      end = this.#pointer()
    sharing.part(code, () => code.i32(Math.floor(columns / COLUMNS)), begin, end)
    setPointer(code, first, base)
    setPointer(code, to, this.#panels)
    advanceBy(code, first, begin, COLUMNS * stride)
    code
      .get(to)
      .get(begin)
      .i32(vectors * 4 * COLUMNS * 4)
      .op('i32.mul')
    pushExtent(code, count)
    code.op('i32.mul').op('i32.add').set(to)
    const panel = (size: number): void => {
      code.get(first).set(from)
      this.#eachStep(() => {
        for (let v = 0; v < vectors; v++)
          for (let half = 0; half < COLUMNS; half += 4)
            this.#transpose(
              { from, offset: v * 16 + half * stride, stride, size: size - half },
              to,
              v * 4 * COLUMNS * 4 + half * 4,
              COLUMNS * 4,
            )
        code.advance(from, slot.bytes).advance(to, vectors * 4 * COLUMNS * 4)
      })
      code.advance(first, COLUMNS * stride)
    }
    if (columns >= COLUMNS) {
      code.get(end).get(begin).op('i32.sub').set(left)
      code.countDown(left, () => panel(COLUMNS))
    }
    if (columns % COLUMNS > 0) sharing.last(code, () => panel(columns % COLUMNS))
  }

  /** Four elements of four examples, zeros beyond `size`; examples then lie `bytes` apart. */
  #transpose(
    { from, offset, stride, size }: { from: number; offset: number; stride: number; size: number },
    to: number,
    place: number,
    bytes: number,
  ): void {
    const code = this.#code
    const [a, b, c, d, p, q, r, s] = this.#vectors as [number, number, number, number, number, number, number, number]
    ;[a, b, c, d].forEach((local, k) => {
      if (k < size)
        code
          .get(from)
          .memory('v128.load', offset + k * stride)
          .set(local)
      else code.splatF32(0).set(local)
    })
    code.get(a).get(b).shuffle(0, 4, 1, 5).set(p).get(a).get(b).shuffle(2, 6, 3, 7).set(q)
    code.get(c).get(d).shuffle(0, 4, 1, 5).set(r).get(c).get(d).shuffle(2, 6, 3, 7).set(s)
    const store = (example: number, x: number, y: number, pattern: readonly [number, number, number, number]): void => {
      code
        .get(to)
        .get(x)
        .get(y)
        .shuffle(...pattern)
        .memory('v128.store', place + example * bytes)
    }
    store(0, p, r, [0, 1, 4, 5])
    store(1, p, r, [2, 3, 6, 7])
    store(2, q, s, [0, 1, 4, 5])
    store(3, q, s, [2, 3, 6, 7])
  }

  /** One tile of rows of all steps, transposed: one vector an example and step. */
  #packRows(size: number): void {
    const {
      rows: {
        along: [stride],
        slot,
      },
      vectors,
    } = this.#product
    const code = this.#code
    const from = this.#pointer(),
      to = this.#pointer()
    code.get(this.#rows).set(from)
    this.#setPackedRows(to)
    this.#eachStep(() => {
      for (let v = 0; v < vectors; v++)
        this.#transpose({ from, offset: v * 16, stride, size }, to, v * 4 * ROWS * 4, ROWS * 4)
      code.advance(from, slot.bytes).advance(to, vectors * 4 * ROWS * 4)
    })
  }

  /** All columns of one tile of rows. */
  #tileRow(size: number): void {
    const {
      shape: [, columns],
    } = this.#product
    const code = this.#code
    const left = this.#pointer()
    setPointer(code, this.#panel, this.#panels)
    if (columns >= COLUMNS) {
      code.i32(Math.floor(columns / COLUMNS)).set(left)
      code.countDown(left, () => {
        this.#tile(size, COLUMNS)
        code.advance(this.#gradient, COLUMNS * 4)
      })
    }
    if (columns % COLUMNS > 0) this.#tile(size, columns % COLUMNS)
  }

  /** Leaves the panel's pointer at the next one. */
  #tile(size: number, columns: number): void {
    const { vectors, count, fusedMultiplyAdd } = this.#product
    const code = this.#code
    const from = this.#pointer()
    const [weight, ...operands] = this.#vectors as [number, ...number[]]
    const wide = Math.ceil(columns / 4)
    for (let row = 0; row < size; row++)
      for (let column = 0; column < wide; column++) code.splatF32(0).set(this.#sums[row]![column]!)
    this.#setPackedRows(from)
    pushExtent(code, count)
    code
      .i32(vectors * 4)
      .op('i32.mul')
      .set(this.#steps)
      .countDown(this.#steps, () => {
        for (let column = 0; column < wide; column++)
          code
            .get(this.#panel)
            .memory('v128.load', column * 16)
            .set(operands[column]!)
        for (let row = 0; row < size; row++) {
          code
            .get(from)
            .memory('v128.load32_splat', row * 4)
            .set(weight)
          for (let column = 0; column < wide; column++) {
            code.get(weight).get(operands[column]!)
            multiplyAdd(code, this.#sums[row]![column]!, fusedMultiplyAdd)
          }
        }
        code.advance(from, ROWS * 4).advance(this.#panel, COLUMNS * 4)
      })
    for (let row = 0; row < size; row++)
      for (let column = 0; column < wide; column++)
        this.#addTo(row, column * 4, Math.min(4, columns - column * 4), this.#sums[row]![column]!)
  }

  /** Adds the first `size` floats of `sum` to the gradient. */
  #addTo(row: number, column: number, size: number, sum: number): void {
    const code = this.#code
    const offset = row * this.#product.gradient.row + column * 4
    if (size === 4) {
      code
        .get(this.#gradient)
        .get(this.#gradient)
        .memory('v128.load', offset)
        .get(sum)
        .vector('f32x4.add')
        .memory('v128.store', offset)
      return
    }
    for (let k = 0; k < size; k++)
      code
        .get(this.#gradient)
        .get(this.#gradient)
        .memory('f32.load', offset + k * 4)
        .get(sum)
        .extract(k)
        .op('f32.add')
        .memory('f32.store', offset + k * 4)
  }
}
