import { constant } from '../../algebra/operations.ts'
import { isPairs, isStatic, reachable, type Shape, type Tensor } from '../../algebra/tensor.ts'
import type { Model, ReverseGraph } from '../../model.ts'
import { everyInput } from './every-input.ts'
import { linearKind } from './linear.ts'
import { madeOfWeights } from './of-weights.ts'
import type { Clock, Growing, Places } from './places.ts'
import { addedTo, appendedTo, keptFor, type Kept } from './phases.ts'
import { plan, reshapedStorage, type Task } from './plan.ts'
import type { Storage } from './storage.ts'

export type Find = (tensor: Tensor) => Storage | undefined

/** What one phase of a pass computes: from where, to where. */
export interface Phase {
  readonly roots: Task['roots']
  readonly additions?: Task['additions']
  /** What has a place, but is not there before the phase is over. */
  readonly unknown?: readonly Tensor[]
  readonly leaf: Find
  readonly place: (tensor: Tensor) => Storage
}

type Root = [Tensor, Storage | undefined]

/** Where the tensors of a model's graphs lie and what the phases of a pass compute: the same for every device that compiles them. */
export class GraphPhases {
  readonly states = new Map<string, Record<Clock, Storage>>()
  /** What lies in memory after the phases that were planned so far. */
  readonly known = new Map<Tensor, Storage>()
  readonly #model: Model
  readonly #places: Places
  readonly #given: Find
  readonly #kept: Kept
  readonly #adjoints = new Map<string, Record<Clock, Storage>>()
  readonly #outputAdjoints = new Map<string, Record<Clock, Storage>>()
  readonly #leaves = new Map<string, Tensor>()
  /** What `ahead` and `behind` take off the steps. */
  readonly #lifted = new Set<Tensor>()
  readonly #ofWeights: ReadonlySet<Tensor>

