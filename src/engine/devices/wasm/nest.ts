import type { Dim, Tensor } from '../../algebra/tensor.ts'
import { Addresses, type Loop } from './addresses.ts'
import { Code, type Frame } from './assembler.ts'
import type { Extent, Storage } from '../lowering/storage.ts'
import { isShared, TermKeys, termOf, type Index, type Term } from '../lowering/terms.ts'
import { writeUnary, type VectorMath } from './vector-math.ts'

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

/**
 * Code for a nest of loops whose body reads terms and writes results. Values that do not depend on an inner loop are computed
 * outside of it; addresses are pointers that the loops advance; equal terms are computed once.
 */
export class Nest {
  readonly frame: Frame
  readonly body = new Code()
  readonly #addresses: Addresses
  readonly #depth: number
  readonly #around: Surroundings
  readonly #uses: Map<string, number> | undefined
  readonly #counted = new Map<string, number>()
  readonly #locals = new Map<string, number>()
  readonly #terms = new Map<string, Term>()
  readonly #keys = new TermKeys()
  readonly #levels = new WeakMap<Term, number>()
  readonly #math: VectorMath

  /** @param uses how often each term is read, from a first dry run; without it every term gets a local */
  constructor(loops: readonly Loop[], around: Surroundings, frame: Frame, uses?: Map<string, number>) {
    this.frame = frame
    this.#addresses = new Addresses(loops, frame)
    this.#depth = loops.length
    this.#around = around
    this.#uses = uses
    this.#math = { multiplyAdd: code => this.#multiplyAdd(code) }
  }

  get uses(): Map<string, number> {
    return this.#counted
  }

  /** Code that runs before the loops inside level `level`, and after them. */
  head(level: number): Code {
    return this.#addresses.head(level)
  }
  tail(level: number): Code {
    return this.#addresses.tail(level)
  }

