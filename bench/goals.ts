import { ratio, type Measured, type Round } from './measure.ts'
import type { ModelId } from './problem.ts'
import type { Results } from './results.ts'

export interface Judged {
  readonly title: string
  /** Undefined when it was not measured. */
  readonly figure: number | undefined
  readonly met: boolean | undefined
}

interface Goal {
  readonly title: string
  figure(results: Results): number | undefined
  meets(figure: number): boolean
}

/** @param by processor time, where both work in one thread */
function between(
  measured: readonly Measured[] | undefined,
  slower: string,
  faster: string,
  by: keyof Round = 'cpu',
): number | undefined {
  const a = measured?.find(({ id }) => id === slower),
    b = measured?.find(({ id }) => id === faster)
  return a && b && ratio(a, b, by)
}

const overPyTorch = (model: ModelId, bound: number, title: string, peer = 'pytorch'): Goal => ({
  title: `${title}: at least ${bound}×`,
  figure: ({ peers }) => between(peers[model], peer, 'ours'),
  meets: figure => figure >= bound,
})

/** The faster of the two hand-written WASM kernels is the limit. */
function overKernel(measured: readonly Measured[] | undefined): number | undefined {
  const figures = ['wasm', 'wasm-relaxed']
    .map(kernel => between(measured, 'ours', kernel))
    .filter(figure => figure !== undefined)
  return figures.length > 0 ? Math.max(...figures) : undefined
}

const GOALS: readonly Goal[] = [
  overPyTorch('superposition-stack', 25, 'Superposition stack against PyTorch eager'),
  overPyTorch('lstm', 8, 'Plain LSTM against PyTorch eager, step by step'),
  overPyTorch(
    'stratification-stack',
    40,
    'Stratification stack against PyTorch eager, element by element',
    'pytorch-by-element',
  ),
  overPyTorch('nondeterministic-stack', 10, 'Nondeterministic stack, 3 states and 3 symbols, against PyTorch eager'),
  {
    title: 'Superposition stack: at most 1.5× the time of the faster hand-written WASM kernel',
    figure: ({ peers }) => overKernel(peers['superposition-stack']),
    meets: figure => figure <= 1.5,
  },
  {
    title: 'Two runs in two workers: less than 1.2× the time of one',
    figure: ({ workers }) => workers.find(({ title }) => title === 'our engine')?.ratio,
    meets: figure => figure < 1.2,
  },
  {
    title: 'Superposition stack, memory frozen: faster than everything trained',
    figure: ({ frozen }) => between(frozen['superposition-stack'], 'ours-frozen-memory', 'ours'),
    meets: figure => figure < 1,
  },
  {
    title: 'Language model over 10,000 words, one thread each: at most 2× the time of PyTorch',
    figure: ({ language }) => between(language, 'ours-1', 'pytorch-1'),
    meets: figure => figure <= 2,
  },
  {
    title: 'Language model over 10,000 words, two threads each, by the clock: at most 2× the time of PyTorch',
    figure: ({ language }) => between(language, 'ours-2', 'pytorch-2', 'elapsed'),
    meets: figure => figure <= 2,
  },
]

export function judge(results: Results): Judged[] {
  return GOALS.map(({ title, figure, meets }) => {
    const found = figure(results)
    return { title, figure: found, met: found === undefined ? undefined : meets(found) }
  })
}
