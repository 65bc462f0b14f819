import type { LiveBatch, LiveRun, QueuedRun, QueueState, RunRow, StudyInfo } from '../../shared/contract/index.ts'
import { EMPTY_QUEUE } from './mount-page.ts'

/** A study of two plans and two seeds, as a host lists it and its runs. */

export const sampleStudy = (fields: Partial<StudyInfo> = {}): StudyInfo =>
  ({
    id: 'study',
    name: 'Sample',
    note: '',
    createdAt: 1,
    archived: false,
    taskId: 'marked-reversal',
    taskTitle: 'Marked reversal',
    controllerId: 'lstm',
    memoryId: 'superposition-stack',
    plans: [
      { id: 'full', title: 'Full training' },
      { id: 'frozen-memory', title: 'Memory frozen' },
    ],
    seeds: 2,
    endedAt: null,
    runs: {},
    ...fields,
  }) as StudyInfo

export const sampleRow = (planId: 'full' | 'frozen-memory', seed: number, fields: Partial<RunRow> = {}): RunRow => ({
  id: `study.${planId}.${seed}`,
  studyId: 'study',
  studyName: 'Sample',
  planId,
  planTitle: planId === 'full' ? 'Full training' : 'Memory frozen',
  seed,
  status: 'queued',
  error: null,
  learningRate: 0.005,
  epochs: 4,
  stepsPerEpoch: 100,
  epochsDone: 0,
  step: 0,
  bestEpoch: null,
  bestLoss: null,
  trainLoss: null,
  frozenIntact: null,
  arithmetic: null,
  queuedAt: 1,
  startedAt: null,
  endedAt: null,
  seconds: 0,
  starred: false,
  archived: false,
  note: '',
  tags: [],
  taskId: 'marked-reversal',
  controllerId: 'lstm',
  memoryId: 'superposition-stack',
  firstAccuracy: null,
  lastAccuracy: null,
  diverged: false,
  retention: null,
  lastDifference: null,
  ...fields,
})

export const queuedRun = ({
  id,
  studyId,
  studyName,
  planId,
  planTitle,
  seed,
  status,
  epochsDone,
  epochs,
}: RunRow): QueuedRun => ({ runId: id, studyId, studyName, planId, planTitle, seed, status, epochsDone, epochs })

/** The queue in which these runs are, by their status. */
export function queueOf(rows: readonly RunRow[], fields: Partial<QueueState> = {}): QueueState {
  const of = (...statuses: string[]): QueuedRun[] =>
    rows.filter(({ status }) => statuses.includes(status)).map(queuedRun)
  const [waiting, stopped] = [of('queued'), of('paused', 'interrupted', 'failed')]
  return {
    ...EMPTY_QUEUE,
    running: of('running'),
    waiting,
    waitingCount: waiting.length,
    stopped,
    stoppedCount: stopped.length,
    ...fields,
  }
}

/** What a host says of a run that trains: one point a hundred steps, of the losses given. */
export function liveBatch(row: RunRow, losses: readonly number[], fields: Partial<LiveRun> = {}): LiveBatch {
  const steps = losses.map((_, i) => 100 * (i + 1))
  const { id: runId, studyId, planId, seed } = row
  return {
    runs: [
      {
        runId,
        studyId,
        planId,
        seed,
        status: 'running',
        failure: null,
        epoch: losses.length,
        step: steps.at(-1) ?? 0,
        epochs: 4,
        stepsPerEpoch: 100,
        secondsLeft: 30,
        epochsEnded: [],
        freezes: [],
        points: {
          steps: Float64Array.from(steps),
          loss: Float64Array.from(losses),
          stepsPerSecond: Float64Array.from(losses, () => 50),
          gradientNorm: { controller: Float64Array.from(losses, loss => 2 * loss) },
        },
        ...fields,
      },
    ],
  }
}
