import { METRICS } from '../../shared/records.ts'
import type { Metric, RunRecord, Study } from '../../shared/records.ts'
import { COMPONENTS } from '../../shared/run-events.ts'
import { figuresJson } from '../../shared/figure.ts'
import { figures, pool, sumsIn, type Score } from '../../shared/score.ts'
import { csv } from './csv.ts'
import type { Cell } from './csv.ts'

/** Contents by file name. */
export type ExportFiles = Record<string, string>

/** A run as tables and, in `run.json`, as everything the history knows of it; an infinite number is 'inf' or '-inf' there, an unknown one null. */
export function exportRun(record: RunRecord): ExportFiles {
  return {
    'run.json': json(record),
    'points.csv': pointsTable(record),
    'epochs.csv': csv(EPOCH_COLUMNS, epochRows(record)),
    'scores.csv': csv(SCORE_COLUMNS, scoreRows(record)),
    'freezes.csv': csv(FREEZE_COLUMNS, freezeRows(record)),
    'parameters.csv': csv(
      ['name', 'component', 'shape', 'size'],
      record.parameters.map(({ name, component, shape }) => [
        name,
        component,
        shape.join('×'),
        shape.reduce((size, n) => size * n, 1),
      ]),
    ),
  }
}

/** A study with the tables of all its runs; rows name their run, plan and seed. @param records one for each run to export */
export function exportStudy(study: Study, records: readonly RunRecord[]): ExportFiles {
  const all = (rows: (record: RunRecord) => Cell[][]): Cell[][] =>
    records.flatMap(record => rows(record).map(row => [...keyOf(record), ...row]))
  return {
    'study.json': json(study),
    'runs.csv': csv(
      [...KEY, ...RUN_COLUMNS],
      all(record => [runRow(record)]),
    ),
    'epochs.csv': csv([...KEY, ...EPOCH_COLUMNS], all(epochRows)),
    'scores.csv': csv([...KEY, ...SCORE_COLUMNS], all(scoreRows)),
    'bins.csv': csv([...KEY, ...BIN_COLUMNS], all(binRows)),
    'freezes.csv': csv([...KEY, ...FREEZE_COLUMNS], all(freezeRows)),
  }
}

const KEY = ['run', 'plan', 'seed']
const keyOf = ({ run }: RunRecord): Cell[] => [run.id, run.planId, run.seed]

const RUN_COLUMNS = [
  'status',
  'error',
  'learning_rate',
  'epochs_planned',
  'epochs_done',
  'steps',
  'best_epoch',
  'best_validation_nats_per_symbol',
  'train_nats_per_symbol',
  'frozen_intact',
  'training_seconds',
  'started_at',
  'ended_at',
  'device',
  'app_version',
  'app_commit',
  'tags',
  'note',
  ...COMPONENTS.map(component => `parameters_${component}`),
]

function runRow({ run, attempts, parameters }: RunRecord): Cell[] {
  const environment = attempts.at(-1)?.environment
  const size = (component: string): number =>
    parameters
      .filter(parameter => parameter.component === component)
      .reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0)
  return [
    run.status,
    run.error?.message ?? null,
    run.learningRate,
    run.epochs,
    run.epochsDone,
    run.step,
    run.bestEpoch,
    run.bestLoss,
    run.trainLoss,
    run.frozenIntact,
    run.seconds,
    moment(run.startedAt),
    moment(run.endedAt),
    environment?.device.id ?? null,
    environment?.app.version ?? null,
    environment?.app.commit ?? null,
    run.tags.join(' '),
    run.note,
    ...COMPONENTS.map(size),
  ]
}

function pointsTable({ series }: RunRecord): string {
  const metrics = METRICS.filter(metric => series[metric])
  const steps = [...new Set(metrics.flatMap(metric => [...series[metric]!.steps]))].sort((a, b) => a - b)
  const columns = new Map(metrics.map(metric => [metric, valuesByStep(series[metric]!)] as const))
  return csv(
    ['step', ...metrics.map(snake)],
    steps.map(step => [step, ...metrics.map(metric => columns.get(metric)!.get(step) ?? null)]),
  )
}

const valuesByStep = ({ steps, values }: { steps: Float64Array; values: Float64Array }): Map<number, number> =>
  new Map(Array.from(steps, (step, i) => [step, values[i]!]))

const SCORED = [
  'strings',
  'symbols',
  'nats',
  'correct',
  'bound_nats',
  'length_nats',
  'nats_per_symbol',
  'perplexity',
  'accuracy',
  'above_bound',
]
const scoreColumns = (prefix = ''): string[] => SCORED.map(name => prefix + name)

const EPOCH_COLUMNS = [
  'epoch',
  'step',
  'learning_rate',
  'train_nats_per_symbol',
  ...scoreColumns('validation_'),
  'best',
  'frozen',
  'frozen_intact',
  'frozen_sha256',
  'steps_per_second',
  ...COMPONENTS.flatMap(component => [`sha256_${component}`, `gradient_norm_${component}`, `update_norm_${component}`]),
]

function epochRows({ epochs }: RunRecord): Cell[][] {
  return epochs.map(epoch => [
    epoch.epoch,
    epoch.step,
    epoch.learningRate,
    epoch.trainLoss,
    ...scoreCells(epoch.validation),
    epoch.best,
    epoch.frozen.join(' '),
    epoch.frozenIntact,
    epoch.frozenHash,
    epoch.stepsPerSecond,
    ...COMPONENTS.flatMap(component => [
      epoch.hashes[component] ?? null,
      epoch.gradientNorm[component] ?? null,
      epoch.updateNorm[component] ?? null,
    ]),
  ])
}

const SCORE_COLUMNS = ['weights', 'bin', 'length', ...scoreColumns()]
const BIN_COLUMNS = ['weights', 'bin', 'shortest', 'longest', ...scoreColumns()]

function scoreRows({ scores }: RunRecord): Cell[][] {
  return (['best', 'last'] as const).flatMap(weights =>
    scores[weights].map(score => [weights, score.bin, score.length, ...scoreCells(score)]),
  )
}

function binRows({ scores }: RunRecord): Cell[][] {
  return (['best', 'last'] as const).flatMap(weights =>
    [...new Set(scores[weights].map(({ bin }) => bin))].map(bin => {
      const inside = scores[weights].filter(score => score.bin === bin)
      const lengths = inside.map(({ length }) => length)
      return [weights, bin, Math.min(...lengths), Math.max(...lengths), ...scoreCells(pool(inside))]
    }),
  )
}

function scoreCells(score: Score): Cell[] {
  const { strings, symbols, nats, correct, boundNats, lengthNats } = sumsIn(score)
  const { loss, perplexity, accuracy, aboveBound } = figures(score)
  return [strings, symbols, nats, correct, boundNats, lengthNats, loss, perplexity, accuracy, aboveBound]
}

const FREEZE_COLUMNS = ['before_epoch', 'action', 'parameters', 'reason']
const freezeRows = ({ freezes }: RunRecord): Cell[][] =>
  freezes.map(({ epoch, action, parameters, reason }) => [epoch, action, parameters.join(' '), reason])

const moment = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
const snake = (metric: Metric): string =>
  metric.replace('.', '_').replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

const json = (value: unknown): string => `${figuresJson(value, 2)}\n`
