import type { Arithmetic, Component } from '../../../shared/run-events.ts'
import { LabError } from '../../../shared/errors.ts'
import type { Picked } from '../../../shared/study.ts'
import { isPairs, reachable, sizeOf } from '../../algebra/tensor.ts'
import { reverse, tracedTensors, type Model } from '../../model.ts'
import { normsOf } from '../../optimizers/pick.ts'
import { ExecutorBase } from '../executor-base.ts'
import type { Batch, BatchScore, Carried, Executor, StepResult, Threads, TraceTensor } from '../device.ts'
import { hasRelaxedMadd, relaxedArithmetic } from './arithmetic.ts'
import { MOST_PAGES } from './assembler.ts'
import { compile, GRADIENTS, SLOTS, WEIGHTS, type Variant } from './compile.ts'
import { ALONE, Loaded, ThreadTeam, type Team } from './team.ts'
import type { Work } from './helper.ts'
import { FixedLayout, type Piece } from './layout.ts'
import { largestProduct } from '../lowering/linear.ts'
import { Program } from './program.ts'
import type { MeetingPlace } from './sharing.ts'
import { compileUpdates } from './updates.ts'

/** Examples that one pass of the compiled code takes: more would not fit the vector registers. */
const LARGEST_BLOCK = 16
const MAX_VECTORS = LARGEST_BLOCK / 4

/** Weights of the largest product from which on helper threads are worth their while. */
const WORTH_SHARING = 65_536
/** Seconds that a step waits for a helper which gives no sign of life. */
const PATIENCE = 30
/** Gradients that are set to zero at a time. */
const CLEARED_BYTES = 2 ** 20

export class WasmExecutor extends ExecutorBase implements Executor {
  readonly #memory: WebAssembly.Memory
  readonly #team: Team
  readonly #meeting: MeetingPlace | undefined
  readonly #fixed: FixedLayout
  readonly #scalars: readonly string[]
  readonly #updates: Loaded
  readonly #programs = new Map<string, Program>()
  readonly #components: ReadonlyMap<string, Component>
  readonly #relaxed: boolean
  readonly arithmetic: Arithmetic
  readonly #maxVectors: number

  /**
   * @param threads that may be used where the model is large enough for that to be faster; without them the memory is not a shared one
   * @param patience seconds that a step waits for a helper which gives no sign of life
   * @param portable whether every processor is to give the same bits, which costs a share of the speed
   */
  constructor(
    model: Model,
    picked: Picked,
    threads?: Threads,
    { patience = PATIENCE, portable = false }: { patience?: number; portable?: boolean } = {},
  ) {
    super(model, picked)
    this.#relaxed = hasRelaxedMadd() && !portable
    this.arithmetic = this.#relaxed ? relaxedArithmetic() : 'unfused'
    this.#fixed = new FixedLayout(
      model.parameters,
      model.graph.states,
      SLOTS + this.optimizer.slots.length,
      LARGEST_BLOCK * 4,
    )
    this.#components = new Map(model.parameters.map(({ name, component }) => [name, component]))
    // What is held for pairs of rows should stay in the processor's caches.
    this.#maxVectors = [...model.graph.states.values()].some(isPairs) ? 1 : MAX_VECTORS
    const shares =
      threads !== undefined &&
      largestProduct(reachable([...model.graph.next.values(), model.graph.logits])) >= WORTH_SHARING
    this.#memory = new WebAssembly.Memory({ initial: 16, maximum: MOST_PAGES, shared: shares })
    this.#meeting = shares ? { control: this.#fixed.control, patience } : undefined
    const { bytes, scalars } = compileUpdates(this.optimizer, this.options, this.#relaxed, this.#meeting)
    this.#scalars = scalars
    this.#updates = new Loaded(bytes, this.#memory)
    this.#ensure(this.#fixed.bytes)
    this.#team = shares ? new ThreadTeam(threads, this.#memory, this.#fixed.control) : ALONE
  }

