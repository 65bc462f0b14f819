import type * as TensorFlow from '@tensorflow/tfjs'
import { LabError } from '../../../shared/errors.ts'
import type { Options, ValuesOf } from '../../../shared/options.ts'
import type { Picked } from '../../../shared/study.ts'
import { multiply, stateBefore } from '../../algebra/operations.ts'
import { tracing, type Tensor } from '../../algebra/tensor.ts'
import { reverse, rowsAt, type Model } from '../../model.ts'
import type { Optimizer } from '../../optimizers/optimizer.ts'
import { normsOf, pickOptimizer } from '../../optimizers/pick.ts'
import type { Asked, CohortEngine, Share, Stepped } from '../cohort/engine.ts'
import { ParameterLayout } from '../cohort/parameter-layout.ts'
import type { BatchScore, Carried } from '../device.ts'
import { evaluate } from '../interpreter/evaluate.ts'
import { madeFor } from './graph-plan.ts'
import { groupsOf } from './grouping.ts'
import { lineUp, weightsOfPredictions, withRows, type Lineup } from './lineup.ts'
import { Pass, planPass, type PassPlan } from './pass.ts'
import { populationOn, type Population, type TensorFlowJs, type Value } from './population.ts'
import { scopedOn } from './scope.ts'

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
  readonly #update: { readonly weight: Tensor; readonly slots: Readonly<Record<string, Tensor>> }
  readonly #owners: TensorFlow.Tensor1D

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
    this.#update = updateGraph(optimizer, options, floats)
    this.#owners = this.#scoped(() => tf.keep(tf.tensor1d(this.parameters.owners(), 'int32')))
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
    for (const tensor of [...[...this.#store.values()].flat(), ...this.#gradients.values(), this.#owners])
      tensor.dispose()
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
      const news = group.some(({ update }) => update) ? this.#updated(group, steppeds, sections, flat) : []
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

  /** Sections after the update, clipped gradient by run and frozen parameters as they were. */
  #updated(
    group: readonly Asked[],
    steppeds: readonly Stepped[],
    sections: readonly TensorFlow.Tensor[],
    flat: TensorFlow.Tensor,
  ): TensorFlow.Tensor[] {
    const tf = this.#tf,
      runs = group.length
    const { floats, places } = this.parameters
    const components = new Map(this.#model.parameters.map(({ name, component }) => [name, component]))
    const scales = group.map(
      ({ update }, k) =>
        normsOf(
          [...steppeds[k]!.squares].map(([name, square]) => [components.get(name)!, square] as const),
          update?.clipNorm ?? null,
        ).scale,
    )
    /** A number of each run and parameter, [runs, 1, 1] where a run's parameters agree, else [runs, 1, floats]. */
    const spread = (numberOf: (asked: Asked, name: string) => number | undefined): Value => {
      const table = group.map(asked => [...places.keys()].map(name => numberOf(asked, name)))
      const agreed = table.map(row => new Set(row.filter(number => number !== undefined)))
      if (agreed.every(({ size }) => size <= 1))
        return this.#ops.value(
          tf.tensor(
            agreed.map(([number = 0]) => number),
            [runs, 1, 1],
          ),
          [floats],
        )
      const numbers = tf.tensor(
        table.flat().map(number => number ?? 0),
        [runs, places.size],
      )
      return this.#ops.value(tf.reshape(tf.gather(numbers, this.#owners, 1), [runs, 1, floats]), [floats])
    }
    const known = new Map<Tensor, Value>()
    evaluate(
      [this.#update.weight, ...Object.values(this.#update.slots)],
      known,
      this.#ops,
      { before: 0, after: 0 },
      ({ op }) => {
        const { name } = op as { name: string }
        if (name === SCALE) return this.#ops.value(tf.tensor(scales, [runs, 1, 1]), [floats])
        if (name.startsWith(NUMBER))
          return spread((asked, parameter) => asked.update?.scalars.get(parameter)?.[name.slice(NUMBER.length)])
        const x =
          name === GRADIENT
            ? tf.reshape(flat, [runs, 1, floats])
            : sections[name === WEIGHT ? 0 : 1 + this.#optimizer.slots.indexOf(name)]!
        return this.#ops.value(x, [floats])
      },
    )
    const next = [this.#update.weight, ...this.#optimizer.slots.map(slot => this.#update.slots[slot]!)].map(tensor =>
      this.#ops.spread(known.get(tensor)!, runs, 1),
    )
    if (group.every(({ share: { trained } }) => trained.length === places.size)) return next
    const isTrained = spread(({ share: { trained } }, name) => Number(trained.includes(name)))
    const mask = tf.cast(this.#ops.spread(isTrained, runs, 1), 'bool')
    return next.map((values, k) => tf.where(mask, values, sections[k]!))
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

const WEIGHT = 'weight',
  GRADIENT = 'gradient',
  NUMBER = 'number ',
  SCALE = 'scale'

/** The optimizer's rule for all parameters in a row. */
function updateGraph(
  optimizer: Optimizer,
  options: ValuesOf<Options>,
  floats: number,
): { weight: Tensor; slots: Readonly<Record<string, Tensor>> } {
  const names = Object.keys(optimizer.scalars(1, 1, options))
  return tracing(() => {
    const leaf = (name: string): Tensor => stateBefore(name, [floats])
    return optimizer.update(
      {
        weight: leaf(WEIGHT),
        gradient: multiply(leaf(SCALE), leaf(GRADIENT)),
        slots: Object.fromEntries(optimizer.slots.map(slot => [slot, leaf(slot)])),
        scalars: Object.fromEntries(names.map(name => [name, leaf(`${NUMBER}${name}`)])),
      },
      options,
    )
  })
}

const isFinite = ({ loss, squares }: Stepped): boolean =>
  Number.isFinite(loss) && [...squares.values()].every(Number.isFinite)

function lossesOf(lineup: Lineup, nats: Float32Array): number[] {
  const weights = weightsOfPredictions(lineup),
    perRun = lineup.predictions * lineup.examples
  return lineup.shares.map((_, run) => {
    let loss = 0
    for (let k = run * perRun; k < (run + 1) * perRun; k++) if (weights[k]! > 0) loss += weights[k]! * nats[k]!
    return loss
  })
}

function scoreOf(
  { shares, predictions, examples, firstPrediction }: Lineup,
  run: number,
  nats: ArrayLike<number>,
  correct: ArrayLike<number>,
  isText: boolean,
): BatchScore {
  const { size, length } = shares[run]!.batch
  const own = length + 1 - firstPrediction
  const each = { nats: new Float64Array(size * own), correct: new Int32Array(size * own) }
  const score = { nats: new Float64Array(size), correct: new Int32Array(size) }
  for (let step = 0; step < own; step++) {
    for (let example = 0; example < size; example++) {
      const at = (run * predictions + step) * examples + example
      score.nats[example]! += each.nats[example * own + step] = nats[at]!
      score.correct[example]! += each.correct[example * own + step] = correct[at]!
    }
  }
  return isText ? { ...score, predictions: each } : score
}

/** Numbers that the way there of one example takes. */
function floatsOf(model: Model, length: number, age: number): number {
  const { next, nats, correct } = model.graph
  const floatsIn = (tensors: readonly Tensor[], rows: number): number =>
    tensors.reduce((sum, { shape }) => sum + withRows(shape, rows).reduce((a, b) => a * b, 1), 0)
  const step = madeFor(next.values())
  let floats = (length + 1) * floatsIn(madeFor([nats, correct]), 0)
  for (let t = 1; t <= length; t++) floats += floatsIn(step, rowsAt(model, t, length, age))
  return floats
}
