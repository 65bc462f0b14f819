import { cpus, loadavg, totalmem } from 'node:os'
import { judge } from './goals.ts'
import { median, ratio, type Measured, type Summary } from './measure.ts'
import { gigaflop, PENN_TREEBANK, type LanguageSizes } from './language.ts'
import type { ModelId } from './problem.ts'
import type { Results } from './results.ts'
import type { TwoWorkers } from './two-workers.ts'

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** Processes that wanted a core, mean of the last minute. */ readonly load: number
}

export const machine = (): Machine => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${process.arch}`,
  node: process.version,
  load: Math.round(loadavg()[0]! * 10) / 10,
})

/** `AMD EPYC`, 2 cores -> `amd-epyc-2-cores`: one file for each kind of machine. */
export const resultName = ({ processor, cores }: Machine): string => `${plainName(processor)}-${cores}-cores`

export const plainName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\(r\)|\(tm\)|processor|cpu|@.*/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')

export const languageTitle = (sizes: LanguageSizes): string =>
  `Embedding, LSTM and classifier of ${sizes.units} units over ${sizes.words} words, ${sizes.streams} streams, ${sizes.steps} steps, plain SGD: ${gigaflop(sizes).toFixed(1)} billion floating-point operations in its products.`

export const milliseconds = (value: number): string => value.toFixed(value < 10 ? 3 : 1)
export const times = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)}×`
const range = ({ min, max }: Summary): string => `${milliseconds(min)}–${milliseconds(max)}`

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')

/** One row a peer. */
export function comparison(measured: readonly Measured[]): string {
  const [first] = measured
  if (!first) return ''
  return table(
    ['', 'ms a step, median', 'min–max', 'CPU ms a step', 'CPU time against the first', 'time against the first'],
    measured.map(each => [
      each.title,
      milliseconds(each.step.median),
      range(each.step),
      milliseconds(median(each.rounds.map(({ cpu }) => cpu))),
      times(ratio(each, first, 'cpu')),
      times(ratio(each, first, 'elapsed')),
    ]),
  )
}

export function workersTable(workers: readonly TwoWorkers[]): string {
  return table(
    ['', 'one worker, ms', 'two workers, ms', 'two against one'],
    workers.map(({ title, one, two, ratio }) => [
      title,
      `${milliseconds(one.median)} (${range(one)})`,
      `${milliseconds(two.median)} (${range(two)})`,
      times(ratio),
    ]),
  )
}

export function goalsTable(results: Results): string {
  return table(
    ['goal', 'figure', 'met'],
    judge(results).map(({ title, figure, met }) => [
      title,
      figure === undefined ? 'not measured' : times(figure),
      met === undefined ? '–' : met ? 'yes' : 'no',
    ]),
  )
}

export function markdown(
  results: Results,
  { processor, cores, memoryGiB, system, node, load }: Machine,
  notes: readonly string[],
): string {
  const perModel = (title: string, parts: Results['peers']): string[] =>
    Object.entries(parts)
      .filter(([, measured]) => measured.length > 0)
      .flatMap(([model, measured]) => [`## ${title} · ${model as ModelId}`, comparison(measured)])
  return (
    [
      '# Benchmark',
      `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}. One training step (forward, backward, clipping, Adam), LSTM with 20 units, batch 10 and 60 symbols unless said otherwise. ` +
        'All of a table were timed in turns, on one thread each where nothing else is said; only the ratios carry over to another machine. Goals compare processor time, which others on the machine hardly disturb; those of two threads or workers compare the clock. ' +
        `Load before the newest figures: ${load} (0: nobody else used the machine).`,
      '## Goals',
      goalsTable(results),
      ...perModel('Peers', results.peers),
      ...perModel('Frozen', results.frozen),
      ...(results.sizes.length > 0 ? ['## Sizes', comparison(results.sizes)] : []),
      ...(results.language.length > 0
        ? ['## Language model', languageTitle(PENN_TREEBANK), comparison(results.language)]
        : []),
      ...(results.workers.length > 0 ? ['## Two workers', workersTable(results.workers)] : []),
      ...(notes.length > 0 ? ['## Notes', notes.map(note => `- ${note}`).join('\n')] : []),
    ].join('\n\n') + '\n'
  )
}
