import type { Dim, Tensor } from '../../algebra/tensor.ts'
import { linearFactors, type LinearFactors } from '../lowering/linear.ts'
import type { Kernel } from '../lowering/plan.ts'
import type { Base, Storage } from '../lowering/storage.ts'
import { termOf, type Index, type Sources, type Term } from '../lowering/terms.ts'
import { isMask, Statements, type Around } from './expressions.ts'
import type { Layout } from './layout.ts'

/** A kernel's code, and what it touches. */
export interface Piece {
  readonly code: string
  readonly reads: ReadonlySet<string>
  readonly writes: readonly Written[]
}
/** Floats that are written; only those of equal regions may be the same. */
interface Written {
  readonly region: string
  readonly from: number
  readonly to: number
}

export interface Surroundings {
  readonly layout: Layout
  stored(tensor: Tensor): Storage | undefined
  /** Where a reshaped view of something stored lies. */
  reshaped(tensor: Tensor): Storage | undefined
}

/** Threads of a workgroup; the shaders' constant `THREADS`. */
const EACH = (size: string, body: readonly string[]): string =>
  `for (var e = lid; e < ${size}; e += THREADS) {\n${body.join('\n')}\n}`

export const arrayOf =
  (layout: Layout) =>
  (storage: Storage): string => {
    if (!storage.lanes) return 'weights'
    const name = layout.nameOf(storage.base.global!)
    return name === 'scratch' ? 'SCRATCH' : isMask(name) ? 'input' : 'work'
  }

/** Sums of so many terms, where there are few, are each shared by the threads of a workgroup. */
const LONG_SUM = 256,
  MOST_SHARED_SUMS = 4

/** Threads that share one sum of a large product, whose weights follow each other in memory; sums that each of them works on at once. */
const LANES = 8,
  SUMS = 4
/** Floats of workgroup memory for each thread, besides those for scratch: `partial`, and `sums` of products. */
export const SHARED_EACH = 1 + SUMS
export const SHARED_SUMS = `var<workgroup> partial: array<f32, THREADS>;\nvar<workgroup> sums: array<f32, ${SUMS} * THREADS>;`

/** Where neighbouring results have neighbouring weights, a large product is a reduction like others: a thread for each result. */
function asReduction(kernel: Exclude<Kernel, { kind: 'gather' }>): Exclude<Kernel, { kind: 'product' | 'gather' }> {
  if (kernel.kind !== 'product') return kernel
  const { op, inputs } = kernel.expression
  if (op.kind !== 'reduce') throw new TypeError(`a product is no reduction but ${op.kind}`)
  return {
    kind: 'reduce',
    domain: inputs[0]!.shape,
    triangle: undefined,
    axes: op.axes,
    f: op.f,
    stores: [{ expression: kernel.expression, storage: kernel.storage, copy: false }],
  }
}

/** Writes kernels as loops that the threads of a workgroup share, one string a workgroup. */
export class KernelWriter {
  readonly #around: Surroundings
  readonly #array: (storage: Storage) => string

  constructor(around: Surroundings) {
    this.#around = around
    this.#array = arrayOf(around.layout)
  }

