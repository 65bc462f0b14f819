import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chance } from '../../src/engine/chance.ts'
import { validLengths } from '../../src/engine/tasks/task.ts'
import { captureEnvironment } from '../../src/main/history/environment.ts'
import { openHistory, type History } from '../../src/main/history/history.ts'
import { languageOf } from '../../src/main/services/check-study.ts'
import { FORMAL_MODELS, publishedCell, type PublishedPlan } from '../../src/shared/published/das-mali-2024.ts'
import type { LengthScore, RunEvent } from '../../src/shared/run-events.ts'
import { parseStudies, parseStudy, type StudySpec } from '../../src/shared/study.ts'
import { scored } from '../../src/shared/score.ts'

/** A long history that nobody trained: to see how the app holds up with it. What its runs found is made up, about as published where that is known. */

const DAY_MS = 86_400_000
const PRESETS = join(import.meta.dirname, '..', '..', 'resources', 'presets')
const LENGTHS_PER_BIN = 3
const EPOCHS = 4
const STEPS_PER_EPOCH = 1000

const source = chance(20_261_127)
const around = (middle: number, spread: number): number => middle + spread * (source.uniform() + source.uniform() - 1)
const within = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
const pick = <T>(values: readonly T[]): T => values[source.integer(values.length)]!

/** The grid of the main study, then others, until there are so many runs; the last is cut to fit. */
function studiesOf(count: number): StudySpec[] {
  const specs = parseStudies(JSON.parse(readFileSync(join(PRESETS, 'main-study.json'), 'utf8')))
  const tasks = [
    'marked-reversal',
    'dyck',
    'hardest-cfl',
    'padded-reversal',
    'unmarked-reversal',
    'marked-copy',
    'count-3',
  ]
  const memories = [
    { id: 'superposition-stack', widths: [10] },
    { id: 'stratification-stack', width: 10 },
    { id: 'superposition-stack', push: 'hidden' },
    { id: 'none' },
  ]
  const titles = [
    'Wider cells',
    'Rates',
    'Longer strings',
    'Frozen late',
    'GRU',
    'Small batches',
    'Twice the units',
    'More seeds',
  ]
  const runsIn = (all: readonly StudySpec[]): number =>
    all.reduce((sum, { plans, seeds }) => sum + plans.length * seeds.length, 0)
  for (let i = 0; runsIn(specs) < count; i++) {
    const title = titles[i % titles.length]!
    const left = count - runsIn(specs)
    const plans = ['full', 'frozen-memory', 'frozen-controller', 'classifier-only'].slice(0, left >= 40 ? 4 : 1)
    const task = tasks[(i * 3) % tasks.length]!
    specs.push(
      parseStudy({
        name: `${title}: ${task.replaceAll('-', ' ')}${i < titles.length ? '' : `, ${1 + Math.floor(i / titles.length)}`}`,
        task: { id: task },
        model: {
          controller:
            title === 'GRU' ? { id: 'gru', units: 20 } : { id: 'lstm', units: title === 'Twice the units' ? 40 : 20 },
          memory: memories[i % memories.length],
        },
        plans,
        seeds: Math.min(10, left),
      }),
    )
  }
  return specs
}

interface Behaviour {
  readonly accuracies: readonly number[]
  readonly loss: number
}

/** Learns less with more frozen, and less well on longer strings. */
function behaviourOf(spec: StudySpec, plan: PublishedPlan): Behaviour {
  const same = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b)
  const model = FORMAL_MODELS.find(
    ({ controller, memory }) => same(controller, spec.model.controller) && same(memory, spec.model.memory),
  )
  const figures = model && publishedCell(spec.task.id, model.id, plan)?.figures
  const [first, drop] = {
    full: [0.86, 0.1],
    'frozen-memory': [0.84, 0.07],
    'frozen-controller': [0.7, 0.04],
    'classifier-only': [0.62, 0.02],
  }[plan]!
  const middles = [0, 1, 2].map(i => figures?.[`accuracy-${i}` as 'accuracy-0'] ?? first! - i * drop!)
  const shift = around(0, 0.04)
  const accuracies = middles.map(middle => within(middle + shift + around(0, 0.01), 0.05, 0.995))
  return { accuracies, loss: 0.08 + 0.9 * (1 - accuracies[0]!) + Math.abs(around(0, 0.03)) }
}

