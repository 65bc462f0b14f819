import type * as TensorFlow from '@tensorflow/tfjs'
import { LabError } from '../../../shared/errors.ts'
import type { Picked } from '../../../shared/study.ts'
import { reverse, rowsAt, type Model } from '../../model.ts'
import type { Optimizer } from '../../optimizers/optimizer.ts'
import { pickOptimizer } from '../../optimizers/pick.ts'
import type { Asked, CohortEngine, Share, Stepped } from '../cohort/engine.ts'
import { ParameterLayout } from '../cohort/parameter-layout.ts'
import type { BatchScore, Carried } from '../device.ts'
import { groupsOf } from './grouping.ts'
import { lineUp, withRows, type Lineup } from './lineup.ts'
import { Pass, planPass, type PassPlan } from './pass.ts'
import { populationOn, type Population, type TensorFlowJs, type Value } from './population.ts'
import { scopedOn } from './scope.ts'
import { floatsOf, lossesOf, scoreOf } from './scores.ts'
import { Updates } from './update.ts'

export interface TfjsOptions {
  /** One that is initialised. */
  readonly backend: string
  readonly runs: number
  /** Numbers that may be held at a time. */
  readonly mostFloats: number
  /** What a step costs however many runs share it, in units of what each run adds to it. */
  readonly fixedCost: number
}

/** A run's new weights and slots, [1, floats] each, or its gradient; nothing is changed before all runs have theirs. */
interface Outcome {
  readonly asked: Asked
  readonly stepped: Stepped
  readonly sections: readonly TensorFlow.Tensor[]
  readonly gradient: TensorFlow.Tensor | null
}

const SCORING = 'score'

/** A cohort's weights and slots as tensors of TensorFlow.js, and the traced graphs interpreted for all runs and examples at once. */
export class TfjsEngine implements CohortEngine {
  readonly parameters: ParameterLayout
  readonly capacity: number
  readonly isWhole = true
  readonly #tf: TensorFlowJs
  readonly #ops: Population
  readonly #scoped: <R>(work: () => R) => R
  readonly #model: Model
  readonly #optimizer: Optimizer
  readonly #limits: TfjsOptions
  readonly #plans = new Map<string, PassPlan>()
  /** By slot, then by section: weights, then slots of the optimizer. */
  readonly #store = new Map<number, TensorFlow.Tensor[]>()
  readonly #gradients = new Map<number, TensorFlow.Tensor>()
  readonly #updates: Updates

  /** @throws InputError for an unknown optimizer or an option out of range, LabError `out-of-memory` when there is no room for one run */
  constructor(tf: TensorFlowJs, model: Model, picked: Picked, limits: TfjsOptions) {
    const { optimizer, options } = pickOptimizer(picked)
    this.parameters = new ParameterLayout(model.parameters)
    const { floats } = this.parameters
    const room = Math.floor(limits.mostFloats / (floats * (1 + optimizer.slots.length)))
    if (room < 1)
      throw new LabError(
        'out-of-memory',
        `this model has ${floats} weights; there is room for ${limits.mostFloats} numbers`,
      )
    this.capacity = Math.min(limits.runs, room)
    this.#tf = tf
    this.#scoped = scopedOn(tf, limits.backend)
    this.#ops = populationOn(tf)
    this.#model = model
    this.#optimizer = optimizer
    this.#limits = limits
    this.#updates = this.#scoped(() => new Updates(tf, this.#ops, model, { optimizer, options }, this.parameters))
  }

  check(): void {}

