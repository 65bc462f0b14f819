import type { Dim, Tensor } from '../../algebra/tensor.ts'
import { Code, type Frame } from './assembler.ts'
import { baseKey, NO_SLOT, pushBase, pushExtent, pushStride, strideKey, type Extent, type Storage, type Stride } from './storage.ts'
import { indexKey, isShared, rowKey, termKey, termOf, type Index, type RowChoice, type Term } from './terms.ts'
import { writeUnary, type VectorMath } from './vector-math.ts'

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

/** What a nest must know about its surroundings. */
export interface Surroundings {
  /** Vectors of four examples. */
  readonly vectors: number
  readonly fusedMultiplyAdd: boolean
  stored(tensor: Tensor): Storage | undefined
  /** Where a reshaped view of something stored lies. */
  reshaped(tensor: Tensor): Storage | undefined
  /** Symbols as whole numbers, one for each lane, of the step's input and target. */
  readonly symbols: Readonly<Record<'input' | 'target', Storage>>
  /** Globals that hold the rows of a growing memory. */
  readonly rows: Readonly<Record<'before' | 'after', number>>
  /** Function parameters (f32) that hold scalars. */
  readonly scalars: Readonly<Record<string, number>>
}

interface Level { readonly head: Code, readonly pointers: Code, readonly tail: Code, readonly increments: Code, readonly counter: number }

const ZEROS = 0

/**
 * Code for a nest of loops whose body reads terms and writes results. Values that do not depend on an inner loop are computed
 * outside of it; addresses are pointers that the loops advance; equal terms are computed once.
 */
export class Nest {
  readonly frame: Frame
  readonly body = new Code()
  readonly #levels: Level[]
  readonly #loops: readonly Loop[]
  readonly #around: Surroundings
  readonly #uses: Map<string, number> | undefined
  readonly #counted = new Map<string, number>()
  readonly #locals = new Map<string, number>()
  readonly #pointers = new Map<string, number>()
  readonly #rowPointers = new Map<string, { local: number, level: number }>()
  readonly #terms = new Map<string, Term>()
  readonly #keys = new WeakMap<Term, string>()
  readonly #math: VectorMath

  /** @param uses how often each term is read, from a first dry run; without it every term gets a local */
  constructor(loops: readonly Loop[], around: Surroundings, frame: Frame, uses?: Map<string, number>) {
    this.frame = frame
    this.#loops = loops
    this.#around = around
    this.#uses = uses
    this.#levels = [undefined, ...loops].map(() => ({ head: new Code(), pointers: new Code(), tail: new Code(), increments: new Code(), counter: frame.local('i32') }))
    this.#math = { multiplyAdd: code => this.#multiplyAdd(code) }
  }