function eventsOf(
  spec: StudySpec,
  plan: PublishedPlan,
  lengths: readonly (readonly number[])[],
  end: 'finished' | 'stopped-early' | 'diverged',
): RunEvent[] {
  const { accuracies, loss } = behaviourOf(spec, plan)
  const hash = 'f'.repeat(64)
  const frozen = plan === 'full' ? [] : ['memory.actions.weights']
  const epochs = Array.from({ length: EPOCHS }, (_, epoch): RunEvent => {
    const now = loss * (1 + 0.6 / (epoch + 1) - 0.6 / EPOCHS)
    return {
      kind: 'epoch',
      epoch,
      step: (epoch + 1) * STEPS_PER_EPOCH,
      learningRate: 0.005,
      trainLoss: now * around(1, 0.05),
      validation: scored({
        strings: 1000,
        symbols: 61_000,
        nats: 61_000 * now,
        correct: Math.round(61_000 * accuracies[0]!),
        boundNats: 61_000 * loss * 0.75,
        lengthNats: 61_000 * loss * 0.05,
      }),
      best: true,
      frozen,
      hashes: {},
      frozenHash: frozen.length > 0 ? hash : null,
      frozenIntact: true,
      gradientNorm: { controller: around(0.4, 0.2) },
      updateNorm: { controller: around(0.02, 0.01) },
      stepsPerSecond: around(310, 60),
    }
  })
  const scores = spec.evaluation.bins.flatMap(({ name }, i) =>
    lengths[i]!.map((length): LengthScore => {
      const symbols = 10 * (length + 1)
      return {
        bin: name,
        length,
        ...scored({
          strings: 10,
          symbols,
          nats: symbols * loss * (1 + 0.3 * i),
          correct: Math.round(symbols * accuracies[i]!),
          boundNats: symbols * loss * 0.65,
          lengthNats: symbols * loss * 0.05,
        }),
      }
    }),
  )
  return [
    {
      kind: 'start',
      epoch: 0,
      learningRate: 10 ** around(-2.6, 0.6),
      parameters: [
        { name: 'controller.input.weights', component: 'controller', shape: [80, 25] },
        { name: 'memory.actions.weights', component: 'memory', shape: [3, 20] },
        { name: 'classifier.weights', component: 'classifier', shape: [4, 20] },
      ],
      stepsPerEpoch: STEPS_PER_EPOCH,
      epochs: 200,
      resumed: false,
    },
    ...epochs,
    ...(end === 'diverged'
      ? []
      : [
          { kind: 'evaluation', which: 'best', scores } as const,
          { kind: 'evaluation', which: 'last', scores } as const,
        ]),
    { kind: 'done', reason: end, epochs: EPOCHS, bestEpoch: EPOCHS - 1 },
  ]
}

const NOTES = [
  'best seed so far',
  'loss spikes around epoch 60',
  'same as before the change of rates',
  'look at the stack',
]
const TAGS = ['baseline', 'paper', 'rates', 'to check', 'odd']

/** Adds so many runs to the history in `home`, over the half year before now. */
export function addMadeUpRuns(home: string, count: number): void {
  const history = openHistory({ home })
  try {
    const environment = captureEnvironment(
      { version: '0.1.0', commit: null, lockHash: null },
      { id: 'wasm', note: '128-bit SIMD' },
    )
    const specs = studiesOf(count)
    specs.forEach((spec, i) => {
      const study = history.studies.add(spec)
      const began = Math.round(Date.now() - DAY_MS * 180 * (1 - i / specs.length) - DAY_MS)
      const language = languageOf(spec)
      const lengths = spec.evaluation.bins.map(bin => spread(validLengths(language, bin.lengths)))
      const runs = history.runs.list({ studies: [study.id] })
      for (const { id } of runs) history.runs.claim(id, { environment })
      history.together(() => {
        runs.forEach(({ id, planId }, k) => {
          const fate = source.uniform()
          if (fate < 0.985)
            history.recordAll(
              eventsOf(
                spec,
                planId as PublishedPlan,
                lengths,
                fate < 0.93 ? 'stopped-early' : fate < 0.97 ? 'finished' : 'diverged',
              ).map(event => ({ runId: id, event })),
            )
          else if (fate < 0.992) history.runs.fail(id, new Error('The worker ended: out of memory'))
          else history.runs.release(id, fate < 0.996 ? 'paused' : 'cancelled')
          const startedAt = began + k * 400_000
          const seconds = Math.round(around(420, 300))
          const endedAt = startedAt + 1000 * seconds
          history.runs.backdate(id, {
            queuedAt: began,
            startedAt,
            endedAt,
            seconds,
            attempts: [
              { attempt: 1, environment, fromStep: 0, startedAt, endedAt, outcome: history.runs.get(id).status },
            ],
            checkpoints: [],
            snapshots: [],
          })
          mark(history, id)
        })
      })
      history.studies.backdate(study.id, began)
    })
  } finally {
    history.close()
  }
}

const spread = (lengths: readonly number[]): number[] =>
  Array.from(
    { length: LENGTHS_PER_BIN },
    (_, i) => lengths[Math.round((i * (lengths.length - 1)) / (LENGTHS_PER_BIN - 1))]!,
  )

function mark(history: History, id: string): void {
  if (source.uniform() > 0.06) return
  history.runs.describe(id, {
    starred: source.uniform() < 0.4,
    note: source.uniform() < 0.4 ? pick(NOTES) : '',
    tags: source.uniform() < 0.7 ? [pick(TAGS)] : [],
  })
}
