import { baseKey, strideKey, NO_SLOT, type Extent, type Storage, type Stride } from '../lowering/storage.ts'
import { rowKey, type Index, type RowChoice } from '../lowering/terms.ts'
import { Code, type Frame } from './assembler.ts'
import { pushBase, pushExtent, pushStride } from './push.ts'

/** A counted loop: `tile` elements are written out in its body, so the counter steps by `tile`. */
export interface Loop {
  readonly extent: Extent
  readonly tile: number
  /** The counter of an outer level, at which this one begins. */
  readonly from?: number
  /** The counter of an outer level, with which this one ends. */
  readonly upTo?: number
  /** Counts time steps: pointers advance by the storages' slots. */
  readonly time?: boolean
}

/** Code around the loops inside a level; level 0 is outside of all loops and has no counter of its own. */
interface Level {
  readonly head: Code
  readonly pointers: Code
  readonly tail: Code
  readonly increments: Code
  readonly counter: number
}

/** Where what is asked for lies: a local that holds a pointer, and a constant offset. */
export interface Address {
  readonly pointer: number
  readonly offset: number
}

const ZEROS = 0

/** Loops, and the pointers that they advance. */
export class Addresses {
  readonly #frame: Frame
  readonly #loops: readonly Loop[]
  readonly #levels: readonly Level[]
  readonly #pointers = new Map<string, number>()
  readonly #rowPointers = new Map<string, { local: number; level: number }>()

