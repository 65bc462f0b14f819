import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { LabError } from '../../shared/errors.ts'
import { METRICS, RUN_STATUSES, type Environment, type RunRecord } from '../../shared/records.ts'
import { COMPONENTS, type RunEvent } from '../../shared/run-events.ts'
import { scored } from '../../shared/score.ts'
import { encodeFrame } from '../../shared/rpc/frame.ts'
import type { StudySpec } from '../../shared/study.ts'
import type { History } from '../history/history.ts'
import { checkFrame, firstFault, NoBundle, unpackBundle } from './unpack-bundle.ts'

/**
 * A study with its runs in one file: a compressed frame (see shared/rpc/frame). What a run went through is told as the events of its
 * training, so that taking it in is the same as having trained it.
 */

/** The first format did not say what the choice of a length costs. */
const FORMATS = ['permafrost-bundle-1', 'permafrost-bundle-2'] as const

const whole = z.number().int().min(0)
const number = z.number().or(z.nan()).or(z.literal(Infinity)).or(z.literal(-Infinity))
const floats = z.custom<Float64Array>(value => value instanceof Float64Array)
const time = whole.max(8.64e15)
const environment = z.custom<Environment>(
  value => typeof value === 'object' && value !== null && JSON.stringify(value).length < 10_000,
)
const bytes = z.custom<Uint8Array>(value => value instanceof Uint8Array)
const component = z.enum(COMPONENTS as [(typeof COMPONENTS)[number], ...(typeof COMPONENTS)[number][]])
const byComponent = <T extends z.ZodType>(value: T) => z.partialRecord(component, value)
const sums = {
  strings: whole,
  symbols: whole,
  nats: number,
  correct: whole,
  boundNats: number,
  lengthNats: number.default(NaN),
}
/** Sums that some predictions have; NaN stands for what is not known. */
function possible(own: {
  symbols: number
  nats: number
  correct: number
  boundNats: number
  lengthNats: number
}): boolean {
  const { symbols, nats, correct, boundNats, lengthNats } = own
  return correct <= symbols && ![nats, boundNats, lengthNats].some(value => value < 0)
}

const lengthScore = z
  .strictObject({ bin: z.string(), length: whole, ...sums })
  .refine(possible)
  .transform(({ bin, length, ...own }) => ({ bin, length, ...scored(own) }))

const Run = z.strictObject({
  planId: z.string(),
  seed: whole,
  status: z.enum(RUN_STATUSES),
  starred: z.boolean(),
  archived: z.boolean(),
  note: z.string().max(100_000),
  tags: z.array(z.string().max(100)).max(1000),
  environment: environment.nullable(),
  times: z
    .strictObject({ queuedAt: time, startedAt: time.nullable(), endedAt: time.nullable(), seconds: z.number().min(0) })
    .optional(),
  attempts: z
    .array(
      z.strictObject({
        attempt: whole,
        environment,
        fromStep: whole,
        startedAt: time,
        endedAt: time.nullable(),
        outcome: z.enum(RUN_STATUSES),
      }),
    )
    .max(10_000)
    .default([]),
  start: z
    .strictObject({
      learningRate: number,
      epochs: whole,
      stepsPerEpoch: whole,
      arithmetic: z.enum(['fused', 'unfused', 'mixed']).optional(),
      parameters: z
        .array(z.strictObject({ name: z.string().max(300), component, shape: z.array(whole).max(10) }))
        .max(10_000),
    })
    .nullable(),
  freezes: z.array(
    z.strictObject({
      epoch: whole,
      action: z.enum(['freeze', 'release']),
      parameters: z.array(z.string().max(300)),
      reason: z.string().max(1000),
    }),
  ),
  epochs: z.array(
    z.strictObject({
      epoch: whole,
      step: whole,
      learningRate: number,
      trainLoss: number,
      validation: z.strictObject(sums).refine(possible).transform(scored),
      best: z.boolean(),
      frozen: z.array(z.string()),
      hashes: byComponent(z.string().max(100)),
      frozenHash: z.string().max(100).nullable(),
      frozenIntact: z.boolean(),
      gradientNorm: byComponent(number),
      updateNorm: byComponent(number),
      stepsPerSecond: number,
    }),
  ),
  series: z.partialRecord(
    z.enum(METRICS),
    z
      .strictObject({ steps: floats, values: floats })
      .refine(
        ({ steps, values }) =>
          steps.length === values.length &&
          steps.every((step, i) => Number.isSafeInteger(step) && step >= 0 && (i === 0 || step > steps[i - 1]!)),
      ),
  ),
  scores: z.strictObject({
    best: z.array(lengthScore),
    last: z.array(lengthScore),
  }),
  checkpoints: z
    .array(
      z.strictObject({ which: z.enum(['best', 'last']), epoch: whole, step: whole, bytes, createdAt: time.optional() }),
    )
    .max(2),
  snapshots: z
    .array(z.strictObject({ epoch: whole, step: whole, bytes, createdAt: time }))
    .max(10_000)
    .default([]),
  bestEpoch: whole.nullable(),
})
export type BundledRun = z.output<typeof Run>

const Bundle = z.strictObject({
  format: z.enum(FORMATS),
  study: z.unknown(),
  note: z.string().max(100_000),
  createdAt: time.optional(),
  runs: z.array(Run).max(100_000),
})
/** `study`: not checked yet. */
export type Bundle = z.output<typeof Bundle>

export const isBundle = (content: Uint8Array): boolean => content[0] === 0x1f && content[1] === 0x8b

