import { LabError } from '../../../shared/errors.ts'
import type { Picked } from '../../../shared/study.ts'
import { isPairs, rowSizeOf } from '../../algebra/tensor.ts'
import { reverse, type Model } from '../../model.ts'
import { pickOptimizer } from '../../optimizers/pick.ts'
import type { Asked, CohortEngine, Share, Stepped } from '../cohort/engine.ts'
import { ParameterLayout } from '../cohort/parameter-layout.ts'
import type { BatchScore, Carried } from '../device.ts'
import { unpackStates } from './carried.ts'
import type { Gpu } from './gpu.ts'
import { chunksOf, jobsOf, tooLarge, writeJobs, type Job } from './jobs.ts'
import type { Layout } from './layout.ts'
import { lower } from './lower.ts'
import { compileProgram, dispatchProgram, type Program } from './program.ts'
import { ROW_OF_GROUPS, type Sizes } from './shaders.ts'
import { blocksOf, controlsOf, normShader, squaresShader, updateShader, type Controls } from './update-shaders.ts'

type Work = readonly Asked[]

/** Some of the GPU's memory is others'. */
const SHARE_OF_MEMORY = 0.5
/** Most threads of a workgroup. */
const WIDEST = 256
/** Units of a vector from which on a string gets a workgroup as wide as it may be. */
const WIDE_VECTOR = 128

/** Everything of a cohort that lies and runs on the GPU. */
export class Engine implements CohortEngine {
  readonly parameters: ParameterLayout
  readonly capacity: number
  readonly #gpu: Gpu
  readonly #model: Model
  readonly #sizes: Sizes
  readonly #controls: Controls
  readonly #finishing: Finishing
  readonly #programs = new Map<string, Promise<Program>>()
  readonly #buffers = new Map<string, { buffer: GPUBuffer; floats: number }>()
  readonly #store: GPUBuffer
  readonly #gradients: GPUBuffer
  readonly #owners: GPUBuffer
  readonly #blocks: GPUBuffer
  readonly #blockCount: number

