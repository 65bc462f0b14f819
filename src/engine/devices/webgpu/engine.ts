import { LabError } from '../../../shared/errors.ts'
import type { Picked } from '../../../shared/study.ts'
import { reverse, type Model } from '../../model.ts'
import { pickOptimizer } from '../../optimizers/pick.ts'
import type { Asked, CohortEngine, Share, Stepped } from '../cohort/engine.ts'
import { ParameterLayout } from '../cohort/parameter-layout.ts'
import type { BatchScore } from '../device.ts'
import type { Gpu } from './gpu.ts'
import { chunksOf, jobsOf, writeJobs, type Job } from './jobs.ts'
import { lower, type Lowered } from './lower.ts'
import { controlsOf, gradientShader, normShader, ROW_OF_GROUPS, sequenceShader, updateShader, type Controls, type Sizes } from './shaders.ts'

type Work = readonly Asked[]

interface Program { readonly lowered: Lowered, readonly sequence: GPUComputePipeline, readonly gradient: GPUComputePipeline | undefined }

/** Some of the GPU's memory is others'. */
const SHARE_OF_MEMORY = 0.5

/** Everything of a cohort that lies and runs on the GPU. */
export class Engine implements CohortEngine {
  readonly parameters: ParameterLayout
  readonly capacity: number
  readonly #gpu: Gpu
  readonly #model: Model
  readonly #sizes: Sizes
  readonly #controls: Controls
  readonly #norm: GPUComputePipeline
  readonly #update: GPUComputePipeline
  readonly #programs = new Map<string, Promise<Program>>()
  readonly #buffers = new Map<string, { buffer: GPUBuffer, floats: number }>()
  readonly #store: GPUBuffer
  readonly #gradients: GPUBuffer
  readonly #owners: GPUBuffer

  private constructor(gpu: Gpu, model: Model, { parameters, sizes, controls, capacity, norm, update }: Opened) {
    this.#gpu = gpu
    this.#model = model
    this.parameters = parameters
    this.#sizes = sizes
    this.#controls = controls
    this.#norm = norm
    this.#update = update
    this.capacity = capacity
    this.#store = gpu.buffer('weights and slots', capacity * sizes.sections * parameters.floats)
    this.#gradients = gpu.buffer('gradients', capacity * parameters.floats)
    this.#owners = gpu.buffer('owners', parameters.floats)
    gpu.upload(this.#owners, Uint32Array.from([...parameters.places.values()].flatMap(({ index, size }) => Array.from({ length: size }, () => index))))
  }

  /** @param runs wanted; there may be room for fewer @throws InputError, LabError `unsupported-model` for models that read text, `out-of-memory` when there is no room for one */
  static async open(gpu: Gpu, model: Model, picked: Picked, runs: number): Promise<Engine> {
    const { optimizer, options } = pickOptimizer(picked)
    if (model.reads === 'text') throw new LabError('unsupported-model', 'webgpu trains on strings of a task; this study reads a text: use the device wasm for it')
    const parameters = new ParameterLayout(model.parameters)
    const sizes: Sizes = { threads: gpu.threads, endOfSequence: model.inputs, sections: 1 + optimizer.slots.length, parameters }
    const controls = controlsOf(optimizer, options, parameters)
    const room = Math.floor(gpu.mostFloats * SHARE_OF_MEMORY / (sizes.sections * parameters.floats))
    if (room < 1) throw new LabError('out-of-memory', `this model has ${parameters.floats} weights; one buffer of ${gpu.name} holds ${gpu.mostFloats} numbers`)
    const [norm, update] = await Promise.all([gpu.pipeline(normShader(sizes, controls)), gpu.pipeline(updateShader(optimizer, options, sizes, controls))])
    return new Engine(gpu, model, { parameters, sizes, controls, capacity: Math.min(runs, room), norm, update })
  }

  check(): void { this.#gpu.check() }

  get isWhole(): boolean { return this.#gpu.isWhole }

  async step(work: Work): Promise<Stepped[]> {
    const shares = work.map(({ share }) => share)
    const program = await this.#program(shares)
    this.#gpu.submit(encoder => { encoder.clearBuffer(this.#gradients) })
    const scores = await this.#run(program, shares)
    const norms = await this.#finish(work)
    const { places } = this.parameters
    return work.map(({ share: { batch, trained } }, k) => ({
      loss: scores[k]!.nats.reduce((a, b) => a + b, 0) / batch.size,
      squares: new Map(trained.map(name => [name, norms[k * (places.size + 1) + 1 + places.get(name)!.index]!])),
    }))
  }

  async score(work: Work): Promise<BatchScore[]> {
    const shares = work.map(({ share }) => share)
    return this.#run(await this.#program(null), shares)
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
    for (const buffer of [this.#store, this.#gradients, this.#owners]) buffer.destroy()
    this.#gpu.destroy()
  }

  /** The sequences of all shares, in as many dispatches as the memory for their steps asks for. */
  async #run({ lowered, sequence, gradient }: Program, shares: readonly Share[]): Promise<BatchScore[]> {
    const chunks = chunksOf(jobsOf(shares, length => lowered.layout.floats(length)), this.#gpu.mostFloats)
    const results: { job: Job, nats: number, correct: number }[] = []
    for (const jobs of chunks) {
      const { words, members, floats } = writeJobs(jobs, shares)
      const input = this.#scratch('input', words.length), memory = this.#scratch('work', floats), scores = this.#scratch('scores', 2 * jobs.length)
      this.#gpu.upload(input, words)
      this.#gpu.submit(encoder => {
        this.#gpu.dispatch(encoder, sequence, [this.#store, input, memory, scores], Math.min(jobs.length, ROW_OF_GROUPS), Math.ceil(jobs.length / ROW_OF_GROUPS))
        if (gradient) this.#gpu.dispatch(encoder, gradient, [this.#store, input, memory, this.#gradients], this.#groups(), members)
      })
      // Several dispatches share the memory; one dispatch's scores are read together with the norms' of the step.
      const [found] = await this.#gpu.download([{ buffer: scores, at: 0, floats: 2 * jobs.length }])
      jobs.forEach((job, k) => results.push({ job, nats: found![2 * k]!, correct: found![2 * k + 1]! }))
    }
    return shares.map((_, k) => {
      const own = results.filter(({ job }) => job.share === k)
      return { nats: Float64Array.from(own, ({ nats }) => nats), correct: Int32Array.from(own, ({ correct }) => correct) }
    })
  }

  /** Norms, clipping and updates. @returns for each run the factor that clips and each parameter's sum of squares */
  async #finish(work: Work): Promise<Float32Array> {
    const { places } = this.parameters
    const slots = this.#scratch('slots', work.length), controls = this.#scratch('controls', work.length * this.#controls.words), norms = this.#scratch('norms', work.length * (places.size + 1))
    this.#gpu.upload(slots, Int32Array.from(work, ({ share }) => share.slot))
    this.#gpu.upload(controls, this.#controlWords(work))
    this.#gpu.submit(encoder => {
      this.#gpu.dispatch(encoder, this.#norm, [slots, this.#gradients, controls, norms], work.length)
      this.#gpu.dispatch(encoder, this.#update, [slots, this.#store, this.#gradients, controls, norms, this.#owners], this.#groups(), work.length)
    })
    return (await this.#gpu.download([{ buffer: norms, at: 0, floats: work.length * (places.size + 1) }]))[0]!
  }

  #controlWords(work: Work): Float32Array<ArrayBuffer> {
    const { scalars, perParameter, words } = this.#controls
    const values = new Float32Array(work.length * words)
    work.forEach(({ update }, k) => {
      values[k * words] = update?.clipNorm ?? -1
      for (const [name, numbers] of update?.scalars ?? []) {
        const at = k * words + 1 + this.parameters.of(name).index * perParameter
        values[at] = 1
        scalars.forEach((scalar, s) => { values[at + 1 + s] = numbers[scalar]! })
      }
    })
    return values
  }

