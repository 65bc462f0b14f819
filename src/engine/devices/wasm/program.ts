import type { Batch, BatchScore, TraceTensor } from '../device.ts'
import type { Model } from '../../model.ts'
import { readStates, writeStates, type StatePlace } from './carried.ts'
import { maskGlobal } from './clock.ts'
import type { Compiled } from './compile.ts'
import { Loaded, type Team } from './team.ts'

/** A compiled module with memory for strings of some length; tells it where everything lies. */
export class Program {
  readonly #compiled: Compiled
  readonly #loaded: Loaded
  readonly #team: Team
  readonly #globals: Readonly<Record<string, WebAssembly.Global | undefined>>
  readonly #memory: WebAssembly.Memory
  readonly #group: number
  readonly #base: number
  readonly #rowsKept: (step: number, length: number, age: number) => number
  readonly #keepsAll: boolean
  readonly #model: Model
  readonly #ensure: (bytes: number) => void
  #length = -1
  #age = 0
  #rowsAtStart = -1
  #rowTable = new Int32Array(0)
  #at = { rowTable: 0, weights: 0, symbols: 0, scores: 0 }
  #masks: Readonly<Record<string, number>> = {}
  /** Where growing tensors begin, what is carried on included. */
  #starts: Record<string, number> = {}

  /**
   * @param vectors groups of four examples
   * @param base first byte that the program may use
   * @param keepsAll whether every step's values are kept, for the way back
   * @param team what computes
   */
  constructor(
    compiled: Compiled,
    vectors: number,
    memory: WebAssembly.Memory,
    team: Team,
    base: number,
    rowsKept: (step: number, length: number, age: number) => number,
    keepsAll: boolean,
    model: Model,
    ensure: (bytes: number) => void,
  ) {
    this.#compiled = compiled
    this.#memory = memory
    this.#group = vectors * 16
    this.#base = base
    this.#rowsKept = rowsKept
    this.#keepsAll = keepsAll
    this.#model = model
    this.#ensure = ensure
    this.#team = team
    this.#loaded = new Loaded(compiled.bytes, memory)
    this.#globals = this.#loaded.exports
  }