/** @throws LabError `unknown-run`, `checkpoint-damaged`; `too-large` where no lab would take it in again */
export function writeBundle(
  history: History,
  study: { spec: StudySpec; note: string; createdAt: number },
  runs: readonly string[],
): Uint8Array {
  const frame = encodeFrame({
    format: FORMATS[1],
    study: JSON.parse(JSON.stringify(study.spec)) as unknown,
    note: study.note,
    createdAt: study.createdAt,
    runs: runs.map(id => bundled(history, history.runRecord(id))),
  })
  try {
    checkFrame(frame)
  } catch (cause) {
    if (!(cause instanceof NoBundle)) throw cause
    throw new LabError('too-large', `One bundle cannot hold this: ${cause.message}. Choose fewer runs for each.`, {
      cause,
    })
  }
  return gzipSync(frame, { level: 1 })
}

function bundled(
  history: History,
  { run, parameters, attempts, freezes, epochs, series, scores, checkpoints, snapshots }: RunRecord,
): BundledRun {
  const {
    planId,
    seed,
    status,
    starred,
    archived,
    note,
    tags,
    learningRate,
    epochs: planned,
    stepsPerEpoch,
    bestEpoch,
    arithmetic,
    queuedAt,
    startedAt,
    endedAt,
    seconds,
  } = run
  return {
    planId,
    seed,
    status,
    starred,
    archived,
    note,
    tags,
    environment: attempts.at(-1)?.environment ?? null,
    times: { queuedAt, startedAt, endedAt, seconds },
    attempts,
    bestEpoch,
    start:
      learningRate === null || planned === null || stepsPerEpoch === null
        ? null
        : { learningRate, epochs: planned, stepsPerEpoch, parameters, ...(arithmetic ? { arithmetic } : {}) },
    freezes,
    epochs,
    series,
    scores,
    checkpoints: (['best', 'last'] as const).flatMap(which => {
      const info = checkpoints.findLast(one => one.which === which)
      const content = info && history.checkpoints.read(run.id, which)?.content
      return info && content
        ? [{ which, epoch: info.epoch, step: info.step, bytes: content, createdAt: info.createdAt }]
        : []
    }),
    snapshots: snapshots.flatMap(({ epoch, step, createdAt }) => {
      const kept = history.snapshots.read(run.id, epoch)
      return kept ? [{ epoch, step, bytes: kept.content, createdAt }] : []
    }),
  }
}

/** Read in turns, and given up at the first fault. @throws LabError `bad-bundle` */
export async function readBundle(content: Uint8Array, name: string): Promise<Bundle> {
  const bad = (what: string, cause?: unknown): LabError =>
    new LabError('bad-bundle', `${name} cannot be taken in: ${what}.`, { cause })
  let frame: unknown
  try {
    frame = await unpackBundle(content)
  } catch (cause) {
    throw bad(cause instanceof NoBundle ? cause.message : 'it cannot be unpacked', cause)
  }
  const fault = await firstFault(Bundle, frame)
  if (fault) throw bad(`${fault.path || 'its content'} is not what a bundle holds`, fault.cause)
  const result = Bundle.safeParse(frame)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw bad(`${issue!.path.join('.') || 'its content'} is not what a bundle holds`, result.error)
}

/** One whose arithmetic changed on the way began twice. */
function startsOf({ arithmetic, ...start }: NonNullable<BundledRun['start']>): RunEvent[] {
  const begun = { kind: 'start', epoch: 0, resumed: false, ...start } as const
  if (arithmetic !== 'mixed') return [{ ...begun, ...(arithmetic ? { arithmetic } : {}) }]
  return [
    { ...begun, arithmetic: 'fused' },
    { ...begun, resumed: true, arithmetic: 'unfused', arithmeticBefore: 'fused' },
  ]
}

/** What the run's training said, or would have said, in its order. */
export function eventsOf(run: BundledRun): RunEvent[] {
  if (!run.start) return []
  const events: RunEvent[] = startsOf(run.start)
  for (const freeze of run.freezes) events.push({ kind: 'freeze', ...freeze })
  events.push(...progressOf(run, run.start.stepsPerEpoch))
  for (const epoch of run.epochs) events.push({ kind: 'epoch', ...epoch })
  for (const { createdAt: _, ...snapshot } of run.snapshots) events.push({ kind: 'snapshot', ...snapshot })
  for (const { createdAt: _, ...checkpoint } of run.checkpoints) events.push({ kind: 'checkpoint', ...checkpoint })
  for (const which of ['best', 'last'] as const)
    if (run.scores[which].length > 0) events.push({ kind: 'evaluation', which, scores: run.scores[which] })
  if (run.status === 'finished' || run.status === 'stopped-early' || run.status === 'diverged') {
    events.push({ kind: 'done', reason: run.status, epochs: run.epochs.length, bestEpoch: run.bestEpoch ?? 0 })
  }
  return events
}

function progressOf({ series }: BundledRun, stepsPerEpoch: number): RunEvent[] {
  const { loss, stepsPerSecond, epoch, ...norms } = series
  if (!loss) return []
  const at = (metric: BundledRun['series'][keyof BundledRun['series']]): Map<number, number> =>
    new Map(metric ? Array.from(metric.steps, (step, i) => [step, metric.values[i]!] as const) : [])
  const [speeds, epochs] = [at(stepsPerSecond), at(epoch)]
  const byNorm = COMPONENTS.map(name => [name, at(norms[`gradientNorm.${name}`])] as const)
  return Array.from(loss.steps, (step, i): RunEvent => ({
    kind: 'progress',
    step,
    loss: loss.values[i]!,
    epoch: epochs.get(step) ?? Math.floor(step / Math.max(1, stepsPerEpoch)),
    stepsPerEpoch,
    stepsPerSecond: speeds.get(step) ?? NaN,
    gradientNorm: Object.fromEntries(
      byNorm.flatMap(([name, values]) => {
        const value = values.get(step)
        return value === undefined ? [] : [[name, value] as const]
      }),
    ),
  }))
}