  /**
   * @param given where the leaves lie that no phase makes: parameters, weights of strings, masks
   * @param apart whether what is made of weights alone is to be planned apart, by `ofWeights`
   */
  constructor(model: Model, places: Places, reversed: ReverseGraph | undefined, given: Find, apart = false) {
    this.#model = model
    this.#places = places
    this.#given = given
    this.#ofWeights = apart ? madeOfWeights(rootsOf(model, reversed)) : new Set()
    this.#kept = reversed
      ? keptFor(model, reversed, tensor => this.#ofWeights.has(tensor))
      : { forward: new Set(), reverse: new Set(), output: new Set() }
    for (const tensor of reachable([...model.graph.next.values(), model.graph.logits])) {
      if (tensor.op.kind === 'state') this.#leaves.set(tensor.op.name, tensor)
    }
    this.#placeStates()
  }

  /** Static states first: they lie together, at the beginning of a step's frame. */
  #placeStates(): void {
    const { states, next } = this.#model.graph
    for (const [name, shape] of states) {
      if (isStatic(shape)) this.states.set(name, this.#places.perStep('frame', shape))
    }
    for (const [name, shape] of states) {
      if (!isStatic(shape))
        this.states.set(name, this.#growing(shape, next.get(name)!.shape, this.#isList(name) ? 'list' : 'each'))
    }
    for (const [name, storage] of this.states) this.known.set(next.get(name)!, storage.now)
  }

  #growing(before: Shape, after: Shape, kept: Growing['kept']): Record<Clock, Storage> {
    const place = this.#places.growing(before, kept)
    return {
      before: place.before,
      now: {
        ...place.now,
        extent: { global: this.#places.variable(after.find(dim => typeof dim === 'string') as string) },
      },
    }
  }

  #isList(name: string): boolean {
    return appendedTo(this.#leaves.get(name), this.#model.graph.next.get(name)!) !== undefined
  }

  #state(clock: Clock): Find {
    return ({ op }) => (op.kind === 'state' ? this.states.get(op.name)![clock] : undefined)
  }

  /** What is made of weights alone, once before the first step. To be planned before all others; undefined where there is nothing. */
  ofWeights(place: Phase['place']): Phase | undefined {
    if (this.#ofWeights.size === 0) return undefined
    return { roots: [...this.#ofWeights].map((tensor): Root => [tensor, undefined]), leaf: () => undefined, place }
  }

  /**
   * The large products of a step that do not depend on the state, and what else of that kind must be kept: they can be made for all
   * steps at once, before the first of them. To be planned before the step itself; undefined where there are none. Needs the memory of all
   * steps to be kept.
   */
  ahead(): Phase | undefined {
    const isFree = everyInput(({ op }) => op.kind !== 'state')
    const products = reachable(this.#model.graph.next.values()).filter(
      tensor => linearKind(tensor) === 'product' && isFree(tensor),
    )
    if (products.length === 0) return undefined
    for (const tensor of [
      ...products,
      ...[...this.#kept.forward].filter(tensor => isStatic(tensor.shape) && isFree(tensor)),
    ])
      this.#lifted.add(tensor)
    return {
      roots: [...this.#lifted].map((tensor): Root => [tensor, undefined]),
      leaf: () => undefined,
      place: ({ shape }) => this.#places.perStep('frame', shape as number[]).now,
    }
  }

  /**
   * The large products of a step on the way back that no earlier step needs, and what is made of them: they can be made for all steps at
   * once, after the first of them. To be asked for before `back`, and planned after it.
   */
  behind(reversed: ReverseGraph): Phase | undefined {
    const { forward, reverse } = this.#kept
    const needed = new Set(reachable(reversed.step.states.values()))
    const hasNoProduct = everyInput(tensor => needed.has(tensor) || linearKind(tensor) !== 'product')
    const candidates = new Set([...reverse].filter(tensor => !needed.has(tensor) && !hasNoProduct(tensor)))
    // Adjoints of growing states are gone by then.
    const lasts = everyInput(
      tensor => tensor.op.kind !== 'adjoint' || isStatic(tensor.shape),
      tensor => forward.has(tensor) || (reverse.has(tensor) && !candidates.has(tensor)),
    )
    const found = [...candidates].filter(lasts)
    if (found.length === 0) return undefined
    for (const tensor of found) this.#lifted.add(tensor)
    return {
      roots: found.map((tensor): Root => [tensor, undefined]),
      leaf: this.#backLeaf,
      place: ({ shape }) => this.#places.perStep('back', shape as number[]).now,
    }
  }

  /** @param traced intermediates to keep readable after each step */
  step(traced: readonly Tensor[] = []): Phase {
    const { next } = this.#model.graph
    const roots: Root[] = []
    for (const [name, tensor] of next) {
      const storage = this.states.get(name)!.now
      const row = appendedTo(this.#leaves.get(name), tensor)
      if (row && traced.includes(row) && isStatic(row.shape))
        roots.push([row, this.#places.perStep('frame', row.shape).now])
      roots.push(row ? [row, this.#places.lastRow(storage, row.shape)] : [tensor, storage])
    }
    const keep = new Set([...this.#kept.forward, ...traced].filter(tensor => !this.#lifted.has(tensor)))
    addKept(roots, keep)
    return {
      roots,
      unknown: [...next].filter(([name]) => this.#isList(name)).map(([, tensor]) => tensor),
      leaf: this.#state('before'),
      place: tensor => {
        if (!keep.has(tensor)) return this.#places.overwritten(tensor.shape)
        return isStatic(tensor.shape)
          ? this.#places.perStep('frame', tensor.shape).now
          : this.#growing(tensor.shape, tensor.shape, 'each').now
      },
    }
  }

  /**
   * @param scores what is told of each prediction, and where
   * @param traced intermediates to keep readable after each step
   */
  output(scores: readonly Root[], reversed: ReverseGraph | undefined, traced: readonly Tensor[] = []): Phase {
    const roots: Root[] = [...scores]
    for (const [name, tensor] of reversed?.output.states ?? []) {
      const place = this.#places.perStep('out', tensor.shape as number[])
      this.#outputAdjoints.set(name, place)
      roots.push([tensor, place.now])
    }
    const keep = new Set([...this.#kept.output, ...traced])
    addKept(roots, keep)
    return {
      roots,
      leaf: this.#state('now'),
      place: tensor =>
        keep.has(tensor)
          ? this.#places.perStep('out', tensor.shape as number[]).now
          : this.#places.overwritten(tensor.shape),
    }
  }

  /** The adjoints after the last step: what the last prediction gives, or zero. `lists` are to be emptied, `copies` made one after the other. */
  start(reversed: ReverseGraph): {
    readonly lists: readonly Storage[]
    readonly copies: readonly (readonly [Tensor, Storage])[]
    readonly stored: Find
  } {
    const { graph } = this.#model
    const copies = [...reversed.step.states.keys()].flatMap((name): [Tensor, Storage][] => {
      const next = graph.next.get(name)!
      const place = isStatic(next.shape)
        ? this.#places.perStep('back', next.shape)
        : this.#growing(graph.states.get(name)!, next.shape, this.#isList(name) ? 'list' : 'last-two')
      this.#adjoints.set(name, place)
      const own = reversed.output.states.get(name)
      return this.#isList(name) && !own ? [] : [[own ?? constant(0, next.shape), place.now]]
    })
    const outputs = new Map(
      [...reversed.output.states].map(([name, tensor]) => [tensor, this.#outputAdjoints.get(name)!.now]),
    )
    return {
      lists: [...this.#adjoints].filter(([name]) => this.#isList(name)).map(([, { now }]) => now),
      copies,
      stored: tensor => outputs.get(tensor),
    }
  }

  back(reversed: ReverseGraph): Phase {
    const roots: Root[] = []
    const additions: [Tensor, Storage][] = []
    for (const [name, tensor] of reversed.step.states) {
      const { before } = this.#adjoints.get(name)!
      if (this.#isList(name))
        additions.push(
          ...addedTo(tensor).map((term): [Tensor, Storage] => {
            const { op, inputs } = term
            return op.kind === 'place' && isPairs(term.shape)
              ? [inputs[0]!, this.#places.lastRow(before, inputs[0]!.shape)]
              : [term, before]
          }),
        )
      else roots.push([tensor, before])
    }
    for (const tensor of this.#kept.reverse) if (!this.#lifted.has(tensor)) roots.push([tensor, undefined])
    return {
      roots,
      additions,
      leaf: this.#backLeaf,
      place: tensor =>
        this.#kept.reverse.has(tensor)
          ? this.#places.perStep('back', tensor.shape as number[]).now
          : this.#places.overwritten(tensor.shape),
    }
  }

  readonly #backLeaf: Find = ({ op }) => {
    if (op.kind === 'state') return this.states.get(op.name)!.before
    if (op.kind !== 'adjoint') return undefined
    return op.from === 'later' ? this.#adjoints.get(op.name)!.now : this.#outputAdjoints.get(op.name)!.before
  }

  /** Where what the gradients of parameters are made of lies, for those from the step or those from the prediction. */
  gradientSources(from: 'step' | 'output'): Find {
    const leaf = from === 'step' ? this.#backLeaf : this.#state('now')
    return tensor => this.#given(tensor) ?? leaf(tensor) ?? this.known.get(tensor)
  }

  /** Plans the kernels of a phase, and where their results lie. */
  planned({ roots, additions = [], unknown = [], leaf, place }: Phase): {
    readonly kernels: ReturnType<typeof plan>['kernels']
    readonly stored: Find
  } {
    const known = new Map(
      [...this.known].filter(([tensor]) => !unknown.includes(tensor) && !roots.some(([root]) => root === tensor)),
    )
    const base: Find = tensor => this.#given(tensor) ?? leaf(tensor) ?? known.get(tensor)
    const { kernels, storages } = plan({ roots, additions, stored: base, place })
    // Everything else lies where the next step, or another phase, may write.
    for (const [root] of roots) this.known.set(root, storages.get(root) ?? base(root)!)
    return { kernels, stored: tensor => base(tensor) ?? storages.get(tensor) }
  }
}

function rootsOf({ graph }: Model, reversed: ReverseGraph | undefined): Tensor[] {
  const parts = reversed ? [reversed.step, reversed.output] : []
  return [
    ...graph.next.values(),
    graph.nats,
    graph.correct,
    ...parts.flatMap(({ states, parameters }) => [...states.values(), ...parameters.values()]),
  ]
}

function addKept(roots: Root[], keep: ReadonlySet<Tensor>): void {
  for (const tensor of keep) if (!roots.some(([root]) => root === tensor)) roots.push([tensor, undefined])
}

/** Finds reshaped tensors where what they were made of lies. */
export function withReshaped(stored: Find): { readonly stored: Find; readonly reshaped: Find } {
  const reshaped: Find = tensor => {
    if (tensor.op.kind !== 'reshape') return undefined
    const source = find(tensor.inputs[0]!)
    return source && reshapedStorage(tensor, source)
  }
  const find: Find = tensor => stored(tensor) ?? reshaped(tensor)
  return { stored: find, reshaped }
}