  constructor(loops: readonly Loop[], frame: Frame) {
    this.#frame = frame
    this.#loops = loops
    this.#levels = [undefined, ...loops].map(() => ({
      head: new Code(),
      pointers: new Code(),
      tail: new Code(),
      increments: new Code(),
      counter: frame.local('i32'),
    }))
  }

  /** Code that runs before the loops inside level `level`, and after them. */
  head(level: number): Code {
    return this.#levels[level]!.head
  }
  tail(level: number): Code {
    return this.#levels[level]!.tail
  }

  /** The loops round `body`, outermost first. */
  assemble(body: Code, level = 0): Code {
    const { head, pointers, tail } = this.#levels[level]!
    const code = new Code().append(head)
    if (level === this.#loops.length) return code.append(body).append(tail)
    const { extent, tile, from, upTo } = this.#loops[level]!
    const inner = this.#levels[level + 1]!
    const pushEnd = (): void => {
      if (upTo === undefined) pushExtent(code, extent)
      else code.get(this.#levels[upTo]!.counter).i32(1).op('i32.add')
    }
    code.append(pointers)
    if (from === undefined) code.i32(0)
    else code.get(this.#levels[from]!.counter)
    code.set(inner.counter).block()
    // Loops that begin or end with the counter of another one always run.
    if (typeof extent !== 'number' && from === undefined && upTo === undefined) {
      pushEnd()
      code.i32(0).op('i32.le_s').brIf(0)
    }
    code
      .loop()
      .append(this.assemble(body, level + 1))
      .append(inner.increments)
    code.get(inner.counter).i32(tile).op('i32.add').tee(inner.counter)
    pushEnd()
    code.op('i32.lt_s').brIf(0).end().end()
    return code.append(tail)
  }

  pushIndex(code: Code, { level, add }: Index): void {
    if (level === 0) code.i32(add)
    else code.get(this.#levels[level]!.counter).i32(add).op('i32.add')
  }

  /** Whether the loops leave out everything where the counter of `earlier` is beyond that of `later`. */
  inTriangle(later: number, earlier: number): boolean {
    return this.#loops[later - 1]?.from === earlier || this.#loops[earlier - 1]?.upTo === later
  }

  /** The innermost level whose counter moves the element at `index`. */
  levelOf(storage: Storage, index: readonly Index[]): number {
    return this.#strides(storage, index).findLastIndex(stride => stride !== 0) + 1
  }

  timeLevel(): number {
    return this.#loops.findIndex(loop => loop.time) + 1
  }

  /** The level at which a row is chosen. */
  rowLevel({ at, only }: RowChoice): number {
    return only ? only.asked.level : at === 'last' ? 0 : at.level
  }

  /** @param level where the address is needed: its loops have begun, and no deeper ones */
  element(storage: Storage, index: readonly Index[], level: number): Address {
    const strides = this.#strides(storage, index)
    if (strides.some((stride, k) => stride !== 0 && k + 1 > level))
      throw new TypeError('an address moves with a loop that is over')
    return {
      pointer: this.#pointer(baseKey(storage.base), code => pushBase(code, storage.base), strides),
      offset: storage.base.offset + offsetOf(storage, index),
    }
  }

  /** The element at `index` of the chosen row. */
  inRow(row: RowChoice, index: readonly Index[]): Address {
    // What has one row alone has no axis for rows.
    const inner = row.only ? 0 : 1
    const strides = this.#strides({ ...row.storage, slot: NO_SLOT }, index, inner)
    const { local, level } = this.#rowPointer(row, strides)
    const below = strides.map((stride, k) => (k < level ? 0 : stride))
    return { pointer: this.#pointer(`row${local}`, local, below), offset: offsetOf(row.storage, index, inner) }
  }

  /** Bytes that the pointer of `storage` moves by when each loop's counter grows by one. */
  #strides(storage: Storage, index: readonly Index[], from = 0): Stride[] {
    const strides = this.#loops.map((loop): Stride => (loop.time ? storage.slot.bytes : 0))
    index.forEach(({ level }, k) => {
      if (level === 0) return
      const [own, more] = [strides[level - 1]!, storage.strides[k + from]!]
      if (own === 0) strides[level - 1] = more
      else if (typeof own === 'number' && typeof more === 'number') strides[level - 1] = own + more
      else throw new TypeError('two axes of a tensor of pairs follow one loop')
    })
    return strides
  }

  /** A local that holds base + sum of counter * stride, kept up to date by the loops. */
  #pointer(key: string, base: number | ((code: Code) => void), strides: readonly Stride[]): number {
    const deepest = strides.findLastIndex(stride => stride !== 0)
    if (deepest < 0) {
      if (typeof base === 'number') return base
      return this.#remember(key, local => {
        base(this.head(0))
        this.head(0).set(local)
      })
    }
    return this.#remember(
      `${key}|${strides
        .slice(0, deepest + 1)
        .map(strideKey)
        .join()}`,
      local => {
        const outer = this.#pointer(key, base, strides.with(deepest, 0))
        const stride = strides[deepest]!
        const { tile, from } = this.#loops[deepest]!
        const { pointers } = this.#levels[deepest]!
        pointers.get(outer)
        if (from !== undefined) this.#addMoved(pointers, from, stride)
        pointers.set(local)
        const { increments } = this.#levels[deepest + 1]!
        increments.get(local)
        if (typeof stride === 'number') increments.i32(stride * tile)
        else pushStride(increments, stride)
        increments.op('i32.add').set(local)
      },
    )
  }

  /** Adds counter * stride to what is on the stack. */
  #addMoved(code: Code, level: number, stride: Stride): void {
    code.get(this.#levels[level]!.counter)
    pushStride(code, stride)
    code.op('i32.mul').op('i32.add')
  }

  #remember(key: string, make: (local: number) => void): number {
    const found = this.#pointers.get(key)
    if (found !== undefined) return found
    const local = this.#frame.local('i32')
    this.#pointers.set(key, local)
    make(local)
    return local
  }

  /** A pointer to the chosen row, at the level where the choice is made. */
  #rowPointer(row: RowChoice, outerStrides: readonly Stride[]): { local: number; level: number } {
    const level = this.rowLevel(row)
    const key = `${rowKey(row)}|${outerStrides.slice(0, level).map(strideKey).join()}`
    const found = this.#rowPointers.get(key)
    if (found) return found
    const local = this.#frame.local('i32'),
      at = this.#frame.local('i32')
    const code = this.head(level)
    this.#pushRowIndex(code, row)
    code.set(at)
    pushBase(code, row.storage.base)
    code.i32(row.storage.base.offset).op('i32.add')
    if (row.only) {
      code.i32(ZEROS).get(at)
      if (typeof row.only.row === 'number') code.i32(row.only.row)
      else pushLast(code, row.only.row.lastOf)
      code.op('i32.eq').op('select')
    } else {
      code.get(at)
      pushStride(code, row.storage.strides[0]!)
      code.op('i32.mul').op('i32.add')
      pushOtherRow(code, row, at)
      code.get(at)
      pushExtent(code, row.storage.extent)
      code.op('i32.lt_u').op('select')
    }
    outerStrides.slice(0, level).forEach((stride, k) => {
      if (stride !== 0) this.#addMoved(code, k + 1, stride)
    })
    code.set(local)
    const made = { local, level }
    this.#rowPointers.set(key, made)
    return made
  }

  #pushRowIndex(code: Code, row: RowChoice): void {
    const asked = row.only ? row.only.asked : row.at
    if (asked === 'last') pushLast(code, row.storage.extent)
    else this.pushIndex(code, asked)
    if (row.fromLast === undefined) return
    pushExtent(code, row.storage.extent)
    code.op('i32.add')
    pushExtent(code, row.fromLast)
    code.op('i32.sub')
  }
}

/** Bytes to the element at the constant parts of `index`. */
function offsetOf(storage: Storage, index: readonly Index[], from = 0): number {
  return index.reduce((sum, { add }, k) => {
    if (add === 0) return sum
    const stride = storage.strides[k + from]!
    if (typeof stride !== 'number') throw new TypeError('a row of a tensor of pairs cannot be read at a fixed distance')
    return sum + add * stride
  }, 0)
}

function pushLast(code: Code, extent: Extent): void {
  pushExtent(code, extent)
  code.i32(1).op('i32.sub')
}

/** Pushes a pointer to what stands for a row that is not there. */
function pushOtherRow(code: Code, { fill }: RowChoice, at: number): void {
  if (!fill) {
    code.i32(ZEROS)
    return
  }
  pushBase(code, fill.storage.base)
  code.i32(fill.storage.base.offset).op('i32.add').i32(ZEROS)
  code
    .get(at)
    .i32(0)
    .op(fill.side === 'above' ? 'i32.lt_s' : 'i32.ge_s')
    .op('select')
}