  step(batch: Batch, { learningRate, clipNorm }: { learningRate: number; clipNorm: number | null }): StepResult {
    const { loss, carried } = this.#differentiate(batch)
    const pieces = this.trained.flatMap(name => this.#fixed.pieces(name))
    this.#team.apart(
      this.#updates,
      pieces.map(({ parameter, from, vectors, sum }): Work => [
        'squares',
        this.#fixed.address(GRADIENTS, parameter) + from,
        vectors,
        sum,
      ]),
    )
    const { scale, ...norms } = normsOf(
      this.trained.map(name => [this.#components.get(name)!, this.#squares(name)] as const),
      clipNorm,
    )
    this.#update(pieces, learningRate, scale)
    return { loss, ...norms, carried }
  }

  gradients(batch: Batch): { loss: number; gradients: Map<string, Float32Array>; carried: Carried | undefined } {
    const { loss, carried } = this.#differentiate(batch)
    return {
      loss,
      carried,
      gradients: new Map(
        this.trained.map(name => [
          name,
          this.#floats(this.#fixed.address(GRADIENTS, name), this.#sizeOf(name)).slice(),
        ]),
      ),
    }
  }

  evaluate(batch: Batch): BatchScore {
    this.checkBatch(batch)
    const nats = new Float64Array(batch.size),
      correct = new Int32Array(batch.size)
    const predictions = batch.next && {
      nats: new Float64Array(batch.size * batch.length),
      correct: new Int32Array(batch.size * batch.length),
    }
    const states = new Map<string, Float32Array>()
    const { vectors, blocks } = blocksOf(batch.size, this.#maxVectors)
    const program = this.#program('evaluate', vectors)
    for (const { from, size } of blocks) {
      program.prepare(batch, from, size, 0)
      program.forward()
      program.addScores(size, nats, correct, from, predictions)
      if (batch.next) program.readStates(states, from, size, batch.size)
    }
    return { nats, correct, predictions, carried: after(batch, states) }
  }

  trace(symbols: Int32Array, rows = Infinity): Record<string, TraceTensor> {
    const program = this.#program('trace', 1)
    program.prepare({ size: 1, length: symbols.length, symbols }, 0, 1, 0)
    return program.trace(rows)
  }

  /** Bytes of the memory that holds weights and the values of a pass. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength
  }

  /** Whether other threads may work on it. */
  get sharesMemory(): boolean {
    return this.#meeting !== undefined
  }

  dispose(): void {
    this.#team.dispose()
    this.#programs.clear()
  }

  #differentiate(batch: Batch): { loss: number; carried: Carried | undefined } {
    this.checkBatch(batch)
    this.#clearGradients()
    const { vectors, blocks } = blocksOf(batch.size, this.#maxVectors)
    const program = this.#program('train', vectors)
    const nats = new Float64Array(batch.size)
    const states = new Map<string, Float32Array>()
    const weight = 1 / (batch.size * (batch.next ? batch.length : 1))
    for (const { from, size } of blocks) {
      program.prepare(batch, from, size, weight)
      program.forward()
      if (batch.next) program.readStates(states, from, size, batch.size)
      program.backward()
      program.addScores(size, nats, undefined, from)
    }
    return { loss: nats.reduce((a, b) => a + b, 0) * weight, carried: after(batch, states) }
  }

  #clearGradients(): void {
    const start = this.#fixed.address(GRADIENTS, this.tensors[0]!),
      bytes = this.#fixed.tensorBytes
    this.#team.apart(
      this.#updates,
      Array.from({ length: Math.ceil(bytes / CLEARED_BYTES) }, (_, k): Work => [
        'clear',
        start + k * CLEARED_BYTES,
        Math.min(CLEARED_BYTES, bytes - k * CLEARED_BYTES),
      ]),
    )
  }

  /** The sum of squares of a parameter's gradient, which those of its pieces have been made for. */
  #squares(name: string): number {
    const pieces = this.#fixed.pieces(name)
    return new Float64Array(this.#memory.buffer, pieces[0]!.sum, pieces.length).reduce((a, b) => a + b)
  }

  #update(pieces: readonly Piece[], learningRate: number, scale: number): void {
    const scalars = new Map(
      this.trained.map(name => [name, this.optimizer.scalars(learningRate, ++this.updatesOf[name]!, this.options)]),
    )
    this.#team.apart(
      this.#updates,
      pieces.map(({ parameter, from, vectors }): Work => {
        const addresses = Array.from(
          { length: SLOTS + this.optimizer.slots.length },
          (_, section) => this.#fixed.address(section, parameter) + from,
        )
        return ['update', ...addresses, vectors, scale, ...this.#scalars.map(key => scalars.get(parameter)![key]!)]
      }),
    )
  }

  #program(mode: 'train' | 'evaluate' | 'trace', vectors: number): Program {
    const key = `${mode} ${vectors} ${mode === 'train' ? this.trained.join() : ''}`
    const found = this.#programs.get(key)
    if (found) return found
    const { graph } = this.model
    const variant: Variant = {
      vectors,
      fusedMultiplyAdd: this.#relaxed,
      meeting: this.#meeting,
      ...(mode === 'train' ? { reversed: reverse(this.model, new Set(this.trained)) } : {}),
      ...(mode === 'trace'
        ? { traced: { step: tracedTensors(graph), output: new Map([['output.probabilities', graph.probabilities]]) } }
        : {}),
    }
    const compiled = compile(this.model, this.#fixed, variant)
    const program = new Program(
      compiled,
      vectors,
      this.#memory,
      this.#team,
      this.#fixed.bytes,
      (step, length, age) => this.rows(step, length, age),
      mode === 'train',
      this.model,
      bytes => {
        this.#ensure(bytes)
      },
    )
    this.#programs.set(key, program)
    return program
  }

  #sizeOf(parameter: string): number {
    return sizeOf(this.model.parameters.find(({ name }) => name === parameter)!.shape)
  }

  protected override view(tensor: string): Float32Array {
    const [first, second] = tensor.split(':') as [string, string | undefined]
    const section = second === undefined ? WEIGHTS : SLOTS + this.optimizer.slots.indexOf(first)
    const name = second ?? first
    if (!(name in this.updatesOf) || section < 0 || (second !== undefined && section < SLOTS))
      throw new LabError('bad-tensor', `there is no tensor ${tensor}`)
    return this.#floats(this.#fixed.address(section, name), this.#sizeOf(name))
  }

  #floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length)
  }

  #ensure(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength
    if (missing <= 0) return
    try {
      this.#memory.grow(Math.ceil(missing / 65536))
    } catch (cause) {
      throw new LabError(
        'out-of-memory',
        `this model and string length need ${Math.ceil(bytes / 2 ** 20)} MiB; a WebAssembly memory holds at most 4096`,
        { cause },
      )
    }
  }
}

const after = (
  { size, length, next, carried }: Batch,
  states: ReadonlyMap<string, Float32Array>,
): Carried | undefined => next && { size, age: (carried?.age ?? 0) + length, states }

/** Splits a batch into blocks of nearly the same size that the compiled code takes at once. */
function blocksOf(size: number, maxVectors: number): { vectors: number; blocks: { from: number; size: number }[] } {
  const count = Math.ceil(size / (maxVectors * 4))
  const vectors = Math.min(maxVectors, Math.ceil(size / count / 4))
  const blocks: { from: number; size: number }[] = []
  for (let from = 0; from < size; from += vectors * 4) blocks.push({ from, size: Math.min(vectors * 4, size - from) })
  return { vectors, blocks }
}
