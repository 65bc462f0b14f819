import type { Picked } from '../study.ts'
import { FORMAL_TABLES, PTB_TABLE } from './das-mali-tables.ts'

/** The study that the lab is held against, as data: what it trained, how, and what it found. */

export const SOURCE = {
  title:
    'Exploring Learnability in Memory-Augmented Recurrent Neural Networks: Precision, Stability, and Empirical Insights',
  authors: 'Das & Mali 2024',
  identifier: 'arXiv:2410.03154',
  url: 'https://arxiv.org/abs/2410.03154',
} as const

/** Bins are numbered from the shortest; `retention` is accuracy in the last / accuracy in the first. */
export const FIGURES = [
  'validation-perplexity',
  'perplexity-0',
  'perplexity-1',
  'perplexity-2',
  'accuracy-0',
  'accuracy-1',
  'accuracy-2',
  'retention',
  'test-perplexity',
] as const
export type FigureId = (typeof FIGURES)[number]
export type PublishedPlan = 'full' | 'frozen-memory' | 'frozen-controller' | 'classifier-only'

export interface PublishedCell {
  readonly task: string
  readonly model: string
  readonly plan: PublishedPlan
  readonly figures: Readonly<Partial<Record<FigureId, number>>>
}

/** What the study trains, as a study file names it. */
export interface PublishedModel {
  readonly id: string
  readonly title: string
  readonly controller: Picked
  readonly memory: Picked
}

const lstm = (units: number): Picked => ({ id: 'lstm', units })
const superposition = (options: Record<string, unknown>): Picked => ({ id: 'superposition-stack', ...options })

export const FORMAL_MODELS: readonly PublishedModel[] = [
  { id: 'lstm', title: 'LSTM', controller: lstm(20), memory: { id: 'none' } },
  { id: 'jm-10', title: 'Superposition 10', controller: lstm(20), memory: superposition({ widths: [10] }) },
  { id: 'jm-3.3.3', title: 'Superposition 3-3-3', controller: lstm(20), memory: superposition({ widths: [3, 3, 3] }) },
  { id: 'jm-hidden', title: 'Superposition hidden', controller: lstm(20), memory: superposition({ push: 'hidden' }) },
  {
    id: 'rns-3-3',
    title: 'RNS 3-3',
    controller: lstm(20),
    memory: { id: 'nondeterministic-stack', states: 3, alphabet: 3 },
  },
]

/** The memories keep 10 cells, or 35 steps. */
export const PTB_MODELS: readonly PublishedModel[] = [
  { id: 'lstm-256', title: 'LSTM 256', controller: lstm(256), memory: { id: 'none' } },
  {
    id: 'jm-hidden-247',
    title: 'Superposition hidden 247',
    controller: lstm(247),
    memory: superposition({ push: 'hidden', depth: 10 }),
  },
  {
    id: 'jm-learned-22',
    title: 'Superposition 22',
    controller: lstm(256),
    memory: superposition({ widths: [22], depth: 10 }),
  },
  {
    id: 'rns-4-5',
    title: 'RNS 4-5',
    controller: lstm(256),
    memory: { id: 'nondeterministic-stack', states: 4, alphabet: 5, window: 35 },
  },
  {
    id: 'vrns-3-3-5',
    title: 'VRNS 3-3-5',
    controller: lstm(256),
    memory: { id: 'vector-nondeterministic-stack', states: 3, alphabet: 3, width: 5, window: 35 },
  },
]

/** In the order of the study's tables. */
export const FORMAL_TASKS = [
  'count-3',
  'marked-reverse-and-copy',
  'count-and-copy',
  'marked-copy',
  'unmarked-copy-different-alphabets',
  'unmarked-reverse-and-copy',
  'unmarked-copy',
] as const
export const PTB = 'penn-treebank'

/** How the formal tasks were trained and tested (DuSell & Chiang's procedure); strings for each test length are not stated. */
export const PROTOCOL = {
  trainLengths: [40, 80],
  bins: [
    [40, 100],
    [100, 200],
    [200, 400],
  ],
  trainStrings: 10_000,
  validationStrings: 1_000,
  epochs: 200,
  batch: 10,
  restarts: 10,
  learningRate: [5e-4, 1e-2],
  optimizer: 'adam',
  clipNorm: 5,
  decay: { factor: 0.9, patience: 5 },
  earlyStop: 10,
} as const

/** How the models of the Penn Treebank were trained (DuSell & Chiang's procedure): stochastic gradient descent, no dropout, embeddings not tied. */
export const PTB_PROTOCOL = {
  restarts: 10,
  epochs: 100,
  batch: 32,
  steps: 35,
  learningRate: [1, 100],
  clipNorm: [0.0112, 1.12],
  decay: { factor: 1 / 1.5, patience: 0 },
  earlyStop: 2,
  initial: 0.05,
  testWords: 82_430,
} as const

export const PLANS: readonly PublishedPlan[] = ['full', 'frozen-memory', 'frozen-controller', 'classifier-only']
const LETTERS: Readonly<Record<string, PublishedPlan>> = {
  none: 'full',
  m: 'frozen-memory',
  c: 'frozen-controller',
  cm: 'classifier-only',
}

/** Every row of Tables 3 to 7; retention is worked out from the accuracies as printed. */
export const PUBLISHED_CELLS: readonly PublishedCell[] = [...cellsOf(FORMAL_TABLES), ...cellsOf(PTB_TABLE)]

export const publishedCell = (task: string, model: string, plan: PublishedPlan): PublishedCell | undefined =>
  PUBLISHED_CELLS.find(cell => cell.task === task && cell.model === model && cell.plan === plan)

function cellsOf(table: string): PublishedCell[] {
  const [head, ...rows] = table.split('\n').map(line => line.split(','))
  const names = head!.slice(3) as FigureId[]
  return rows.map(([letter, task, model, ...values]) => {
    const figures: Partial<Record<FigureId, number>> = Object.fromEntries(
      names.map((name, i) => [name, Number(values[i])]),
    )
    const { 'accuracy-0': first, 'accuracy-2': last } = figures
    return {
      task: task!,
      model: model!,
      plan: LETTERS[letter!]!,
      figures: first !== undefined && last !== undefined ? { ...figures, retention: last / first } : figures,
    }
  })
}
