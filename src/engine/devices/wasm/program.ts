import type { Batch, TraceTensor } from '../device.ts'
import type { Compiled } from './compile.ts'

interface Exports {
  forward(length: number): void
  step(t: number): void
  backward?(length: number): void
  accumulate?(length: number): void
}

/** A compiled module with memory for strings of some length; tells it where everything lies. */
export class Program {
  readonly #compiled: Compiled
  readonly #exports: Exports
  readonly #globals: Readonly<Record<string, WebAssembly.Global | undefined>>
  readonly #memory: WebAssembly.Memory
  readonly #group: number
  readonly #base: number
  readonly #rowsKept: (step: number, length: number) => number
  readonly #keepsAll: boolean
  readonly #endOfSequence: number
  readonly #ensure: (bytes: number) => void
  #length = -1
  #at = { weights: 0, symbols: 0, scores: 0 }

  /**
   * @param vectors groups of four examples
   * @param base first byte that the program may use
   * @param keepsAll whether every step's values are kept, for the way back
   */
  constructor(compiled: Compiled, vectors: number, memory: WebAssembly.Memory, base: number, rowsKept: (step: number, length: number) => number, keepsAll: boolean, endOfSequence: number, ensure: (bytes: number) => void) {
    this.#compiled = compiled
    this.#memory = memory
    this.#group = vectors * 16
    this.#base = base
    this.#rowsKept = rowsKept
    this.#keepsAll = keepsAll
    this.#endOfSequence = endOfSequence
    this.#ensure = ensure
    const instance = new WebAssembly.Instance(new WebAssembly.Module(compiled.bytes), { env: { memory } })
    this.#exports = instance.exports as unknown as Exports
    this.#globals = instance.exports as unknown as Record<string, WebAssembly.Global>
  }

  /** Brings strings from … from + size - 1 of a batch into the lanes; the other lanes weigh nothing. */
  prepare({ length, symbols }: Batch, from: number, size: number, weight: number): void {
    this.#reserve(length)
    const lanes = this.#group / 4
    const weights = new Float32Array(this.#memory.buffer, this.#at.weights, lanes)
    for (let lane = 0; lane < lanes; lane++) weights[lane] = lane < size ? weight : 0
    const table = new Int32Array(this.#memory.buffer, this.#at.symbols, (length + 1) * lanes)
    for (let lane = 0; lane < lanes; lane++) {
      const start = (from + Math.min(lane, size - 1)) * length
      for (let t = 0; t < length; t++) table[t * lanes + lane] = symbols[start + t]!
      table[length * lanes + lane] = this.#endOfSequence
    }
  }

  forward(): void { this.#exports.forward(this.#length) }

  backward(): void {
    this.#exports.backward!(this.#length)
    this.#exports.accumulate!(this.#length)
  }

  /** Adds each string's cost (and right predictions) of the last forward pass. */
  addScores(size: number, nats: Float64Array, correct: Int32Array | undefined, from: number): void {
    const lanes = this.#group / 4
    const scores = new Float32Array(this.#memory.buffer, this.#at.scores, (this.#length + 1) * 2 * lanes)
    for (let t = 0; t <= this.#length; t++) {
      for (let lane = 0; lane < size; lane++) {
        nats[from + lane]! += scores[t * 2 * lanes + lane]!
        if (correct) correct[from + lane]! += scores[(t * 2 + 1) * lanes + lane]!
      }
    }
  }

  /** Runs step by step and copies the traced tensors of the first lane. Steps 0 … n; tensors of the step itself are zero at step 0. */
  trace(rows: number): Record<string, TraceTensor> {
    const steps = this.#length + 1
    const deepest = Math.min(rows, Math.max(0, ...Array.from({ length: steps }, (_, t) => this.#rowsKept(t, this.#length))))
    const found = [...this.#compiled.traced].map(([name, { global, offset, shape }]) => {
      const sizes = shape.map(dim => typeof dim === 'number' ? dim : deepest)
      const rowSize = shape.slice(1).reduce<number>((product, dim) => product * (dim as number), 1)
      return { name, global, offset, shape: sizes, rowSize, growing: typeof shape[0] === 'string', size: sizes.reduce((a, b) => a * b, 1), perStep: name.startsWith('output.') }
    })
    const data = new Map(found.map(({ name, size }) => [name, new Float32Array(steps * size)]))
    const start = (this.#globals.frameBase!.value as number) >>> 0
    new Uint8Array(this.#memory.buffer).fill(0, start, start + this.#compiled.frameBytes)
    for (let t = 0; t < steps; t++) {
      this.#exports.step(t)
      for (const { name, global, offset, size, rowSize, growing, perStep } of found) {
        if (t === 0 && !perStep) continue
        const count = growing ? Math.min(rows, this.#rowsKept(t, this.#length)) * rowSize : size
        const values = new Float32Array(this.#memory.buffer, ((this.#globals[global]!.value as number) >>> 0) + offset, count * (this.#group / 4))
        const target = data.get(name)!
        for (let k = 0; k < count; k++) target[t * size + k] = values[k * (this.#group / 4)]!
      }
    }
    return Object.fromEntries(found.map(({ name, shape }) => [name, { shape: [steps, ...shape], data: data.get(name)! }]))
  }

  #reserve(length: number): void {
    if (length === this.#length) return
    let end = this.#base
    const take = (bytes: number): number => {
      const start = Math.ceil(end / 64) * 64
      end = start + bytes
      return start
    }
    const { scratchBytes, frameBytes, backBytes, outBytes, growing } = this.#compiled
    const steps = length + 2
    const slots = this.#keepsAll ? steps : 2
    const rows = Array.from({ length: steps }, (_, t) => Math.max(0, this.#rowsKept(t, length)))
    const deepest = Math.max(1, ...rows)
    const rowTable = take(steps * 4)
    this.#at = { weights: take(this.#group), symbols: take(steps * this.#group), scores: take(steps * 2 * this.#group) }
    const places: Record<string, number> = {
      rowTable, ...this.#at, scratch: take(scratchBytes), frameBase: take(slots * frameBytes), outBase: take(steps * outBytes), backBase: take(steps * backBytes),
      mask: this.#keepsAll ? -1 : 1,
    }
    for (const { name, rowBytes, kept, pairs } of growing) {
      const stride = pairs ? deepest * deepest * rowBytes : deepest * rowBytes
      const bytes = kept === 'list' ? (pairs ? length * deepest : length) * rowBytes : stride * (kept === 'one' ? 1 : kept === 'each' ? slots : 2)
      const place = take(bytes)
      if (kept === 'one') places[name] = place
      else Object.assign(places, { [`${name}Base`]: place, [`${name}Stride`]: stride, [`${name}Bytes`]: bytes })
      if (pairs) places[`${name}Row`] = (kept === 'list' ? deepest - 1 : deepest) * rowBytes
    }
    this.#ensure(end)
    for (const [name, value] of Object.entries(places)) {
      const global = this.#globals[name]
      if (global) global.value = value
    }
    new Int32Array(this.#memory.buffer, rowTable, steps).set(rows)
    this.#length = length
  }
}
