import { quietest, ratio, type Measured } from './measure.ts'
import type { ModelId } from './problem.ts'
import type { TwoWorkers } from './two-workers.ts'

/** All that a run of the benchmark measured; a part that was left out is absent. */
export interface Results {
  readonly peers: Partial<Record<ModelId, readonly Measured[]>>
  readonly frozen: Partial<Record<ModelId, readonly Measured[]>>
  readonly sizes: readonly Measured[]
  readonly workers: readonly TwoWorkers[]
}

/** A ratio over all rounds, and the same of the fastest figures: they differ where others use the machine. */
interface Figures { readonly usual: number, readonly quietest: number }

export interface Judged {
  readonly title: string
  /** Undefined when it was not measured. */
  readonly figures: Figures | undefined
  /** By both figures. */
  readonly met: boolean | undefined
}

interface Goal {
  readonly title: string
  figures(results: Results): Figures | undefined
  meets(figure: number): boolean
}

function between(measured: readonly Measured[] | undefined, slower: string, faster: string): Figures | undefined {
  const a = measured?.find(({ id }) => id === slower), b = measured?.find(({ id }) => id === faster)
  return a && b && { usual: ratio(a, b), quietest: quietest(a, b) }
}

const overPyTorch = (model: ModelId, bound: number, title: string, peer = 'pytorch'): Goal =>
  ({ title: `${title}: at least ${bound}×`, figures: ({ peers }) => between(peers[model], peer, 'ours'), meets: figure => figure >= bound })

/** The faster of the two hand-written WASM kernels is the limit. */
function overKernel(measured: readonly Measured[] | undefined): Figures | undefined {
  const figures = ['wasm', 'wasm-relaxed'].map(kernel => between(measured, 'ours', kernel)).filter(figure => figure !== undefined)
  return figures.sort((a, b) => b.usual - a.usual)[0]
}

function overOneWorker(workers: readonly TwoWorkers[]): Figures | undefined {
  const ours = workers.find(({ title }) => title === 'our engine')
  return ours && { usual: ours.ratio, quietest: ours.two.min / ours.one.min }
}

const GOALS: readonly Goal[] = [
  overPyTorch('superposition-stack', 25, 'Superposition stack against PyTorch eager'),
  overPyTorch('lstm', 8, 'Plain LSTM against PyTorch eager, step by step'),
  overPyTorch('stratification-stack', 40, 'Stratification stack against PyTorch eager, element by element', 'pytorch-by-element'),
  { title: 'Superposition stack: at most 1.5× the time of the faster hand-written WASM kernel', figures: ({ peers }) => overKernel(peers['superposition-stack']), meets: figure => figure <= 1.5 },
  { title: 'Two runs in two workers: less than 1.2× the time of one', figures: ({ workers }) => overOneWorker(workers), meets: figure => figure < 1.2 },
  { title: 'Superposition stack, memory frozen: faster than everything trained', figures: ({ frozen }) => between(frozen['superposition-stack'], 'ours-frozen-memory', 'ours'), meets: figure => figure < 1 },
]

export function judge(results: Results): Judged[] {
  return GOALS.map(({ title, figures, meets }) => {
    const found = figures(results)
    return { title, figures: found, met: found && meets(found.usual) && meets(found.quietest) }
  })
}