  write(planned: Kernel): Piece {
    if (planned.kind === 'gather') return this.#gather(planned)
    if (planned.kind === 'product') {
      const factors = linearFactors(planned.expression, this.places)
      if (factors.weights.step === 1) return this.#product(factors, planned.storage)
    }
    const kernel = asReduction(planned)
    const reads = new Set<string>()
    const writes: Written[] = []
    const around: Around = {
      layout: this.#around.layout,
      array: this.#array,
      scalar: name => {
        throw new TypeError(`${name} has no value in a model's graph`)
      },
      reads: storage => {
        if (storage.lanes) reads.add(this.#around.layout.region(storage))
      },
    }
    const wrote = (storage: Storage, shape: readonly Dim[]): void => {
      writes.push(this.#written(storage, shape))
    }
    if (kernel.kind === 'map') return { code: this.#map(kernel, around, wrote), reads, writes }
    if (kernel.kind === 'reduce') return { code: this.#reduce(kernel, around, wrote), reads, writes }
    reads.add(this.#around.layout.region(kernel.source))
    wrote(kernel.storage, kernel.domain)
    return { code: this.#scan(kernel), reads, writes }
  }

  #map(
    { domain, stores, triangle }: Kernel & { kind: 'map' },
    around: Around,
    wrote: (storage: Storage, shape: readonly Dim[]) => void,
  ): string {
    const made = new Set(
      stores
        .filter(store => !store.copy && !['reduce', 'cumulate', 'concat'].includes(store.expression.op.kind))
        .map(store => store.expression),
    )
    const places = this.#places(tensor =>
      made.has(tensor) ? this.#around.reshaped(tensor) : this.#around.stored(tensor),
    )
    const { size, declared, counters, index } = this.#split(domain, 'i', 'e')
    const statements = new Statements(around, counters)
    for (const { expression, storage, adds } of stores) {
      const value = statements.value(termOf(expression, index, places))
      statements.lines.push(`${statements.element(storage, index)} ${adds ? '+=' : '='} ${value};`)
      if (adds) around.reads!(storage)
      wrote(storage, domain)
    }
    const body = triangle
      ? [`if (${counters[triangle.earlier]!} <= ${counters[triangle.later]!}) {`, ...statements.lines, '}']
      : statements.lines
    return EACH(size, [...declared, ...body])
  }

  #reduce(
    { domain, axes, f, stores }: Kernel & { kind: 'reduce' },
    around: Around,
    wrote: (storage: Storage, shape: readonly Dim[]) => void,
  ): string {
    const kept = domain.filter((_, axis) => !axes.includes(axis)),
      summed = axes.map(axis => domain[axis]!)
    const outer = this.#split(kept, 'i', 'e'),
      inner = this.#split(summed, 'k', 's')
    const { places } = this
    const counters = [...outer.counters, ...inner.counters]
    const index = domain.map((_, axis): Index => {
      const at = axes.indexOf(axis)
      return {
        level: at >= 0 ? outer.counters.length + at + 1 : axis - axes.filter(other => other < axis).length + 1,
        add: 0,
      }
    })
    const statements = new Statements(around, counters)
    const names = stores.map((_, k) => `sum${k}`)
    const terms = stores.map(({ expression }): Term => termOf(expression.inputs[0]!, index, places))
    const combined = (into: string, value: string): string =>
      f === 'sum' ? `${into} += ${value};` : `${into} = max(${into}, ${value});`
    const accumulate = terms.map((term, k) => combined(names[k]!, statements.value(term)))
    const after = new Statements(around, counters)
    stores.forEach(({ storage }, k) => {
      after.lines.push(`${after.element(storage, outer.index)} = ${names[k]!};`)
      wrote(storage, kept)
    })
    const begin = names.map(name => `var ${name} = ${f === 'sum' ? '0f' : '-3.4028234e38f'};`)
    const part = [...inner.declared, ...statements.lines, ...accumulate, '}']
    if (!isLong(kept, summed))
      return EACH(outer.size, [
        ...outer.declared,
        ...begin,
        `for (var s = 0; s < ${inner.size}; s += 1) {`,
        ...part,
        ...after.lines,
      ])
    const together = names.flatMap(name => [
      `partial[lid] = ${name};`,
      'workgroupBarrier();',
      'for (var half = THREADS / 2; half > 0; half /= 2) {',
      `if (lid < half) { ${combined('partial[lid]', 'partial[lid + half]')} }`,
      'workgroupBarrier();',
      '}',
      `${name} = partial[0];`,
      'workgroupBarrier();',
    ])
    return [
      `for (var e = 0; e < ${outer.size}; e += 1) {`,
      ...outer.declared,
      ...begin,
      `for (var s = lid; s < ${inner.size}; s += THREADS) {`,
      ...part,
      ...together,
      'if (lid == 0) {',
      ...after.lines,
      '}',
      '}',
    ].join('\n')
  }

  /** A product with a matrix whose rows lie one behind the other: neighbouring threads read neighbouring weights. */
  #product({ rows, summed, weights: { base, row }, vector }: LinearFactors, storage: Storage): Piece {
    if (typeof vector === 'string') throw new TypeError('a product with a symbol is a gather')
    const { layout } = this.#around
    const at = (place: Base): string => `${layout.nameOf(place.global!)} + ${place.offset}`
    const given: Storage = { base: vector.base, strides: [vector.step], lanes: true, slot: vector.slot, extent: summed }
    const each = (write: (k: number) => string): string[] => Array.from({ length: SUMS }, (_, k) => write(k))
    const code = [
      '{',
      `let lane = lid % ${LANES};`,
      `let team = lid / ${LANES};`,
      `for (var first = 0; first < ${rows}; first += THREADS / ${LANES} * ${SUMS}) {`,
      `let own = first + team * ${SUMS};`,
      ...each(k => `let from${k} = ${at(base)} + min(own + ${k}, ${rows - 1}) * ${row};`),
      ...each(k => `var sum${k} = 0f;`),
      `for (var k = lane; k < ${summed}; k += ${LANES}) {`,
      `let factor = ${this.#array(given)}[${at(vector.base)} + k * ${vector.step}];`,
      ...each(k => `sum${k} += weights[from${k} + k] * factor;`),
      '}',
      ...each(k => `sums[lid * ${SUMS} + ${k}] = sum${k};`),
      'workgroupBarrier();',
      `if (lane < ${SUMS} && own + lane < ${rows}) {`,
      'var sum = 0f;',
      `for (var k = 0; k < ${LANES}; k += 1) { sum += sums[(team * ${LANES} + k) * ${SUMS} + lane]; }`,
      `${this.#array(storage)}[${at(storage.base)} + (own + lane) * ${storage.strides[0] as number}] = sum;`,
      '}',
      'workgroupBarrier();',
      '}',
      '}',
    ].join('\n')
    return { code, reads: new Set([layout.region(given)]), writes: [this.#written(storage, [rows])] }
  }

  /** The weights that a symbol picks. */
  #gather({ expression, storage }: Kernel & { kind: 'gather' }): Piece {
    const {
      rows,
      weights: { base, row, step },
      vector,
    } = linearFactors(expression, this.places)
    const name = this.#around.layout.nameOf(base.global!)
    const place = `${this.#around.layout.nameOf(storage.base.global!)} + ${storage.base.offset} + e * ${storage.strides[0] as number}`
    return {
      code: EACH(`${rows}`, [
        `${this.#array(storage)}[${place}] = weights[${name} + ${base.offset} + ${vector as string}_symbol * ${step} + e * ${row}];`,
      ]),
      reads: new Set(),
      writes: [this.#written(storage, [rows])],
    }
  }

  /** Exclusive running sums along axis 0. */
  #scan({ domain, reverse, source, storage }: Kernel & { kind: 'scan' }): string {
    const { size, declared, counters, index } = this.#split(domain.slice(1), 'i', 'e')
    const around: Around = { layout: this.#around.layout, array: this.#array, scalar: name => name }
    const statements = new Statements(around, [...counters, 'd'])
    const at = [{ level: counters.length + 1, add: 0 }, ...index]
    const rows = this.#size(domain[0]!)
    return EACH(size, [
      ...declared,
      'var running = 0f;',
      `for (var s = 0; s < ${rows}; s += 1) {`,
      `let d = ${reverse ? `${rows} - 1 - s` : 's'};`,
      `let own = ${statements.element(source, at)};`,
      `${statements.element(storage, at)} = running;`,
      'running += own;',
      '}',
    ])
  }

  /** The contribution of one time step of one string to the gradient's element `e`, as statements and an expression. */
  contribution(contribution: Tensor): string {
    const around: Around = { layout: this.#around.layout, array: this.#array, scalar: name => name }
    const { declared, counters, index } = this.#split(contribution.shape, 'i', 'own')
    const statements = new Statements(around, counters)
    const value = statements.value(termOf(contribution, index, this.places))
    return [...declared, ...statements.lines, `sum += ${value};`].join('\n')
  }

  /** Where what the kernels read lies. */
  get places(): Sources {
    return this.#places(tensor => this.#around.stored(tensor))
  }

  #places(stored: (tensor: Tensor) => Storage | undefined): Sources {
    const { layout } = this.#around
    return { stored, extent: dim => (typeof dim === 'number' ? dim : { global: layout.variable(dim) }) }
  }

  #size(dim: Dim): string {
    return typeof dim === 'number' ? `${dim}` : dim
  }

  /** Counters for each axis of a domain, from one that counts its elements. */
  #split(
    shape: readonly Dim[],
    prefix: string,
    element: string,
  ): { size: string; declared: string[]; counters: string[]; index: Index[] } {
    const counters = shape.map((_, axis) => `${prefix}${axis}`)
    const declared: string[] = []
    let rest = element
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (axis === 0) declared.push(`let ${counters[0]!} = ${rest};`)
      else {
        const dim = this.#size(shape[axis]!)
        declared.push(`let ${counters[axis]!} = ${rest} % ${dim};`, `let ${prefix}Over${axis} = ${rest} / ${dim};`)
        rest = `${prefix}Over${axis}`
      }
    }
    return {
      size: shape.length === 0 ? '1' : shape.map(dim => this.#size(dim)).join(' * '),
      declared,
      counters,
      index: shape.map((_, axis) => ({ level: axis + 1, add: 0 })),
    }
  }

  #written(storage: Storage, shape: readonly Dim[]): Written {
    const region = this.#around.layout.region(storage)
    let to = storage.base.offset + 1
    for (const [axis, dim] of shape.entries()) {
      const stride = storage.strides[axis]!
      if (typeof dim !== 'number' || typeof stride !== 'number') return { region, from: 0, to: Infinity }
      to += (dim - 1) * stride
    }
    return { region, from: storage.base.offset, to }
  }
}

function isLong(kept: readonly Dim[], summed: readonly Dim[]): boolean {
  const size = (dims: readonly Dim[]): number =>
    dims.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : NaN), 1)
  return size(kept) <= MOST_SHARED_SUMS && size(summed) >= LONG_SUM
}
