import type { BinaryFunction, UnaryFunction } from '../../algebra/tensor.ts'
import type { Extent, Storage, Stride } from '../lowering/storage.ts'
import { TermKeys, type Index, type RowChoice, type Term } from '../lowering/terms.ts'
import type { Layout } from './layout.ts'

/** The largest float32: WGSL has no way to write an infinity. */
const LARGEST = '3.4028234e38f'

export function literal(value: number): string {
  const single = Math.fround(value)
  if (Number.isFinite(single)) return single < 0 || Object.is(single, -0) ? `(${single}f)` : `${single}f`
  if (Number.isNaN(single)) throw new TypeError('a graph holds a constant that is no number')
  return single < 0 ? `(-${LARGEST})` : LARGEST
}

const UNARY: Record<UnaryFunction, (x: string) => string> = {
  negate: x => `(-${x})`,
  exp: x => `exp(${x})`,
  log: x => `log(${x})`,
  tanh: x => `tangent(${x})`,
  sigmoid: x => `sigmoid(${x})`,
  relu: x => `max(${x}, 0f)`,
  sqrt: x => `sqrt(${x})`,
  reciprocal: x => `(1f / ${x})`,
  detach: x => x,
}

const BINARY: Record<BinaryFunction, (a: string, b: string) => string> = {
  add: (a, b) => `(${a} + ${b})`,
  subtract: (a, b) => `(${a} - ${b})`,
  multiply: (a, b) => `(${a} * ${b})`,
  divide: (a, b) => `(${a} / ${b})`,
  maximum: (a, b) => `max(${a}, ${b})`,
  minimum: (a, b) => `min(${a}, ${b})`,
  greater: (a, b) => `select(0f, 1f, ${a} > ${b})`,
  equal: (a, b) => `select(0f, 1f, ${a} == ${b})`,
}

/**
 * Functions that shaders call. WGSL's own `tanh` may be made of `sinh` and `cosh`, which overflow, and loses what is near zero:
 * there it is the Taylor series, whose next term is below half a unit in the last place.
 */
export const MATHS = `
fn sigmoid(x: f32) -> f32 { return 1f / (1f + exp(-max(x, -80f))); }
fn tangent(x: f32) -> f32 {
  let s = x * x;
  let near = x * (1f + s * (-0.33333334f + s * (0.13333334f + s * (-0.053968254f + s * 0.021869488f))));
  let e = exp(-2f * min(abs(x), 20f));
  return select(sign(x) * (1f - e) / (1f + e), near, abs(x) < 0.25f);
}`

export interface Around {
  readonly layout: Layout
  /** The array of the shader that a storage lies in. */
  array(storage: Storage): string
  /** How a number that all elements share is read. */
  scalar(name: string): string
  /** Called for each storage that is read. */
  reads?(storage: Storage): void
}

/** Factors of dropout lie with the symbols, where there are any. */
export const maskName = (k: number): string => `mask${k}`
export const isMask = (name: string): boolean => /^mask\d/.test(name)

/** Statements of one scope that compute terms; equal terms are computed once. */
export class Statements {
  readonly lines: string[] = []
  readonly #around: Around
  readonly #known = new Map<string, string>()
  readonly #keys = new TermKeys()
  readonly #counters: readonly string[]
  #count = 0

  /** @param counters variables that index levels 1, 2 … stand for */
  constructor(around: Around, counters: readonly string[]) {
    this.#around = around
    this.#counters = counters
  }

  /** An expression for the value of `term`, after these statements. */
  value(term: Term): string {
    if (term.kind === 'constant') return literal(term.value)
    if (term.kind === 'scalar') return this.#around.scalar(term.name)
    const key = this.#keys.of(term)
    const found = this.#known.get(key)
    if (found) return found
    const name = `v${this.#count++}`
    this.lines.push(`let ${name} = ${this.#expression(term)};`)
    this.#known.set(key, name)
    return name
  }

  element(storage: Storage, index: readonly Index[], from = 0): string {
    return `${this.#around.array(storage)}[${[this.#base(storage), ...index.map((at, k) => this.#times(at, storage.strides[k + from]!))].filter(part => part !== '0').join(' + ')}]`
  }

