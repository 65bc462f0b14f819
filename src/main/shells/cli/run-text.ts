import { clipNormOf } from '../../../engine/train/schedules.ts'
import type { EpochRecord, Parameter, RunRecord, RunSummary } from '../../../shared/records.ts'
import { COMPONENTS, type Component, type LengthScore } from '../../../shared/run-events.ts'
import { MEASURES, type Measure } from '../../../shared/measures.ts'
import { figures, sizeOf } from '../../../shared/score.ts'
import type { WholeRun } from './show-command.ts'
import { facts, textTable, type Column } from './text-table.ts'
import { fixed, integer, moment, picked, plain } from './words.ts'

/** A run's whole record for people, but for the single steps. */
export function runText(record: WholeRun): string {
  return [
    headline(record),
    facts(mainFacts(record)),
    `Components\n${componentTable(record)}`,
    section(
      'Freezing',
      record.freezes.map(
        ({ epoch, reason, parameters }) =>
          `before epoch ${epoch}: ${plain(reason)} (${parameters.join(', ') || 'nothing to freeze'})`,
      ),
    ),
    scoresTable(record),
    section(
      'Checkpoints',
      record.checkpoints.map(
        ({ which, epoch, step, bytes, sha256 }) =>
          `${which.padEnd(4)}  epoch ${epoch}, step ${integer(step)}, ${integer(bytes)} bytes, sha256 ${sha256}`,
      ),
    ),
    section('Attempts', record.attempts.map(attemptText)),
  ]
    .filter(text => text !== '')
    .join('\n')
}

function headline({ run }: RunRecord): string {
  const error = run.error ? `\n${plain(run.error.message)}` : ''
  return `Run ${run.id}: ${run.status} after ${run.epochsDone} ${run.epochsDone === 1 ? 'epoch' : 'epochs'}, ${integer(run.step)} steps, ${run.seconds.toFixed(1)} s of training${error}\n`
}

function mainFacts({ run, study, plan, stepsPerSecond, timesFull }: WholeRun): [string, string][] {
  const clipNorm = clipNormOf(study.spec.training, run.seed)
  const speed =
    stepsPerSecond === null
      ? '–'
      : `${integer(Math.round(stepsPerSecond))} steps a second${timesFull === null ? '' : `, ${timesFull.toFixed(2)} times full training of this seed`}`
  return [
    ['study', `${plain(study.name)} (${study.id})`],
    ['plan', plan.title ? `${plain(plan.title)} (${plan.id})` : plan.id],
    ['seed', String(run.seed)],
    ['task', picked(study.spec.task)],
    ['controller', picked(study.spec.model.controller)],
    ['memory', picked(study.spec.model.memory)],
    ['learning rate', run.learningRate === null ? '–' : `${run.learningRate.toPrecision(4)} at the start`],
    ['clipping', clipNorm === null ? 'none' : `at a norm of ${clipNorm.toPrecision(4)}`],
    [
      'validation',
      run.bestEpoch === null ? '–' : `${fixed(run.bestLoss, 4)} nats a symbol at best, in epoch ${run.bestEpoch}`,
    ],
    ...(run.arithmetic ? [['arithmetic', arithmeticText(run.arithmetic)] as [string, string]] : []),
    ['speed', speed],
    ...(run.tags.length > 0 ? [['tags', run.tags.map(plain).join(', ')] as [string, string]] : []),
    ...(run.note ? [['note', plain(run.note)] as [string, string]] : []),
  ]
}

function arithmeticText(arithmetic: NonNullable<RunSummary['arithmetic']>): string {
  return {
    fused: 'fused: a product and a sum are rounded once',
    unfused: 'unfused: a product and a sum are rounded each',
    mixed: 'mixed: fused in one part of the training, unfused in another',
  }[arithmetic]
}

/** Parameters by component; what was frozen in the last epoch is sealed when it never changed while it was frozen. */
function componentTable({ parameters, epochs, parameterCounts }: WholeRun): string {
  const newest = epochs.at(-1)
  const columns: Column[] = [
    { title: 'component' },
    { title: 'parameters', align: 'right' },
    { title: 'SHA-256 of the weights' },
    { title: 'frozen' },
  ]
  return textTable(
    columns,
    COMPONENTS.filter(component => component in parameterCounts).map(component => [
      component,
      integer(parameterCounts[component]!),
      newest?.hashes[component]?.slice(0, 16) ?? '–',
      newest ? sealText(component, parameters, newest, epochs) : '',
    ]),
  )
}

function sealText(
  component: Component,
  parameters: readonly Parameter[],
  newest: EpochRecord,
  epochs: readonly EpochRecord[],
): string {
  const own = parameters.filter(parameter => parameter.component === component).map(({ name }) => name)
  const frozen = own.filter(name => newest.frozen.includes(name))
  if (frozen.length === 0) return 'no'
  const part = frozen.length === own.length ? 'all' : `${frozen.length} of ${own.length} tensors`
  return `${part}; ${epochs.every(({ frozenIntact }) => frozenIntact) ? 'sealed: not a bit has changed since' : 'BROKEN: frozen weights have changed'}`
}

/** By length, in this order. */
const SHOWN: readonly Measure[] = ['accuracy', 'cross-entropy', 'cross-entropy-difference']

function scoresTable({ scores: { best, last } }: RunRecord): string {
  const scores = best.length > 0 ? best : last
  if (scores.length === 0) return ''
  const columns: Column[] = [
    { title: 'bin' },
    ...['length', 'strings', ...SHOWN.map(measure => MEASURES[measure].title)].map(title => ({
      title,
      align: 'right' as const,
    })),
  ]
  return `Scores by length, weights of the ${best.length > 0 ? 'best validation' : 'last'} epoch\n${textTable(columns, scores.map(scoreRow))}`
}

function scoreRow(score: LengthScore): string[] {
  const { accuracy, loss, aboveBound } = figures(score)
  return [
    plain(score.bin),
    String(score.length),
    String(sizeOf(score).strings),
    ...[accuracy, loss, aboveBound].map((value, i) => fixed(value, MEASURES[SHOWN[i]!].digits)),
  ]
}

function attemptText({
  attempt,
  fromStep,
  startedAt,
  endedAt,
  outcome,
  environment: { app, versions, os, cpu, memoryBytes, device },
}: RunRecord['attempts'][number]): string {
  const runtime = versions.electron ? `Electron ${versions.electron}` : `Node ${versions.node}`
  return [
    `${attempt}  ${moment(startedAt)} to ${moment(endedAt)}, from step ${integer(fromStep)}: ${outcome}`,
    `   device ${device.id} (${device.note})${device.cohort === undefined ? '' : `, together with up to ${device.cohort - 1} other runs`}, ${runtime}, V8 ${versions.v8}`,
    `   ${cpu.cores} × ${cpu.model}, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB, ${os.platform} ${os.release} ${os.arch}`,
    `   app ${app.version}, commit ${app.commit ?? 'unknown'}, lock file ${app.lockHash?.slice(0, 16) ?? 'unknown'}`,
  ].join('\n')
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${title}\n${lines.map(line => `${line}\n`).join('')}`