  async step(work: readonly Asked[]): Promise<Stepped[]> {
    const outcomes = new Map<Asked, Outcome>()
    try {
      for (const group of this.#groups(work, true)) this.#stepTogether(group, outcomes)
    } catch (error) {
      for (const { sections, gradient } of outcomes.values())
        for (const tensor of [...sections, ...(gradient ? [gradient] : [])]) tensor.dispose()
      throw error
    }
    return work.map(asked => this.#commit(outcomes.get(asked)!))
  }

  async score(work: readonly Asked[]): Promise<BatchScore[]> {
    const scores = new Map<Asked, BatchScore>()
    for (const group of this.#groups(work, false)) this.#scoreTogether(group, scores)
    return work.map(asked => scores.get(asked)!)
  }

  async readStore(slot: number): Promise<Float32Array> {
    const sections = await Promise.all(this.#sections(slot).map(section => section.data<'float32'>()))
    const values = new Float32Array(sections.length * this.parameters.floats)
    sections.forEach((section, k) => {
      values.set(section, k * this.parameters.floats)
    })
    return values
  }

  async readGradients(slot: number): Promise<Float32Array> {
    return this.#gradients.get(slot)!.data<'float32'>()
  }

  writeStore(slot: number, values: Float32Array<ArrayBuffer>): void {
    const { floats } = this.parameters
    this.#replace(
      slot,
      this.#scoped(() =>
        Array.from({ length: values.length / floats }, (_, k) =>
          this.#tf.keep(this.#tf.tensor(values.slice(k * floats, (k + 1) * floats), [1, floats])),
        ),
      ),
    )
  }

  destroy(): void {
    for (const tensor of [...[...this.#store.values()].flat(), ...this.#gradients.values()]) tensor.dispose()
    this.#updates.dispose()
    this.#store.clear()
    this.#gradients.clear()
    this.#ops.dispose()
  }

  #sections(slot: number): readonly TensorFlow.Tensor[] {
    return this.#store.get(slot)!
  }

  #replace(slot: number, sections: TensorFlow.Tensor[]): void {
    for (const section of this.#store.get(slot) ?? []) section.dispose()
    this.#store.set(slot, sections)
  }

  #commit({
    asked: {
      share: { slot },
    },
    stepped,
    sections,
    gradient,
  }: Outcome): Stepped {
    if (sections.length > 0) this.#replace(slot, [...sections])
    if (gradient) {
      this.#gradients.get(slot)?.dispose()
      this.#gradients.set(slot, gradient)
    }
    return stepped
  }

  /** A run that was filled up to the length of others and is no longer finite is computed again without them: what fills it up must not decide. */
  #stepTogether(group: readonly Asked[], outcomes: Map<Asked, Outcome>): void {
    const again = this.#scoped(() => {
      const lineup = lineUp(
        this.#model,
        group.map(({ share }) => share),
      )
      const plan = this.#plan(lineup.shares)
      const { tf, sections, weights } = this.#gather(lineup)
      const { nats, states, gradients } = new Pass(tf, this.#ops, this.#model, plan, lineup, weights).gradients()
      const { runs } = lineup,
        { places, floats } = this.parameters
      const pieces = new Map(
        [...gradients].map(([name, gradient]) => [name, tf.reshape(gradient, [runs, places.get(name)!.size])]),
      )
      const squares = this.#squares(pieces)
      const losses = lossesOf(lineup, nats.dataSync() as Float32Array)
      const carried = this.#carried(lineup, states)
      const steppeds = group.map(({ share: { trained } }, k): Stepped => ({
        loss: losses[k]!,
        squares: new Map(trained.map(name => [name, squares.get(name)?.[k] ?? 0])),
        carried: carried?.[k],
      }))
      const failed = group.map(({ share: { batch } }, k) => batch.length < lineup.length && !isFinite(steppeds[k]!))
      const flat = tf.concat(
        [...places].map(([name, { size }]) => pieces.get(name) ?? tf.zeros([runs, size])),
        1,
      )
      const news = group.some(({ update }) => update) ? this.#updates.updated(group, steppeds, sections, flat) : []
      const rowsOf = (all: TensorFlow.Tensor): TensorFlow.Tensor[] =>
        runs === 1 ? [tf.reshape(all, [1, floats])] : tf.split(tf.reshape(all, [runs, floats]), runs, 0)
      const parts = news.map(rowsOf),
        slopes = group.every(({ update }) => update) ? null : rowsOf(flat)
      group.forEach((asked, k) => {
        if (failed[k]) return
        outcomes.set(asked, {
          asked,
          stepped: steppeds[k]!,
          sections: asked.update ? parts.map(rows => tf.keep(rows[k]!)) : [],
          gradient: asked.update ? null : tf.keep(slopes![k]!),
        })
      })
      return group.filter((_, k) => failed[k])
    })
    for (const asked of again) this.#stepTogether([asked], outcomes)
  }