  /**
   * Brings strings from … from + size - 1 of a batch into the lanes, and the state that they begin in; the other lanes weigh nothing.
   * Other programs use the same memory: nothing that one of them may have overwritten since is taken to be there.
   */
  prepare(batch: Batch, from: number, size: number, weight: number): void {
    const { length, symbols, next, carried } = batch
    this.#age = carried?.age ?? 0
    this.#reserve(length)
    new Int32Array(this.#memory.buffer, this.#at.rowTable, this.#rowTable.length).set(this.#rowTable)
    const lanes = this.#group / 4
    const weights = new Float32Array(this.#memory.buffer, this.#at.weights, lanes)
    for (let lane = 0; lane < lanes; lane++) weights[lane] = lane < size ? weight : 0
    const table = new Int32Array(this.#memory.buffer, this.#at.symbols, (length + 1) * lanes)
    for (let lane = 0; lane < lanes; lane++) {
      const start = (from + Math.min(lane, size - 1)) * length
      for (let t = 0; t < length; t++) table[t * lanes + lane] = symbols[start + t]!
      table[length * lanes + lane] = next ? next[from + Math.min(lane, size - 1)]! : this.#model.inputs
    }
    this.#clearStates()
    if (carried)
      writeStates(this.#memory.buffer, this.#statePlaces(0), carried.states, this.#rowsAtStart, { from, size, lanes })
    this.#writeMasks(batch, from, size)
  }

  #clearStates(): void {
    const start = (this.#globals.frameBase!.value as number) >>> 0
    new Uint8Array(this.#memory.buffer).fill(0, start, start + this.#compiled.stateBytes)
  }

  #writeMasks({ length, masks }: Batch, from: number, size: number): void {
    const lanes = this.#group / 4
    for (const { name, width } of this.#model.masks) {
      const count = (length + 1) * width
      const into = new Float32Array(this.#memory.buffer, this.#masks[name]!, count * lanes)
      const given = masks?.get(name)
      if (!given) into.fill(1)
      else
        for (let lane = 0; lane < lanes; lane++) {
          const start = (from + Math.min(lane, size - 1)) * count
          for (let k = 0; k < count; k++) into[k * lanes + lane] = given[start + k]!
        }
    }
  }

  /** Where the parts of the state lie before the first step, or where the last forward pass left them. */
  #statePlaces(step: number): StatePlace[] {
    const value = (global: string): number => (this.#globals[global]!.value as number) >>> 0
    return [...this.#compiled.states].map(([name, { global, offset, shape }]) => {
      const growing = this.#compiled.growing.find(tensor => tensor.name === global)
      if (!growing) return { name, shape, at: (step === 0 ? value('frameBase') : value(global)) + offset, rowStride: 0 }
      return {
        name,
        shape,
        at: step === 0 ? this.#starts[global]! : value(global),
        rowStride: growing.pairs ? value(`${global}Row`) : growing.rowBytes,
      }
    })
  }

  /** Copies the state that the last forward pass has left into examples from … of `states`. To be called before `backward`. */
  readStates(states: Map<string, Float32Array>, from: number, size: number, examples: number): void {
    readStates(
      this.#memory.buffer,
      this.#statePlaces(this.#length),
      states,
      this.#rowTable[this.#length]!,
      { from, size, lanes: this.#group / 4 },
      examples,
    )
  }

  forward(): void {
    this.#team.together(this.#loaded, [['forward', this.#length]])
  }

  backward(): void {
    this.#team.together(this.#loaded, [
      ['backward', this.#length],
      ['accumulate', this.#length],
    ])
  }

  /** Adds each string's cost (and right predictions) of the last forward pass, and notes those of each prediction, [strings, length]. */
  addScores(
    size: number,
    nats: Float64Array,
    correct: Int32Array | undefined,
    from: number,
    predictions?: BatchScore['predictions'],
  ): void {
    const lanes = this.#group / 4
    const scores = new Float32Array(this.#memory.buffer, this.#at.scores, (this.#length + 1) * 2 * lanes)
    for (let t = this.#model.reads === 'text' ? 1 : 0; t <= this.#length; t++) {
      for (let lane = 0; lane < size; lane++) {
        nats[from + lane]! += scores[t * 2 * lanes + lane]!
        if (correct) correct[from + lane]! += scores[(t * 2 + 1) * lanes + lane]!
        if (!predictions) continue
        const at = (from + lane) * this.#length + t - 1
        predictions.nats[at] = scores[t * 2 * lanes + lane]!
        predictions.correct[at] = scores[(t * 2 + 1) * lanes + lane]!
      }
    }
  }

  /** Runs step by step and copies the traced tensors of the first lane. Steps 0 … n; tensors of the step itself are zero at step 0. */
  trace(rows: number): Record<string, TraceTensor> {
    const steps = this.#length + 1,
      lanes = this.#group / 4
    const deepest = Math.min(rows, Math.max(...this.#rowTable.subarray(0, steps)))
    const found = [...this.#compiled.traced].map(([name, { global, offset, shape }]) => {
      const sizes = shape.map(dim => (typeof dim === 'number' ? dim : deepest))
      const rowSize = shape.slice(1).reduce<number>((product, dim) => product * (dim as number), 1)
      return {
        name,
        global,
        offset,
        shape: sizes,
        rowSize,
        growing: typeof shape[0] === 'string',
        size: sizes.reduce((a, b) => a * b, 1),
        perStep: name.startsWith('output.'),
      }
    })
    const data = new Map(found.map(({ name, size }) => [name, new Float32Array(steps * size)]))
    const start = (this.#globals.frameBase!.value as number) >>> 0
    new Uint8Array(this.#memory.buffer).fill(0, start, start + this.#compiled.frameBytes)
    for (let t = 0; t < steps; t++) {
      this.#loaded.run([['step', t]])
      for (const { name, global, offset, size, rowSize, growing, perStep } of found) {
        if (t === 0 && !perStep) continue
        const count = growing ? Math.min(rows, this.#rowTable[t]!) * rowSize : size
        const values = new Float32Array(
          this.#memory.buffer,
          ((this.#globals[global]!.value as number) >>> 0) + offset,
          count * lanes,
        )
        const target = data.get(name)!
        for (let k = 0, from = 0, to = t * size; k < count; k++, from += lanes, to++) target[to] = values[from]!
      }
    }
    return Object.fromEntries(
      found.map(({ name, shape }) => [name, { shape: [steps, ...shape], data: data.get(name)! }]),
    )
  }

  #reserve(length: number): void {
    const rowsAtStart = this.#rowsKept(0, length, this.#age)
    if (length === this.#length && rowsAtStart === this.#rowsAtStart) return
    let end = this.#base
    const take = (bytes: number): number => {
      const start = Math.ceil(end / 64) * 64
      end = start + bytes
      return start
    }
    const { scratchBytes, frameBytes, backBytes, outBytes, chunkBytes, chunkSteps, growing } = this.#compiled
    const steps = length + 2
    const slots = this.#keepsAll ? steps : Math.max(2, chunkSteps)
    const rows = Int32Array.from({ length: steps }, (_, t) => Math.max(0, this.#rowsKept(t, length, this.#age)))
    const deepest = Math.max(1, ...rows)
    this.#at = {
      rowTable: take(steps * 4),
      weights: take(this.#group),
      symbols: take(steps * this.#group),
      scores: take(steps * 2 * this.#group),
    }
    const places: Record<string, number> = {
      ...this.#at,
      scratch: take(scratchBytes),
      frameBase: take(slots * frameBytes),
      outBase: take(steps * outBytes),
      backBase: take(steps * backBytes),
      chunkBase: take(chunkSteps * chunkBytes),
      mask: this.#keepsAll ? -1 : slots - 1,
    }
    this.#masks = Object.fromEntries(
      this.#model.masks.map(({ name, width }) => [name, take((length + 1) * width * this.#group)]),
    )
    for (const [name, address] of Object.entries(this.#masks)) places[`${maskGlobal(name)}Base`] = address
    const listed = length + rowsAtStart
    for (const { name, rowBytes, kept, pairs } of growing) {
      const stride = pairs ? deepest * deepest * rowBytes : deepest * rowBytes
      const bytes =
        kept === 'list'
          ? (pairs ? listed * deepest : listed) * rowBytes
          : stride * (kept === 'one' ? 1 : kept === 'each' ? slots : 2)
      const place = take(bytes)
      this.#starts[name] = place
      if (kept === 'one') places[name] = place
      else {
        // Row 0 of a list is the one that the first step appends; what is carried on lies before it.
        const base = kept === 'list' ? place + rowsAtStart * (pairs ? deepest : 1) * rowBytes : place
        Object.assign(places, {
          [`${name}Start`]: place,
          [`${name}Base`]: base,
          [`${name}Stride`]: stride,
          [`${name}Bytes`]: bytes,
        })
      }
      if (pairs) places[`${name}Row`] = (kept === 'list' ? deepest - 1 : deepest) * rowBytes
    }
    this.#ensure(end)
    this.#loaded.place(places)
    this.#rowTable = rows
    this.#length = length
    this.#rowsAtStart = rowsAtStart
  }
}