  get uses(): Map<string, number> { return this.#counted }

  /** Code that runs before the loops inside level `level`, and after them. */
  head(level: number): Code { return this.#levels[level]!.head }
  tail(level: number): Code { return this.#levels[level]!.tail }

  term(tensor: Tensor, index: readonly Index[]): Term {
    const key = `${tensor.id}[${indexKey(index)}]`
    const found = this.#terms.get(key)
    if (found) return found
    const term = termOf(tensor, index, { stored: this.#around.stored, extent: dim => extentOf(dim, this.#around) })
    this.#terms.set(key, term)
    return term
  }

  /** Pushes four floats of `term`, of vector group `v`, in the innermost body. */
  push(term: Term, v: number): void { this.#push(term, v, this.body, this.#loops.length) }

  /** Pushes what lies in `storage` at `index` plus `term`. */
  pushSum(storage: Storage, index: readonly Index[], term: Term, v: number): void {
    const level = this.#loops.length
    const pushOwn = (): void => {
      const { pointer, offset } = this.#address(storage, index, level)
      this.body.get(pointer).memory('v128.load', offset + v * 16)
    }
    const rest: Term[] = []
    const products: (Term & { kind: 'compute' })[] = []
    const take = (part: Term): void => {
      if (part.kind === 'compute' && part.op.kind === 'binary' && part.op.f === 'add') part.inputs.forEach(take)
      else if (this.#fusable(part, v, level) && part.kind === 'compute') products.push(part)
      else rest.push(part)
    }
    take(term)
    pushOwn()
    for (const part of rest) {
      this.push(part, v)
      this.body.vector('f32x4.add')
    }
    for (const { inputs } of products) {
      const sum = this.frame.local('v128')
      this.body.set(sum)
      this.push(inputs[0]!, v)
      this.push(inputs[1]!, v)
      this.body.get(sum)
      this.#multiplyAdd(this.body)
    }
  }

  /** accumulator + term, into the accumulator. */
  accumulate(accumulator: number, term: Term, v: number): void {
    const code = this.body
    if (term.kind === 'compute' && term.op.kind === 'binary' && term.op.f === 'multiply' && this.#levelOf(term) === this.#loops.length) {
      this.push(term.inputs[0]!, v)
      this.push(term.inputs[1]!, v)
      code.get(accumulator)
      this.#multiplyAdd(code)
    } else {
      this.push(term, v)
      code.get(accumulator).vector('f32x4.add')
    }
    code.set(accumulator)
  }

  /** Writes the local `value` (or what is on the stack) to `storage` at `index`, in the given piece of code of level `level`. */
  store(code: Code, level: number, storage: Storage, index: readonly Index[], v: number, write: () => void): void {
    const { pointer, offset } = this.#address(storage, index, level)
    code.get(pointer)
    write()
    code.memory('v128.store', offset + v * 16)
  }

  /** Adds the float that `write` pushes to the one at `index`. */
  addFloat(code: Code, level: number, storage: Storage, index: readonly Index[], write: () => void): void {
    const { pointer, offset } = this.#address(storage, index, level)
    code.get(pointer).get(pointer).memory('f32.load', offset)
    write()
    code.op('f32.add').memory('f32.store', offset)
  }

  /** The whole nest, outermost first. */
  assemble(level = 0): Code {
    const { head, pointers, tail } = this.#levels[level]!
    const code = new Code().append(head)
    if (level === this.#loops.length) return code.append(this.body).append(tail)
    const loop = this.#loops[level]!
    const inner = this.#levels[level + 1]!
    code.append(pointers)
    if (loop.from === undefined) code.i32(0)
    else code.get(this.#levels[loop.from]!.counter)
    code.set(inner.counter).block()
    const pushEnd = (): void => {
      if (loop.upTo === undefined) pushExtent(code, loop.extent)
      else code.get(this.#levels[loop.upTo]!.counter).i32(1).op('i32.add')
    }
    if (typeof loop.extent !== 'number' && loop.upTo === undefined && loop.from === undefined) {
      pushEnd()
      code.i32(0).op('i32.le_s').brIf(0)
    }
    code.loop().append(this.assemble(level + 1)).append(inner.increments)
    code.get(inner.counter).i32(loop.tile).op('i32.add').tee(inner.counter)
    pushEnd()
    code.op('i32.lt_s').brIf(0).end().end()
    return code.append(tail)
  }

  #key(term: Term): string {
    const found = this.#keys.get(term)
    if (found !== undefined) return found
    const key = termKey(term)
    this.#keys.set(term, key)
    return key
  }

  #push(term: Term, v: number, code: Code, level: number): void {
    if (term.kind === 'constant') {
      code.splatF32(term.value)
      return
    }
    const key = isShared(term) ? this.#key(term) : `${this.#key(term)}:${v}`
    this.#counted.set(key, (this.#counted.get(key) ?? 0) + 1)
    const known = this.#locals.get(key)
    if (known !== undefined) {
      code.get(known)
      return
    }
    const own = this.#levelOf(term)
    if (own < level) {
      const local = this.frame.local('v128')
      const { head } = this.#levels[own]!
      this.#write(term, v, head, own)
      head.set(local)
      this.#locals.set(key, local)
      code.get(local)
      return
    }
    this.#write(term, v, code, level)
    if (this.#uses && this.#uses.get(key) === 1) return
    const local = this.frame.local('v128')
    code.tee(local)
    this.#locals.set(key, local)
  }

  #levelOf(term: Term): number {
    const deepest = (levels: readonly number[]): number => Math.max(0, ...levels)
    switch (term.kind) {
      case 'constant': case 'scalar': return 0
      case 'load': return deepest(this.#strides(term.storage, term.index).map((stride, k) => stride === 0 ? 0 : k + 1))
      case 'rowLoad': return Math.max(this.#rowLevel(term.row), deepest(term.index.map(({ level }) => level)))
      case 'symbol': return Math.max(term.index.level, this.#timeLevel())
      case 'index': return term.index.level
      case 'compute': return deepest(term.inputs.map(input => this.#levelOf(input)))
    }
  }

  #timeLevel(): number { return this.#loops.findIndex(loop => loop.time) + 1 }

  #rowLevel({ at, only }: RowChoice): number { return only ? only.asked.level : at === 'last' ? 0 : at.level }

  /** Bytes that the pointer of `storage` moves by when each loop's counter grows by one. */
  #strides(storage: Storage, index: readonly Index[], from = 0): Stride[] {
    const strides = this.#loops.map((loop): Stride => loop.time ? storage.slot.bytes : 0)
    index.forEach(({ level }, k) => {
      if (level === 0) return
      const [own, more] = [strides[level - 1]!, storage.strides[k + from]!]
      if (own === 0) strides[level - 1] = more
      else if (typeof own === 'number' && typeof more === 'number') strides[level - 1] = own + more
      else throw new TypeError('two axes of a tensor of pairs follow one loop')
    })
    return strides
  }

  /** Bytes to the element at the constant parts of `index`. */
  #offset(storage: Storage, index: readonly Index[], from = 0): number {
    return index.reduce((sum, { add }, k) => {
      if (add === 0) return sum
      const stride = storage.strides[k + from]!
      if (typeof stride !== 'number') throw new TypeError('a row of a tensor of pairs cannot be read at a fixed distance')
      return sum + add * stride
    }, 0)
  }

  #address(storage: Storage, index: readonly Index[], level: number): { pointer: number, offset: number } {
    const offset = storage.base.offset + this.#offset(storage, index)
    const strides = this.#strides(storage, index)
    if (strides.some((stride, k) => stride !== 0 && k + 1 > level)) throw new TypeError('an address moves with a loop that is over')
    return { pointer: this.#pointer(baseKey(storage.base), code => pushBase(code, storage.base), 0, strides), offset }
  }

  /** A local that holds base + sum of counter * stride, kept up to date by the loops. */
  #pointer(key: string, base: number | ((code: Code) => void), baseLevel: number, strides: readonly Stride[]): number {
    const deepest = strides.findLastIndex(stride => stride !== 0)
    if (deepest < 0) {
      if (typeof base === 'number') return base
      return this.#remember(this.#pointers, key, local => {
        base(this.#levels[0]!.head)
        this.#levels[0]!.head.set(local)
      })
    }
    return this.#remember(this.#pointers, `${key}|${strides.slice(0, deepest + 1).map(strideKey).join()}`, local => {
      const outer = this.#pointer(key, base, baseLevel, strides.with(deepest, 0))
      const stride = strides[deepest]!
      const { tile, from } = this.#loops[deepest]!
      const { pointers } = this.#levels[deepest]!
      pointers.get(outer)
      if (from !== undefined) {
        pointers.get(this.#levels[from]!.counter)
        pushStride(pointers, stride)
        pointers.op('i32.mul').op('i32.add')
      }
      pointers.set(local)
      const { increments } = this.#levels[deepest + 1]!
      increments.get(local)
      if (typeof stride === 'number') increments.i32(stride * tile)
      else pushStride(increments, stride)
      increments.op('i32.add').set(local)
    })
  }

  #remember(table: Map<string, number>, key: string, make: (local: number) => void): number {
    const found = table.get(key)
    if (found !== undefined) return found
    const local = this.frame.local('i32')
    table.set(key, local)
    make(local)
    return local
  }

  /** A pointer to the chosen row, at the level where the choice is made. */
  #rowPointer(row: RowChoice, outerStrides: readonly Stride[]): { local: number, level: number } {
    const level = this.#rowLevel(row)
    const key = `${rowKey(row)}|${outerStrides.slice(0, level).map(strideKey).join()}`
    const found = this.#rowPointers.get(key)
    if (found) return found
    const local = this.frame.local('i32'), at = this.frame.local('i32')
    const code = this.#levels[level]!.head
    const asked = row.only ? row.only.asked : row.at
    if (asked === 'last') {
      pushExtent(code, row.storage.extent)
      code.i32(1).op('i32.sub')
    } else this.#pushIndex(code, asked)
    if (row.fromLast !== undefined) {
      pushExtent(code, row.storage.extent)
      code.op('i32.add')
      pushExtent(code, row.fromLast)
      code.op('i32.sub')
    }
    code.set(at)
    if (row.only) {
      pushBase(code, row.storage.base)
      if (row.storage.base.offset) code.i32(row.storage.base.offset).op('i32.add')
      code.i32(ZEROS).get(at)
      if (typeof row.only.row === 'number') code.i32(row.only.row)
      else {
        pushExtent(code, row.only.row.lastOf)
        code.i32(1).op('i32.sub')
      }
      code.op('i32.eq').op('select')
    } else {
      pushBase(code, row.storage.base)
      code.i32(row.storage.base.offset).op('i32.add').get(at)
      pushStride(code, row.storage.strides[0]!)
      code.op('i32.mul').op('i32.add')
      this.#pushOtherRow(code, row, at)
      code.get(at)
      pushExtent(code, row.storage.extent)
      code.op('i32.lt_u').op('select')
    }
    outerStrides.slice(0, level).forEach((stride, k) => {
      if (stride === 0) return
      code.get(this.#levels[k + 1]!.counter)
      pushStride(code, stride)
      code.op('i32.mul').op('i32.add')
    })
    code.set(local)
    const made = { local, level }
    this.#rowPointers.set(key, made)
    return made
  }

  #pushOtherRow(code: Code, { fill }: RowChoice, at: number): void {
    if (!fill) {
      code.i32(ZEROS)
      return
    }
    pushBase(code, fill.storage.base)
    code.i32(fill.storage.base.offset).op('i32.add').i32(ZEROS)
    code.get(at).i32(0).op(fill.side === 'above' ? 'i32.lt_s' : 'i32.ge_s').op('select')
  }

  #write(term: Term, v: number, code: Code, level: number): void {
    switch (term.kind) {
      case 'constant': throw new TypeError('constants are pushed, not written')
      case 'scalar': code.get(this.#around.scalars[term.name]!).vector('f32x4.splat'); return
      case 'load': {
        const { pointer, offset } = this.#address(term.storage, term.index, level)
        code.get(pointer)
        if (term.storage.lanes) code.memory('v128.load', offset + v * 16)
        else code.memory('v128.load32_splat', offset)
        if (term.storage.triangular) this.#maskPair(term.index, code)
        return
      }
      case 'rowLoad': {
        const inner = term.row.only ? 0 : 1
        const strides = this.#strides({ ...term.row.storage, slot: NO_SLOT }, term.index, inner)
        const { local, level: rowLevel } = this.#rowPointer(term.row, strides)
        const below = strides.map((stride, k) => k < rowLevel ? 0 : stride)
        const offset = this.#offset(term.row.storage, term.index, inner)
        code.get(this.#pointer(`row${local}`, local, rowLevel, below)).memory('v128.load', offset + v * 16)
        return
      }
      case 'symbol': this.#writeMask(term, v, code, level); code.splatF32(1).vector('v128.and'); return
      case 'index': this.#pushIndex(code, term.index); code.vector('i32x4.splat').vector('f32x4.convert_i32x4_s'); return
      case 'compute': this.#writeCompute(term, v, code, level)
    }
  }

  /** Zero where the second row of a pair is the later one, unless the loops leave such pairs out. */
  #maskPair([first, second]: readonly Index[], code: Code): void {
    const later = first!.level, earlier = second!.level
    if (this.#loops[later - 1]?.from === earlier || this.#loops[earlier - 1]?.upTo === later) return
    this.#pushIndex(code, second!)
    this.#pushIndex(code, first!)
    code.op('i32.le_s').vector('i32x4.splat').vector('i32x4.neg').vector('v128.and')
  }

  #pushIndex(code: Code, { level, add }: Index): void {
    if (level === 0) code.i32(add)
    else code.get(this.#levels[level]!.counter).i32(add).op('i32.add')
  }

  #writeCompute(term: Term & { kind: 'compute' }, v: number, code: Code, level: number): void {
    const { op, inputs } = term
    const push = (input: Term): void => this.#push(input, v, code, level)
    if (op.kind === 'where') {
      const [condition, a, b] = inputs as [Term, Term, Term]
      push(a)
      if (b.kind === 'constant' && b.value === 0) {
        this.#writeMask(condition, v, code, level)
        code.vector('v128.and')
        return
      }
      push(b)
      this.#writeMask(condition, v, code, level)
      code.vector('v128.bitselect')
      return
    }
    if (op.kind === 'unary') {
      push(inputs[0]!)
      writeUnary(op.f, this.#math, code, this.frame)
      return
    }
    const [a, b] = inputs as [Term, Term]
    switch (op.f) {
      case 'add': case 'subtract': {
        const product = [b, a].find(input => (op.f === 'add' || input === b) && this.#fusable(input, v, level))
        if (product && product.kind === 'compute') {
          push(product.inputs[0]!)
          push(product.inputs[1]!)
          push(product === b ? a : b)
          if (op.f === 'add') this.#multiplyAdd(code)
          else this.#negativeMultiplyAdd(code)
          return
        }
        push(a); push(b); code.vector(op.f === 'add' ? 'f32x4.add' : 'f32x4.sub')
        return
      }
      case 'multiply': push(a); push(b); code.vector('f32x4.mul'); return
      case 'divide': push(a); push(b); code.vector('f32x4.div'); return
      case 'maximum': push(a); push(b); code.vector('f32x4.pmax'); return
      case 'minimum': push(a); push(b); code.vector('f32x4.pmin'); return
      default:
        this.#writeMask(term, v, code, level)
        code.splatF32(1).vector('v128.and')
    }
  }

  /** A product that nobody else reads and that is computed right here can be added in the same instruction. */
  #fusable(term: Term, v: number, level: number): boolean {
    if (term.kind !== 'compute' || term.op.kind !== 'binary' || term.op.f !== 'multiply' || this.#levelOf(term) !== level) return false
    const key = isShared(term) ? this.#key(term) : `${this.#key(term)}:${v}`
    return this.#uses?.get(key) === 1
  }

  /** Pushes all ones where the condition holds, else zeros. */
  #writeMask(term: Term, v: number, code: Code, level: number): void {
    if (term.kind === 'symbol') {
      const { pointer, offset } = this.#address(this.#around.symbols[term.which], [], level)
      code.get(pointer).memory('v128.load', offset + v * 16)
      this.#pushIndex(code, term.index)
      code.vector('i32x4.splat').vector('i32x4.eq')
    } else if (term.kind === 'compute' && term.op.kind === 'binary' && (term.op.f === 'greater' || term.op.f === 'equal')) {
      for (const input of term.inputs) this.#push(input, v, code, level)
      code.vector(term.op.f === 'greater' ? 'f32x4.gt' : 'f32x4.eq')
    } else {
      this.#push(term, v, code, level)
      code.splatF32(0).vector('f32x4.ne')
    }
  }

  #multiplyAdd(code: Code): void {
    if (this.#around.fusedMultiplyAdd) {
      code.vector('f32x4.relaxed_madd')
      return
    }
    const c = this.frame.local('v128')
    code.set(c).vector('f32x4.mul').get(c).vector('f32x4.add')
  }

  /** c - a * b from a, b, c. */
  #negativeMultiplyAdd(code: Code): void {
    if (this.#around.fusedMultiplyAdd) {
      code.vector('f32x4.relaxed_nmadd')
      return
    }
    const c = this.frame.local('v128'), product = this.frame.local('v128')
    code.set(c).vector('f32x4.mul').set(product).get(c).get(product).vector('f32x4.sub')
  }
}

/** How many there are along an axis. */
export const extentOf = (dim: Dim, { rows }: Pick<Surroundings, 'rows'>): Extent => typeof dim === 'number' ? dim : { global: rows[dim] }
