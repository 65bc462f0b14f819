import { isStatic, sizeOf, type Shape, type Tensor } from '../../algebra/tensor.ts'
import type { Model, ReverseGraph } from '../../model.ts'
import type { ParameterLayout } from '../cohort/parameter-layout.ts'
import { GraphPhases, withReshaped, type Find, type Phase } from '../lowering/graph-phases.ts'
import { linearFactors, outerFactors, predictsTogether, type Factor } from '../lowering/linear.ts'
import type { Kernel } from '../lowering/plan.ts'
import { NO_SLOT, rowMajor, type Base, type Storage } from '../lowering/storage.ts'
import { visitStates } from './carried.ts'
import { maskName } from './expressions.ts'
import { arrayOf, KernelWriter, type Piece } from './kernels.ts'
import { Layout } from './layout.ts'
import { schedule } from './schedule.ts'

/** A vector of each step of each string: an expression for where it begins, and the floats from one element to the next. */
export interface Vector {
  readonly place: string
  readonly step: number
}

/** For each step: result[m] = sum over k of weights[m, k] * vector[k]. */
export interface Product {
  readonly rows: number
  readonly summed: number
  /** `offset` among the run's weights, floats from one row to the next and along a sum. */
  readonly weights: { readonly offset: number; readonly row: number; readonly step: number }
  readonly vector: Vector
  readonly result: Vector
}

/** gradient[r, c] += sum over all steps of rows[r] * columns[c]. */
export interface Outer {
  readonly offset: number
  readonly shape: readonly [number, number]
  readonly rows: Vector
  readonly columns: Vector
  /** Whether the prediction that follows the step is meant, which there may be one of before the first symbol. */
  readonly from: 'step' | 'output'
}

/** gradient[symbol * symbolStep + e * step] += sum over the steps that read the symbol of given[e]. */
export interface Scatter {
  readonly offset: number
  readonly size: number
  readonly symbolStep: number
  readonly step: number
  readonly given: Vector
}

/** What is done for all steps of all strings at once: other code by a workgroup each, or a product. */
export type Stage = { readonly code: string } | Product

/** Stages one after the other, for the steps from `first` on. */
export interface Stages {
  readonly first: 0 | 1
  readonly stages: readonly Stage[]
}

/** The traced graphs of a model as pieces of WGSL, for one string; `t` counts its steps. */
export interface Lowered {
  readonly layout: Layout
  readonly model: Model
  /** Floats at the beginning of a string's memory that are zero before the first step of its first chunk. */
  readonly zeroFloats: number
  /** Brings the state carried on from the input, and the last one to the results. */
  readonly load: string
  readonly save: string
  /** What steps need that no step has to wait for: before their loop, for all at once. */
  readonly ahead: Stages | undefined
  readonly step: string
  /** Predictions: within the string's own loop, or, where the classifier is large, for all steps at once. */
  readonly output: string | Stages
  readonly start: string
  readonly back: string
  /** What no step waits for on the way back: after that loop, for all steps at once. */
  readonly behind: Stages | undefined
  /** What time step `t` adds to the gradient's element `own` of a parameter, from the step (1 … n) and from the prediction (from the first one on). */
  readonly gradients: ReadonlyMap<string, { readonly step?: string; readonly output?: string }>
  readonly outers: readonly Outer[]
  readonly scatters: readonly Scatter[]
  /** Expressions for the cost of the step's target, and whether the prediction is right. */
  readonly nats: string
  readonly correct: string | undefined
}

/** The first step after which something is predicted. */
export const predictsFrom = ({ reads }: Model): 0 | 1 => (reads === 'text' ? 1 : 0)

/** @param reversed what to derive; without it strings are only scored */
export function lower(model: Model, parameters: ParameterLayout, reversed: ReverseGraph | undefined): Lowered {
  return new Lowering(model, parameters, reversed).lower()
}

class Lowering {
  readonly #model: Model
  readonly #parameters: ParameterLayout
  readonly #reversed: ReverseGraph | undefined
  readonly #together: boolean
  readonly #layout: Layout
  readonly #phases: GraphPhases
  readonly #array: (storage: Storage) => string