  #scoreTogether(group: readonly Asked[], scores: Map<Asked, BatchScore>): void {
    const again = this.#scoped(() => {
      const lineup = lineUp(
        this.#model,
        group.map(({ share }) => share),
      )
      const { tf, weights } = this.#gather(lineup)
      const found = new Pass(tf, this.#ops, this.#model, this.#plan(null), lineup, weights).score()
      const [nats, correct] = [found.nats.dataSync(), found.correct.dataSync()]
      const carried = this.#carried(lineup, found.states)
      return group.filter((asked, k) => {
        const score = {
          ...scoreOf(lineup, k, nats, correct, this.#model.reads === 'text'),
          ...(carried && { carried: carried[k] }),
        }
        if (asked.share.batch.length < lineup.length && !score.nats.every(Number.isFinite)) return true
        scores.set(asked, score)
        return false
      })
    })
    for (const asked of again) this.#scoreTogether([asked], scores)
  }

  /** Weights and slots of the runs, [runs, 1, floats] a section, and each parameter, [runs, 1, …shape]. */
  #gather({ shares, runs }: Lineup): { tf: TensorFlowJs; sections: TensorFlow.Tensor[]; weights: Map<string, Value> } {
    const tf = this.#tf
    const { floats, places } = this.parameters
    const sections = Array.from({ length: 1 + this.#optimizer.slots.length }, (_, k) =>
      tf.reshape(
        runs === 1
          ? this.#sections(shares[0]!.slot)[k]!
          : tf.concat(
              shares.map(({ slot }) => this.#sections(slot)[k]!),
              0,
            ),
        [runs, 1, floats],
      ),
    )
    const parts =
      places.size === 1
        ? [sections[0]!]
        : tf.split(
            sections[0]!,
            [...places.values()].map(({ size }) => size),
            2,
          )
    return {
      tf,
      sections,
      weights: new Map(
        [...places].map(([name, { index, shape }]) => [
          name,
          this.#ops.value(tf.reshape(parts[index]!, [runs, 1, ...shape]), shape),
        ]),
      ),
    }
  }

  /** Of the gradient of each parameter, for each run. */
  #squares(pieces: ReadonlyMap<string, TensorFlow.Tensor>): Map<string, Float32Array> {
    if (pieces.size === 0) return new Map()
    const all = this.#tf.stack([...pieces.values()].map(piece => this.#tf.sum(this.#tf.square(piece), 1)))
    const values = all.dataSync() as Float32Array,
      runs = all.shape[1]!
    return new Map([...pieces.keys()].map((name, k) => [name, values.slice(k * runs, (k + 1) * runs)]))
  }

  /** The state after a chunk of text of each run. */
  #carried(
    { shares, age, length, examples }: Lineup,
    states: ReadonlyMap<string, TensorFlow.Tensor>,
  ): Carried[] | undefined {
    if (this.#model.reads === 'strings') return undefined
    const values = [...states].map(([name, tensor]) => [name, tensor.dataSync() as Float32Array] as const)
    return shares.map(({ batch: { size, carried } }, run) => ({
      size,
      age: (carried?.age ?? 0) + length,
      states: new Map(
        values.map(([name, all]) => {
          const own = withRows(this.#model.graph.states.get(name)!, rowsAt(this.#model, length, length, age)).reduce(
            (a, b) => a * b,
            1,
          )
          return [name, all.slice(run * examples * own, (run * examples + size) * own)]
        }),
      ),
    }))
  }

  #groups(work: readonly Asked[], training: boolean): Asked[][] {
    const examples = Math.max(...work.map(({ share }) => share.batch.size))
    const age = Math.max(...work.map(({ share }) => share.batch.carried?.age ?? 0))
    return groupsOf(work, {
      lengthOf: ({ share: { batch } }) => batch.length,
      // Chunks of text leave a state, and rows are counted from where the streams began.
      keyOf: ({
        share: {
          batch: { next, length, carried },
        },
      }) => (next ? `${length}/${rowsAt(this.#model, 0, length, carried?.age ?? 0)}` : ''),
      fixed: this.#limits.fixedCost,
      most: length =>
        Math.floor(this.#limits.mostFloats / (floatsOf(this.#model, length, age) * examples * (training ? 2 : 1))),
    })
  }

  #plan(shares: readonly Share[] | null): PassPlan {
    const trained =
      shares &&
      this.#model.parameters.map(({ name }) => name).filter(name => shares.some(share => share.trained.includes(name)))
    const key = trained === null ? SCORING : `train ${trained.join()}`
    const found = this.#plans.get(key) ?? planPass(this.#model, trained && reverse(this.#model, new Set(trained)))
    this.#plans.set(key, found)
    return found
  }
}

const isFinite = ({ loss, squares }: Stepped): boolean =>
  Number.isFinite(loss) && [...squares.values()].every(Number.isFinite)