  index({ level, add }: Index): string {
    if (level === 0) return `${add}`
    const counter = this.#counters[level - 1]!
    return add === 0 ? counter : `(${counter} + ${add})`
  }

  #expression(term: Exclude<Term, { kind: 'constant' | 'scalar' }>): string {
    switch (term.kind) {
      case 'load':
        return this.#load(term.storage, term.index)
      case 'rowLoad':
        return this.#rowLoad(term.row, term.index)
      case 'symbol':
        return `select(0f, 1f, ${term.which}_symbol == ${this.index(term.index)})`
      case 'index':
        return `f32(${this.index(term.index)})`
      case 'compute': {
        const { op } = term
        const [a, b, c] = term.inputs.map(input => this.value(input))
        if (op.kind === 'unary') return UNARY[op.f](a!)
        return op.kind === 'binary' ? BINARY[op.f](a!, b!) : `select(${c!}, ${b!}, ${a!} != 0f)`
      }
    }
  }

  #load(storage: Storage, index: readonly Index[]): string {
    const name = this.#around.layout.nameOf(storage.base.global!)
    if (name === 'weight') return name
    if (isMask(name)) return `select(1f, bitcast<f32>(${this.element(storage, index)}), masks >= 0)`
    this.#around.reads?.(storage)
    const value = this.element(storage, index)
    if (!storage.triangular) return value
    const [later, earlier] = index as [Index, Index]
    return `select(0f, ${value}, ${this.index(earlier)} <= ${this.index(later)})`
  }

  #rowLoad(row: RowChoice, index: readonly Index[]): string {
    const { storage, fill, only } = row
    this.#around.reads?.(storage)
    if (only) {
      const wanted = typeof only.row === 'number' ? `${only.row}` : `${this.#extent(only.row.lastOf)} - 1`
      return `select(0f, ${this.element(storage, index)}, ${this.index(only.asked)} == ${wanted})`
    }
    const at = `r${this.#count++}`
    this.lines.push(`let ${at} = ${this.#rowIndex(row)};`)
    const inside = `${at} >= 0 && ${at} < ${this.#extent(storage.extent)}${storage.triangular ? ` && ${this.index(index[0]!)} <= ${at}` : ''}`
    const other = fill ? this.#filled(fill, index, at) : '0f'
    const parts = [
      this.#base(storage),
      `${at} * ${this.#stride(storage.strides[0]!)}`,
      ...index.map((one, k) => this.#times(one, storage.strides[k + 1]!)),
    ]
    return `select(${other}, ${this.#around.array(storage)}[${parts.filter(part => part !== '0').join(' + ')}], ${inside})`
  }

  #filled({ side, storage }: NonNullable<RowChoice['fill']>, index: readonly Index[], at: string): string {
    this.#around.reads?.(storage)
    return `select(0f, ${this.element(storage, index)}, ${side === 'above' ? `${at} < 0` : `${at} >= 0`})`
  }

  #rowIndex({ storage, at, fromLast }: RowChoice): string {
    const own = at === 'last' ? `${this.#extent(storage.extent)} - 1` : this.index(at)
    return fromLast === undefined ? own : `${own} + ${this.#extent(storage.extent)} - ${this.#extent(fromLast)}`
  }

  #base({ base: { global, offset } }: Storage): string {
    const name = this.#around.layout.nameOf(global!)
    return offset === 0 ? name : `${name} + ${offset}`
  }

  #times(at: Index, stride: Stride): string {
    const [own, by] = [this.index(at), this.#stride(stride)]
    if (own === '0' || by === '0') return '0'
    return by === '1' ? own : `${own} * ${by}`
  }

  #stride(stride: Stride): string {
    return typeof stride === 'number' ? `${stride}` : this.#around.layout.nameOf(stride.global)
  }

  #extent(extent: Extent): string {
    return extentText(extent, this.#around.layout)
  }
}

export function extentText(extent: Extent, layout: Layout): string {
  if (typeof extent === 'number') return `${extent}`
  if ('global' in extent) return layout.nameOf(extent.global)
  throw new TypeError('shaders have no parameters')
}