  private constructor(gpu: Gpu, model: Model, { parameters, sizes, controls, capacity, finishing }: Opened) {
    this.#gpu = gpu
    this.#model = model
    this.parameters = parameters
    this.#sizes = sizes
    this.#controls = controls
    this.#finishing = finishing
    this.capacity = capacity
    this.#store = gpu.buffer('weights and slots', capacity * sizes.sections * parameters.floats)
    this.#gradients = gpu.buffer('gradients', capacity * parameters.floats)
    this.#owners = gpu.buffer('owners', parameters.floats)
    gpu.upload(this.#owners, parameters.owners())
    const blocks = blocksOf(parameters)
    this.#blockCount = blocks.length
    this.#blocks = gpu.buffer('blocks', 2 * blocks.length)
    gpu.upload(this.#blocks, Int32Array.from(blocks.flatMap(({ offset, size }) => [offset, size])))
  }

  /** @param runs wanted; there may be room for fewer @throws InputError, LabError `out-of-memory` when there is no room for one */
  static async open(gpu: Gpu, model: Model, picked: Picked, runs: number): Promise<Engine> {
    const { optimizer, options } = pickOptimizer(picked)
    const parameters = new ParameterLayout(model.parameters)
    const threads = threadsFor(gpu, model)
    const sizes: Sizes = {
      threads,
      wideThreads: Math.min(WIDEST, 4 * threads),
      tileThreads: threads < 64 ? 4 : 16,
      sections: 1 + optimizer.slots.length,
      parameters,
    }
    const controls = controlsOf(optimizer, options, parameters)
    const floats = sizes.sections * parameters.floats
    const room = Math.floor((gpu.mostFloats * SHARE_OF_MEMORY) / floats)
    if (room < 1)
      throw new LabError(
        'out-of-memory',
        tooLarge(
          `the ${parameters.floats} weights of this model and what its optimizer keeps of them`,
          floats,
          gpu.name,
          gpu.mostFloats * SHARE_OF_MEMORY,
        ),
      )
    const [squares, norm, update] = (await Promise.all(
      [squaresShader(sizes), normShader(sizes, controls), updateShader(optimizer, options, sizes, controls)].map(code =>
        gpu.pipeline(code),
      ),
    )) as [GPUComputePipeline, GPUComputePipeline, GPUComputePipeline]
    return new Engine(gpu, model, {
      parameters,
      sizes,
      controls,
      capacity: Math.min(runs, room),
      finishing: { squares, norm, update },
    })
  }

  check(): void {
    this.#gpu.check()
  }

  get isWhole(): boolean {
    return this.#gpu.isWhole
  }

  async step(work: Work): Promise<Stepped[]> {
    const shares = work.map(({ share }) => share)
    const program = await this.#program(shares)
    const { places, floats } = this.parameters
    this.#gpu.submit(encoder => {
      for (const { slot } of shares) encoder.clearBuffer(this.#gradients, slot * floats * 4, floats * 4)
    })
    const recorded = this.#record(program, shares)
    const finished = this.#finish(work)
    const [results, norms] = await this.#gpu.download([
      { buffer: recorded.results, at: 0, floats: recorded.floats },
      { buffer: finished.buffer, at: 0, floats: finished.floats },
    ])
    return work.map(({ share: { batch, trained } }, k) => {
      const own = recorded.jobs.filter(({ share }) => share === k)
      const nats = own.reduce((total, job) => total + sumOf(results!, job, NATS), 0)
      return {
        loss: nats / (batch.size * (batch.next ? batch.length : 1)),
        carried: this.#carriedBy(recorded, own, batch, results!),
        squares: new Map(trained.map(name => [name, norms![k * (places.size + 1) + 1 + places.get(name)!.index]!])),
      }
    })
  }

  async score(work: Work): Promise<BatchScore[]> {
    const shares = work.map(({ share }) => share)
    const recorded = this.#record(await this.#program(null), shares)
    const [results] = await this.#gpu.download([{ buffer: recorded.results, at: 0, floats: recorded.floats }])
    return this.#scoresOf(recorded, shares, results!)
  }

  async readStore(slot: number): Promise<Float32Array> {
    const floats = this.#sizes.sections * this.parameters.floats
    return (await this.#gpu.download([{ buffer: this.#store, at: slot * floats, floats }]))[0]!
  }

  async readGradients(slot: number): Promise<Float32Array> {
    const { floats } = this.parameters
    return (await this.#gpu.download([{ buffer: this.#gradients, at: slot * floats, floats }]))[0]!
  }

  writeStore(slot: number, values: Float32Array<ArrayBuffer>): void {
    this.#gpu.upload(this.#store, values, slot * this.#sizes.sections * this.parameters.floats)
  }

  /** The device too. */
  destroy(): void {
    for (const { buffer } of this.#buffers.values()) buffer.destroy()
    for (const buffer of [this.#store, this.#gradients, this.#owners, this.#blocks]) buffer.destroy()
    this.#gpu.destroy()
  }

  /** Hands in the strings of all shares, in as many parts as the memory for their steps asks for. */
  #record(program: Program, shares: readonly Share[]): Recorded {
    const { lowered } = program
    const { layout } = lowered
    const { jobs, results: floats } = jobsOf(shares, this.#model, {
      layout,
      perPrediction: typeof lowered.output !== 'string' || this.#model.reads === 'text',
    })
    const results = this.#scratch('results', floats, 'the results of this batch')
    for (const chunk of chunksOf(jobs, this.#gpu.mostFloats, this.#gpu.name)) {
      const written = writeJobs(chunk, shares, this.#model, layout, lowered.scatters.length > 0)
      const input = this.#scratch('input', written.words.length, 'symbols, masks and states of this batch'),
        memory = this.#scratch('work', written.floats, 'the steps of this batch')
      this.#gpu.upload(input, written.words)
      this.#gpu.submit(encoder => {
        dispatchProgram(this.#gpu, encoder, program, written, [this.#store, input, memory], results, this.#gradients)
      })
    }
    return { jobs, layout, results, floats }
  }

  /** What the strings of each share gave. */
  #scoresOf(recorded: Recorded, shares: readonly Share[], results: Float32Array): BatchScore[] {
    return shares.map(({ batch }, k) => {
      const own = recorded.jobs.filter(({ share }) => share === k)
      const sums = {
        nats: Float64Array.from(own, job => sumOf(results, job, NATS)),
        correct: Int32Array.from(own, job => sumOf(results, job, CORRECT)),
      }
      if (this.#model.reads === 'strings') return sums
      const { size, length } = batch
      const predictions = { nats: new Float64Array(size * length), correct: new Int32Array(size * length) }
      for (const { row, results: from } of own) {
        for (let t = 0; t < length; t++) {
          predictions.nats[row * length + t] = results[from + 2 * t + NATS]!
          predictions.correct[row * length + t] = results[from + 2 * t + CORRECT]!
        }
      }
      return { ...sums, predictions, carried: this.#carriedBy(recorded, own, batch, results) }
    })
  }

  /** The state that strings of a text left, behind their predictions. */
  #carriedBy(
    { layout }: Recorded,
    own: readonly Job[],
    batch: Share['batch'],
    results: Float32Array,
  ): Carried | undefined {
    const {
      reads,
      graph: { states },
    } = this.#model
    if (reads === 'strings') return undefined
    const { length, carried } = batch
    return unpackStates(
      own.map(job => results.subarray(job.results + 2 * job.predictions)),
      states,
      layout.rows(length, length, carried?.age ?? 0),
      batch,
    )
  }

  /** Hands in norms, clipping and updates. @returns for each run the factor that clips and each parameter's sum of squares, and how many numbers that is */
  #finish(work: Work): { buffer: GPUBuffer; floats: number } {
    const { places, floats } = this.parameters
    const count = work.length * (places.size + 1)
    const slots = this.#scratch('slots', work.length),
      controls = this.#scratch('controls', work.length * this.#controls.words)
    const sums = this.#scratch('sums', work.length * this.#blockCount),
      norms = this.#scratch('norms', count)
    this.#gpu.upload(
      slots,
      Int32Array.from(work, ({ share }) => share.slot),
    )
    this.#gpu.upload(controls, this.#controlWords(work))
    const { squares, norm, update } = this.#finishing
    this.#gpu.submit(encoder => {
      this.#gpu.dispatch(encoder, squares, [slots, this.#gradients, this.#blocks, sums], this.#blockCount, work.length)
      this.#gpu.dispatch(encoder, norm, [sums, controls, norms], work.length)
      this.#gpu.dispatch(
        encoder,
        update,
        [slots, this.#store, this.#gradients, controls, norms, this.#owners],
        Math.min(ROW_OF_GROUPS, Math.ceil(floats / this.#sizes.threads)),
        work.length,
      )
    })
    return { buffer: norms, floats: count }
  }

  #controlWords(work: Work): Float32Array<ArrayBuffer> {
    const { scalars, perParameter, words } = this.#controls
    const values = new Float32Array(work.length * words)
    work.forEach(({ update }, k) => {
      values[k * words] = update?.clipNorm ?? -1
      for (const [name, numbers] of update?.scalars ?? []) {
        const at = k * words + 1 + this.parameters.of(name).index * perParameter
        values[at] = 1
        scalars.forEach((scalar, s) => {
          values[at + 1 + s] = numbers[scalar]!
        })
      }
    })
    return values
  }

  /** Pipelines for scoring, or for the gradients of all that any of the shares trains. */
  #program(shares: readonly Share[] | null): Promise<Program> {
    const trained =
      shares &&
      this.#model.parameters.map(({ name }) => name).filter(name => shares.some(share => share.trained.includes(name)))
    const key = trained === null ? 'score' : `train ${trained.join()}`
    const found = this.#programs.get(key)
    if (found) return found
    const made = this.#make(trained)
    this.#programs.set(key, made)
    return made
  }

  #make(trained: readonly string[] | null): Promise<Program> {
    return compileProgram(
      this.#gpu,
      lower(this.#model, this.parameters, trained === null ? undefined : reverse(this.#model, new Set(trained))),
      this.#sizes,
    )
  }

  /** A buffer of at least `floats`, kept for the next call. */
  #scratch(name: string, floats: number, what = name): GPUBuffer {
    const found = this.#buffers.get(name)
    if (found && found.floats >= floats) return found.buffer
    const most = this.#gpu.mostFloats
    if (floats > most) throw new LabError('out-of-memory', tooLarge(what, floats, this.#gpu.name, most))
    found?.buffer.destroy()
    const size = Math.min(most, Math.ceil(floats * 1.25))
    const made = { buffer: this.#gpu.buffer(name, size), floats: size }
    this.#buffers.set(name, made)
    return made.buffer
  }
}

/** What is told of a prediction, one number behind the other. */
const NATS = 0,
  CORRECT = 1

/** Over the predictions of one string. */
function sumOf(results: Float32Array, { results: from, predictions }: Job, what: typeof NATS | typeof CORRECT): number {
  let sum = 0
  for (let p = 0; p < predictions; p++) sum += results[from + 2 * p + what]!
  return sum
}

/** What was handed in: its strings, and where their results will be. */
interface Recorded {
  readonly jobs: readonly Job[]
  readonly layout: Layout
  readonly results: GPUBuffer
  readonly floats: number
}

interface Finishing {
  readonly squares: GPUComputePipeline
  readonly norm: GPUComputePipeline
  readonly update: GPUComputePipeline
}
interface Opened {
  readonly parameters: ParameterLayout
  readonly sizes: Sizes
  readonly controls: Controls
  readonly capacity: number
  readonly finishing: Finishing
}

/** Threads for one string: more where each of its steps has much to do. A processor that stands in for a GPU has its own number. */
function threadsFor({ threads, isSoftware }: Gpu, { graph: { states } }: Model): number {
  const isMuch = [...states.values()].some(shape => isPairs(shape) || rowSizeOf(shape) >= WIDE_VECTOR)
  return isMuch && !isSoftware ? Math.max(threads, WIDEST) : threads
}
