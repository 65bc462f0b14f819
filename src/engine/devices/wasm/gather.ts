import { Code, Frame } from './assembler.ts'
import type { Operand } from '../lowering/linear.ts'
import { setPointer } from './panel-product.ts'
import type { Base, Extent, Slot } from '../lowering/storage.ts'
import { pushBase, pushExtent } from './push.ts'

interface Place {
  readonly base: Base
  readonly slot: Slot
}

/** For each example what its symbol stands for in a table: elements `stride` bytes apart, symbols `symbol` bytes apart. */
interface Picked {
  readonly size: number
  readonly table: { readonly base: Base; readonly stride: number; readonly symbol: number }
  /** Symbols as whole numbers, one an example. */
  readonly symbols: Place
  /** Vectors of four examples. */
  readonly vectors: number
}

/** Copies each example's elements to `result`, one vector group an element, at the current step. */
export function gather({ size, table, symbols, vectors, result }: Picked & { readonly result: Place }): {
  frame: Frame
  code: Code
} {
  const frame = new Frame(),
    code = new Code()
  const left = frame.local('i32'),
    to = frame.local('i32'),
    from = [0, 1, 2, 3].map(() => frame.local('i32'))
  for (let example = 0; example < vectors * 4; example += 4) {
    from.forEach((local, k) => pushEntry(code, table, symbols, example + k, local))
    setPointer(code, to, result.base)
    code
      .advance(to, example * 4)
      .i32(size)
      .set(left)
    code.countDown(left, () => {
      from.forEach((local, k) =>
        code
          .get(to)
          .get(local)
          .memory('f32.load', 0)
          .memory('f32.store', k * 4)
          .advance(local, table.stride),
      )
      code.advance(to, vectors * 16)
    })
  }
  return { frame, code }
}

/** Adds each example's elements of `given` to its symbol's place in the table, step by step. */
export function scatter({
  size,
  table,
  symbols,
  vectors,
  given,
  count,
}: Picked & { readonly given: Operand & { readonly stride: number }; readonly count: Extent }): {
  frame: Frame
  code: Code
} {
  const frame = new Frame(),
    code = new Code()
  const [steps, step, example, left, from, to] = Array.from({ length: 6 }, () => frame.local('i32')) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const symbol = frame.local('i32')
  setPointer(code, step, given.base)
  setPointer(code, symbol, symbols.base)
  pushExtent(code, count)
  code.set(steps).countDown(steps, () => {
    code.get(step).set(example)
    for (let k = 0; k < vectors * 4; k++) {
      code
        .get(symbol)
        .memory('i32.load', k * 4)
        .i32(table.symbol)
        .op('i32.mul')
        .i32(table.base.offset)
        .op('i32.add')
        .set(to)
      code
        .get(example)
        .i32(k * 4)
        .op('i32.add')
        .set(from)
        .i32(size)
        .set(left)
      code.countDown(left, () => {
        code.get(to).get(to).memory('f32.load', 0).get(from).memory('f32.load', 0).op('f32.add').memory('f32.store', 0)
        code.advance(to, table.stride).advance(from, given.stride)
      })
    }
    code.advance(step, given.slot.bytes).advance(symbol, symbols.slot.bytes)
  })
  return { frame, code }
}

function pushEntry(code: Code, table: Picked['table'], symbols: Place, example: number, into: number): void {
  pushBase(code, symbols.base)
  code
    .memory('i32.load', symbols.base.offset + example * 4)
    .i32(table.symbol)
    .op('i32.mul')
    .i32(table.base.offset)
    .op('i32.add')
    .set(into)
}