  term(tensor: Tensor, index: readonly Index[]): Term {
    const sources = { stored: this.#around.stored, extent: (dim: Dim) => extentOf(dim, this.#around) }
    return termOf(tensor, index, sources, this.#terms)
  }

  /** Pushes four floats of `term`, of vector group `v`, in the innermost body. */
  push(term: Term, v: number): void {
    this.#push(term, v, this.body, this.#depth)
  }

  /** Pushes what lies in `storage` at `index` plus `term`. */
  pushSum(storage: Storage, index: readonly Index[], term: Term, v: number): void {
    const level = this.#depth
    const pushOwn = (): void => {
      const { pointer, offset } = this.#addresses.element(storage, index, level)
      this.body.get(pointer).memory('v128.load', offset + v * 16)
    }
    const rest: Term[] = []
    const products: (Term & { kind: 'compute' })[] = []
    const taken = new Set<Term>()
    const take = (part: Term): void => {
      // A sum that is there several times is worked out once.
      const isSum = part.kind === 'compute' && part.op.kind === 'binary' && part.op.f === 'add' && !taken.has(part)
      taken.add(part)
      if (isSum) part.inputs.forEach(take)
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
    if (
      term.kind === 'compute' &&
      term.op.kind === 'binary' &&
      term.op.f === 'multiply' &&
      this.#levelOf(term) === this.#depth
    ) {
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
    const { pointer, offset } = this.#addresses.element(storage, index, level)
    code.get(pointer)
    write()
    if (storage.lanes) code.memory('v128.store', offset + v * 16)
    else code.extract(0).memory('f32.store', offset)
  }

  /** Adds the float that `write` pushes to the one at `index`. */
  addFloat(code: Code, level: number, storage: Storage, index: readonly Index[], write: () => void): void {
    const { pointer, offset } = this.#addresses.element(storage, index, level)
    code.get(pointer).get(pointer).memory('f32.load', offset)
    write()
    code.op('f32.add').memory('f32.store', offset)
  }

  /** The whole nest, outermost first. */
  assemble(): Code {
    return this.#addresses.assemble(this.body)
  }

  /** Stands for the local that holds a term: one for all examples, or one for each group of them. */
  #key(term: Term, v: number): string {
    return isShared(term) ? this.#keys.of(term) : `${this.#keys.of(term)}:${v}`
  }

  #push(term: Term, v: number, code: Code, level: number): void {
    if (term.kind === 'constant') {
      code.splatF32(term.value)
      return
    }
    const key = this.#key(term, v)
    this.#counted.set(key, (this.#counted.get(key) ?? 0) + 1)
    const known = this.#locals.get(key)
    if (known !== undefined) {
      code.get(known)
      return
    }
    const own = this.#levelOf(term)
    if (own < level) {
      const local = this.frame.local('v128')
      const head = this.head(own)
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
    const found = this.#levels.get(term)
    if (found !== undefined) return found
    const level = this.#findLevel(term)
    this.#levels.set(term, level)
    return level
  }

  #findLevel(term: Term): number {
    const deepest = (levels: readonly number[]): number => Math.max(0, ...levels)
    switch (term.kind) {
      case 'constant':
      case 'scalar':
        return 0
      case 'load':
        return this.#addresses.levelOf(term.storage, term.index)
      case 'rowLoad':
        return Math.max(this.#addresses.rowLevel(term.row), deepest(term.index.map(({ level }) => level)))
      case 'symbol':
        return Math.max(term.index.level, this.#addresses.timeLevel())
      case 'index':
        return term.index.level
      case 'compute':
        return deepest(term.inputs.map(input => this.#levelOf(input)))
    }
  }

  #write(term: Term, v: number, code: Code, level: number): void {
    switch (term.kind) {
      case 'constant':
        throw new TypeError('constants are pushed, not written')
      case 'scalar':
        code.get(this.#around.scalars[term.name]!).vector('f32x4.splat')
        return
      case 'load': {
        const { pointer, offset } = this.#addresses.element(term.storage, term.index, level)
        code.get(pointer)
        if (term.storage.lanes) code.memory('v128.load', offset + v * 16)
        else code.memory('v128.load32_splat', offset)
        if (term.storage.triangular) this.#maskPair(term.index, code)
        return
      }
      case 'rowLoad': {
        const { pointer, offset } = this.#addresses.inRow(term.row, term.index)
        code.get(pointer).memory('v128.load', offset + v * 16)
        return
      }
      case 'symbol':
        this.#writeMask(term, v, code, level)
        code.splatF32(1).vector('v128.and')
        return
      case 'index':
        this.#addresses.pushIndex(code, term.index)
        code.vector('i32x4.splat').vector('f32x4.convert_i32x4_s')
        return
      case 'compute':
        this.#writeCompute(term, v, code, level)
    }
  }

  /** Zero where the second row of a pair is the later one, unless the loops leave such pairs out. */
  #maskPair([first, second]: readonly Index[], code: Code): void {
    if (this.#addresses.inTriangle(first!.level, second!.level)) return
    this.#addresses.pushIndex(code, second!)
    this.#addresses.pushIndex(code, first!)
    code.op('i32.le_s').vector('i32x4.splat').vector('i32x4.neg').vector('v128.and')
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
      case 'add':
      case 'subtract': {
        const product = [b, a].find(input => (op.f === 'add' || input === b) && this.#fusable(input, v, level))
        if (product && product.kind === 'compute') {
          push(product.inputs[0]!)
          push(product.inputs[1]!)
          push(product === b ? a : b)
          if (op.f === 'add') this.#multiplyAdd(code)
          else this.#negativeMultiplyAdd(code)
          return
        }
        push(a)
        push(b)
        code.vector(op.f === 'add' ? 'f32x4.add' : 'f32x4.sub')
        return
      }
      case 'multiply':
        push(a)
        push(b)
        code.vector('f32x4.mul')
        return
      case 'divide':
        push(a)
        push(b)
        code.vector('f32x4.div')
        return
      case 'maximum':
        push(a)
        push(b)
        code.vector('f32x4.pmax')
        return
      case 'minimum':
        push(a)
        push(b)
        code.vector('f32x4.pmin')
        return
      default:
        this.#writeMask(term, v, code, level)
        code.splatF32(1).vector('v128.and')
    }
  }

  /** A product that nobody else reads and that is computed right here can be added in the same instruction. */
  #fusable(term: Term, v: number, level: number): boolean {
    if (
      term.kind !== 'compute' ||
      term.op.kind !== 'binary' ||
      term.op.f !== 'multiply' ||
      this.#levelOf(term) !== level
    )
      return false
    return this.#uses?.get(this.#key(term, v)) === 1
  }

  /** Pushes all ones where the condition holds, else zeros. */
  #writeMask(term: Term, v: number, code: Code, level: number): void {
    if (term.kind === 'symbol') {
      const { pointer, offset } = this.#addresses.element(this.#around.symbols[term.which], [], level)
      code.get(pointer).memory('v128.load', offset + v * 16)
      this.#addresses.pushIndex(code, term.index)
      code.vector('i32x4.splat').vector('i32x4.eq')
    } else if (
      term.kind === 'compute' &&
      term.op.kind === 'binary' &&
      (term.op.f === 'greater' || term.op.f === 'equal')
    ) {
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
    const c = this.frame.local('v128'),
      product = this.frame.local('v128')
    code.set(c).vector('f32x4.mul').set(product).get(c).get(product).vector('f32x4.sub')
  }
}

/** How many there are along an axis. */
export const extentOf = (dim: Dim, { rows }: Pick<Surroundings, 'rows'>): Extent =>
  typeof dim === 'number' ? dim : { global: rows[dim] }