  #groups(): number { return Math.ceil(this.parameters.floats / this.#sizes.threads) }

  /** Pipelines for scoring, or for the gradients of all that any of the shares trains. */
  #program(shares: readonly Share[] | null): Promise<Program> {
    const trained = shares && this.#model.parameters.map(({ name }) => name).filter(name => shares.some(share => share.trained.includes(name)))
    const key = trained === null ? 'score' : `train ${trained.join()}`
    const found = this.#programs.get(key)
    if (found) return found
    const made = this.#make(trained)
    this.#programs.set(key, made)
    return made
  }

  async #make(trained: readonly string[] | null): Promise<Program> {
    const lowered = lower(this.#model, this.parameters, trained === null ? undefined : reverse(this.#model, new Set(trained)))
    const [sequence, gradient] = await Promise.all([
      this.#gpu.pipeline(sequenceShader(lowered, this.#sizes)),
      lowered.gradients.size > 0 ? this.#gpu.pipeline(gradientShader(lowered, this.#sizes)) : undefined,
    ])
    return { lowered, sequence, gradient }
  }

  /** A buffer of at least `floats`, kept for the next call. */
  #scratch(name: string, floats: number): GPUBuffer {
    const found = this.#buffers.get(name)
    if (found && found.floats >= floats) return found.buffer
    const most = this.#gpu.mostFloats
    if (floats > most) throw new LabError('out-of-memory', `a string of this length needs ${Math.ceil(floats / 2 ** 18)} MiB; one buffer of ${this.#gpu.name} holds at most ${Math.floor(most / 2 ** 18)}`)
    found?.buffer.destroy()
    const size = Math.min(most, Math.ceil(floats * 1.25))
    const made = { buffer: this.#gpu.buffer(name, size), floats: size }
    this.#buffers.set(name, made)
    return made.buffer
  }
}

interface Opened { readonly parameters: ParameterLayout, readonly sizes: Sizes, readonly controls: Controls, readonly capacity: number, readonly norm: GPUComputePipeline, readonly update: GPUComputePipeline }
