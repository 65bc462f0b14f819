import { LabError } from '../../../shared/errors.ts'
import type { Picked } from '../../../shared/study.ts'
import type { Model } from '../../model.ts'
import { normsOf } from '../../optimizers/pick.ts'
import type { Batch, BatchScore, Carried, RemoteExecutor, StepResult, Tracer, TraceTensor } from '../device.ts'
import { ExecutorBase } from '../executor-base.ts'
import type { CohortEngine, Share, Stepped, Update } from './engine.ts'

/** What a member asks of its cohort. */
export interface Work {
  readonly parameters: CohortEngine['parameters']
  step(share: Share, update: Update | null): Promise<Stepped>
  score(share: Share): Promise<BatchScore>
  gradients(): Promise<Float32Array>
  /** Weights and slots, section by section. */
  read(): Promise<Float32Array>
  write(values: Float32Array<ArrayBuffer>): void
  leave(): void
  readonly tracer: Tracer
}

/** One run of a cohort. Weights and slots live with the engine; a copy here is what `write` changes and `settle` brings up to date. */
export class Member extends ExecutorBase implements RemoteExecutor {
  readonly #slot: number
  readonly #work: Work
  readonly #copy: Float32Array<ArrayBuffer>
  /** Whether the copy, or the engine, has something that the other one lacks. */
  #newer: 'copy' | 'engine' | 'neither' = 'copy'
  #left = false

  constructor(model: Model, picked: Picked, slot: number, work: Work) {
    super(model, picked)
    this.#slot = slot
    this.#work = work
    this.#copy = new Float32Array(work.parameters.floats * (1 + this.optimizer.slots.length))
  }

  async step(
    batch: Batch,
    { learningRate, clipNorm }: { learningRate: number; clipNorm: number | null },
  ): Promise<StepResult> {
    const share = this.#share(batch)
    for (const name of this.trained) this.updatesOf[name]!++
    this.#newer = 'engine'
    const scalars = new Map(
      this.trained.map(name => [name, this.optimizer.scalars(learningRate, this.updatesOf[name]!, this.options)]),
    )
    const { loss, squares, carried } = await this.#work.step(share, { clipNorm, scalars })
    return { loss, ...this.#norms(squares, clipNorm), carried }
  }

  async gradients(
    batch: Batch,
  ): Promise<{ loss: number; gradients: Map<string, Float32Array>; carried: Carried | undefined }> {
    const { loss, carried } = await this.#work.step(this.#share(batch), null)
    const all = await this.#work.gradients()
    return { loss, carried, gradients: new Map(this.trained.map(name => [name, this.#part(all, 0, name).slice()])) }
  }

  async evaluate(batch: Batch): Promise<BatchScore> {
    return this.#work.score(this.#share(batch))
  }

  /** One string gives a cohort nothing to do: another device traces it, with the weights as they are here. */
  async trace(symbols: Int32Array, rows?: number): Promise<Record<string, TraceTensor>> {
    await this.settle()
    const tracer = this.#work.tracer(this.model)
    for (const { name } of this.model.parameters) tracer.write(name, this.read(name))
    return tracer.trace(symbols, rows)
  }

  async settle(): Promise<void> {
    if (this.#newer !== 'engine') return
    this.#copy.set(await this.#work.read())
    this.#newer = 'neither'
  }

  override read(tensor: string): Float32Array {
    this.#needSettled(tensor)
    return super.read(tensor)
  }

  override write(tensor: string, values: Float32Array): void {
    this.#needSettled(tensor)
    super.write(tensor, values)
    this.#newer = 'copy'
  }

  dispose(): void {
    if (this.#left) return
    this.#left = true
    this.#work.leave()
  }

  protected override view(tensor: string): Float32Array {
    const [first, second] = tensor.split(':') as [string, string | undefined]
    const section = second === undefined ? 0 : 1 + this.optimizer.slots.indexOf(first)
    const name = second ?? first
    if (!(name in this.updatesOf) || (second !== undefined && section === 0))
      throw new LabError('bad-tensor', `there is no tensor ${tensor}`)
    return this.#part(this.#copy, section, name)
  }

  #part(all: Float32Array, section: number, name: string): Float32Array {
    const { offset, size } = this.#work.parameters.of(name)
    const start = section * this.#work.parameters.floats + offset
    return all.subarray(start, start + size)
  }

  #needSettled(tensor: string): void {
    if (this.#newer === 'engine')
      throw new LabError('not-settled', `${tensor} was changed by a step; \`settle\` brings it here`)
  }

  #upload(): void {
    if (this.#left) throw new LabError('left-cohort', 'this run has left its cohort')
    if (this.#newer !== 'copy') return
    this.#work.write(this.#copy)
    this.#newer = 'neither'
  }

  #share(batch: Batch): Share {
    this.checkBatch(batch)
    this.#upload()
    return { slot: this.#slot, batch, trained: this.trained }
  }

  #norms(
    squares: ReadonlyMap<string, number>,
    clipNorm: number | null,
  ): Pick<StepResult, 'gradientNorm' | 'componentNorms'> {
    const trained = this.model.parameters.filter(({ name }) => squares.has(name))
    const { gradientNorm, componentNorms } = normsOf(
      trained.map(({ name, component }) => [component, squares.get(name)!] as const),
      clipNorm,
    )
    return { gradientNorm, componentNorms }
  }
}