  constructor(model: Model, parameters: ParameterLayout, reversed: ReverseGraph | undefined) {
    this.#model = model
    this.#parameters = parameters
    this.#reversed = reversed
    this.#together = predictsTogether(model)
    this.#layout = new Layout(model.graph.rows, model.reads, reversed !== undefined || this.#together)
    this.#phases = new GraphPhases(model, this.#layout, reversed, tensor => this.#given(tensor))
    this.#array = arrayOf(this.#layout)
  }

  lower(): Lowered {
    const { graph } = this.#model
    const zeroFloats = [...graph.states.values()].reduce(
      (floats, shape) => floats + (isStatic(shape) ? sizeOf(shape) : 0),
      0,
    )
    const states = [...graph.states].map(([name, shape]): [Shape, Storage] => [
      shape,
      this.#phases.states.get(name)!.now,
    ])
    const load = visitStates(states, this.#layout, 'carriedRows', 'carried', {
      copy: (own, place) => `work[${own}] = bitcast<f32>(input[${place}]);`,
    })
    const save = visitStates(states, this.#layout, 'after', 'state', {
      copy: (own, place) => `results[${place}] = work[${own}];`,
      absent: place => `results[${place}] = 0f;`,
    })
    const ahead = this.#together ? this.#phases.ahead() : undefined
    const aheadStages = ahead && this.#stages(ahead, 1)
    const step = this.#written(this.#phases.step())
    const { output, nats, correct } = this.#outputPhase()
    const start = this.#reversed ? this.#startPhase(this.#reversed) : ''
    const behind = this.#reversed && this.#together ? this.#phases.behind(this.#reversed) : undefined
    const back = this.#reversed ? this.#written(this.#phases.back(this.#reversed)) : ''
    const behindStages = behind && this.#stages(behind, 1)
    return {
      layout: this.#layout,
      model: this.#model,
      zeroFloats,
      load,
      save,
      ahead: aheadStages,
      step,
      output,
      start,
      back,
      behind: behindStages,
      ...this.#gradients(),
      nats,
      correct,
    }
  }

  #writer(find: Find): KernelWriter {
    return new KernelWriter({ layout: this.#layout, ...withReshaped(find) })
  }

  /** Plans and writes the kernels of one phase. */
  #written(phase: Phase): string {
    const { kernels, stored } = this.#phases.planned(phase)
    const writer = this.#writer(stored)
    return schedule(kernels.map(kernel => writer.write(kernel)))
  }

  /** The same, its large products and what comes between them apart. */
  #stages(phase: Phase, first: Stages['first']): Stages {
    const { kernels, stored } = this.#phases.planned(phase)
    const writer = this.#writer(stored)
    const stages: (Product | Kernel[])[] = []
    for (const kernel of kernels) {
      const last = stages.at(-1)
      if (kernel.kind === 'product') stages.push(this.#product(kernel, writer))
      else if (Array.isArray(last)) last.push(kernel)
      else stages.push([kernel])
    }
    return {
      first,
      stages: stages.map(stage =>
        Array.isArray(stage) ? { code: schedule(stage.map(kernel => writer.write(kernel))) } : stage,
      ),
    }
  }

  #product({ expression, storage }: Kernel & { kind: 'product' }, { places }: KernelWriter): Product {
    const {
      rows,
      summed,
      weights: { base, row, step },
      vector,
    } = linearFactors(expression, places)
    if (typeof vector === 'string') throw new TypeError('a product with a symbol is a gather')
    return {
      rows,
      summed,
      weights: { offset: base.offset, row, step },
      vector: this.#vector(vector.base, vector.step),
      result: this.#vector(storage.base, storage.strides[0] as number),
    }
  }

  #vector({ global, offset }: Base, step: number): Vector {
    return { place: `${this.#layout.nameOf(global!)} + ${offset}`, step }
  }

  #given({ op }: Tensor): Storage | undefined {
    if (op.kind === 'weight')
      return {
        base: { global: this.#layout.variable('weight'), offset: 0 },
        strides: [],
        lanes: true,
        slot: NO_SLOT,
        extent: 1,
      }
    if (op.kind === 'mask') {
      const k = this.#model.masks.findIndex(({ name }) => name === op.name)
      return {
        base: { global: this.#layout.variable(maskName(k)), offset: 0 },
        strides: [1],
        lanes: true,
        slot: NO_SLOT,
        extent: this.#model.masks[k]!.width,
      }
    }
    if (op.kind !== 'parameter') return undefined
    const { offset, shape } = this.#parameters.of(op.name)
    return {
      base: { global: this.#layout.variable('weightsAt'), offset },
      strides: rowMajor(shape, 1),
      lanes: false,
      slot: NO_SLOT,
      extent: shape[0] ?? 1,
    }
  }

  #outputPhase(): Pick<Lowered, 'output' | 'nats' | 'correct'> {
    const { nats, correct } = this.#model.graph
    const perStep = (shape: Shape): Storage => this.#layout.perStep('out', shape as number[]).now
    const scores = (this.#reversed ? [nats] : [nats, correct]).map((tensor): [Tensor, Storage] => [
      tensor,
      this.#together ? perStep([]) : this.#layout.overwritten([]),
    ])
    const phase = this.#phases.output(scores, this.#reversed)
    const output = this.#together
      ? this.#stages({ ...phase, place: ({ shape }) => perStep(shape) }, predictsFrom(this.#model))
      : this.#written(phase)
    const [first, second] = scores.map(
      ([, storage]) => `${this.#array(storage)}[${this.#vector(storage.base, 0).place}]`,
    )
    return { output, nats: first!, correct: second }
  }

  #startPhase(reversed: ReverseGraph): string {
    const { lists, copies, stored } = this.#phases.start(reversed)
    const writer = this.#writer(stored)
    return schedule([
      ...lists.map(list => this.#emptied(list)),
      ...copies.map(([tensor, storage]) =>
        writer.write({
          kind: 'map',
          domain: tensor.shape,
          triangle: undefined,
          stores: [{ expression: tensor, storage, copy: true }],
        }),
      ),
    ])
  }

  #emptied({ base }: Storage): Piece {
    const name = this.#layout.nameOf(base.global!)
    return {
      code: `for (var e = lid; e < ${name}Size; e += THREADS) { work[${name}Start + e] = 0f; }`,
      reads: new Set(),
      writes: [{ region: name, from: 0, to: Infinity }],
    }
  }

  /** Large ones are products over all steps and strings, or sums over the steps that read a symbol. */
  #gradients(): Pick<Lowered, 'gradients' | 'outers' | 'scatters'> {
    const gradients = new Map<string, { step?: string; output?: string }>()
    const outers: Outer[] = [],
      scatters: Scatter[] = []
    for (const from of ['step', 'output'] as const) {
      const writer = this.#writer(this.#phases.gradientSources(from))
      for (const [name, tensor] of this.#reversed?.[from].parameters ?? []) {
        const {
          offset,
          shape: [height, width],
        } = this.#parameters.of(name)
        const factors = outerFactors(tensor, writer.places)
        const [rows, columns] = [this.#stored(factors?.[0], 0), this.#stored(factors?.[1], 1)]
        const picked = factors?.find(factor => 'symbols' in factor && factor.symbols.which === 'input') as
          Extract<Factor, { symbols: unknown }> | undefined
        const given = rows ?? columns
        if (rows && columns) outers.push({ offset, shape: [height!, width!], rows, columns, from })
        else if (picked && given && from === 'step') {
          const bySymbol = picked.symbols.axis === 0
          scatters.push({
            offset,
            size: bySymbol ? width! : height!,
            symbolStep: bySymbol ? width! : 1,
            step: bySymbol ? 1 : width!,
            given,
          })
        } else gradients.set(name, { ...gradients.get(name), [from]: writer.contribution(tensor) })
      }
    }
    return { gradients, outers, scatters }
  }

  /** A factor that lies in a string's memory after all its steps. */
  #stored(factor: Factor | undefined, axis: 0 | 1): Vector | undefined {
    if (!factor || !('stored' in factor)) return undefined
    const { base, along, lanes, slot } = factor.stored
    return this.#array({ base, lanes, slot, strides: [], extent: 1 }) === 'work' &&
      this.#layout.nameOf(base.global!) !== 'weight'
      ? this.#vector(base, along[axis])
      : undefined
  }
}
