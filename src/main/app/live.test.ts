import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LiveBatch, MachineLoad } from '../../shared/contract/index.ts'
import type { RunSummary } from '../../shared/records.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import type { TrainingEvent } from '../training/training.ts'
import { liveFeeds } from './live.ts'
import { paceBook } from './pace-book.ts'
import { scored } from '../../shared/score.ts'

const run = (fields: Partial<RunSummary> = {}): RunSummary => ({
  id: 's.full.1',
  studyId: 's',
  studyName: 'S',
  planId: 'full',
  planTitle: 'Full',
  seed: 1,
  status: 'running',
  error: null,
  learningRate: null,
  epochs: null,
  stepsPerEpoch: null,
  epochsDone: 0,
  step: 0,
  bestEpoch: null,
  bestLoss: null,
  trainLoss: null,
  frozenIntact: null,
  arithmetic: null,
  queuedAt: 0,
  startedAt: null,
  endedAt: null,
  seconds: 0,
  starred: false,
  archived: false,
  note: '',
  tags: [],
  ...fields,
})
const progress = (step: number, loss = step): RunEvent => ({
  kind: 'progress',
  epoch: 0,
  step,
  stepsPerEpoch: 100,
  loss,
  gradientNorm: { memory: step / 2 },
  stepsPerSecond: 50,
})

let say: (event: TrainingEvent) => void
let feeds: ReturnType<typeof liveFeeds>

beforeEach(() => {
  vi.useFakeTimers()
  feeds = liveFeeds({
    subscribe: listen => {
      say = listen
      return () => {}
    },
    paces: paceBook(),
    secondsLeft: ({ step }) => 100 - step,
    hasDiverged: ({ trainLoss }) => trainLoss !== null && trainLoss > 5,
    device: () => 'wasm',
  })
  say({ kind: 'begun', run: run(), resume: null })
})
afterEach(() => {
  feeds.close()
  vi.useRealTimers()
})

async function listen(filter = {}, congested = () => false): Promise<LiveBatch[]> {
  const heard: LiveBatch[] = []
  feeds.service.onProgress(filter, batch => heard.push(batch), { congested })
  await Promise.resolve()
  return heard
}

const told = (...events: RunEvent[]): void => say({ kind: 'stored', runId: 's.full.1', events })

describe('live batches', () => {
  it('begin with where every run stands', async () => {
    told(
      { kind: 'start', epoch: 0, learningRate: 0.1, parameters: [], stepsPerEpoch: 100, epochs: 3, resumed: false },
      progress(7),
    )
    vi.advanceTimersByTime(1_000)
    const heard = await listen()
    expect(heard).toMatchObject([
      {
        runs: [
          {
            runId: 's.full.1',
            status: 'running',
            step: 7,
            epochs: 3,
            stepsPerEpoch: 100,
            secondsLeft: 93,
            epochsEnded: [],
          },
        ],
      },
    ])
    expect(heard[0]!.runs[0]!.points.steps).toHaveLength(0)
  })

  it('come at most once a second, with every point', async () => {
    const heard = await listen()
    for (let step = 1; step <= 400; step++) {
      told(progress(step))
      vi.advanceTimersByTime(20)
    }
    vi.advanceTimersByTime(1_000)
    expect(heard.length - 1).toBeLessThanOrEqual(9)
    expect(heard.slice(1).flatMap(({ runs }) => [...runs[0]!.points.steps])).toEqual(
      Array.from({ length: 400 }, (_, i) => i + 1),
    )
    expect([...heard.at(-1)!.runs[0]!.points.gradientNorm.memory!].at(-1)).toBe(200)
    const before = heard.length
    vi.advanceTimersByTime(5_000)
    expect(heard).toHaveLength(before)
  })

  it('grow coarser, not more, for a listener that lags', async () => {
    let behind = true
    const heard = await listen({}, () => behind)
    for (let step = 1; step <= 10_000; step++) {
      told(progress(step, 2))
      if (step % 100 === 0) vi.advanceTimersByTime(100)
    }
    expect(heard).toHaveLength(0)
    behind = false
    vi.advanceTimersByTime(1_100)
    expect(heard).toHaveLength(1)
    const { points, step } = heard[0]!.runs[0]!
    expect(step).toBe(10_000)
    expect(points.steps.length).toBeLessThanOrEqual(64)
    expect(points.steps.at(-1)).toBe(10_000)
    expect(new Set(points.loss)).toEqual(new Set([2]))
    expect([...points.steps]).toEqual([...points.steps].toSorted((a, b) => a - b))
  })

  it('hold freezes, epochs and the end', async () => {
    const heard = await listen()
    told(
      { kind: 'freeze', epoch: 1, action: 'freeze', parameters: ['memory.a'], reason: 'memory' },
      {
        kind: 'epoch',
        epoch: 0,
        step: 100,
        learningRate: 0.1,
        trainLoss: 1,
        validation: scored({ strings: 1, symbols: 10, nats: 5, correct: 4, boundNats: 1, lengthNats: 0 }),
        best: true,
        frozen: [],
        hashes: {},
        frozenHash: null,
        frozenIntact: true,
        gradientNorm: {},
        updateNorm: { memory: 0.5 },
        stepsPerSecond: 3,
      },
    )
    say({
      kind: 'ended',
      run: run({ status: 'failed', error: { code: 'x', message: 'y' }, epochsDone: 1, step: 100 }),
      failure: { code: 'x', message: 'y' },
    })
    await Promise.resolve()
    expect(heard.at(-1)!.runs).toMatchObject([
      {
        status: 'failed',
        failure: { code: 'x' },
        epoch: 1,
        step: 100,
        freezes: [{ epoch: 1, parameters: ['memory.a'] }],
        epochsEnded: [
          {
            validationLoss: 0.5,
            validationAccuracy: 0.4,
            updateNorm: { memory: 0.5 },
            gradientNorm: {},
            stepsPerSecond: 3,
          },
        ],
      },
    ])
    expect(await listen()).toEqual([])
  })

  it('are only of the runs asked for', async () => {
    const [mine, study, other] = await Promise.all([
      listen({ runs: ['s.full.1'] }),
      listen({ studyId: 's' }),
      listen({ studyId: 't' }),
    ])
    told(progress(1))
    vi.advanceTimersByTime(1_100)
    expect([mine.length, study.length, other.length]).toEqual([2, 2, 0])
  })
})

it('the machine’s load comes every four seconds, to all listeners at one time', () => {
  const heard: MachineLoad[] = []
  const at: number[] = []
  const leave = feeds.service.onLoad(
    undefined,
    load => {
      heard.push(load)
      at.push(performance.now())
    },
    { congested: () => false },
  )
  vi.advanceTimersByTime(700)
  const leaveLater = feeds.service.onLoad(undefined, () => at.push(performance.now()), { congested: () => false })
  vi.advanceTimersByTime(11_500)
  leave()
  leaveLater()
  vi.advanceTimersByTime(12_000)
  expect(heard).toHaveLength(3)
  expect(at).toHaveLength(6)
  expect(new Set(at).size).toBe(3)
  expect(heard[0]).toMatchObject({ device: 'wasm', coresTotal: expect.any(Number) })
  expect(heard[0]!.memoryBytes).toBeGreaterThan(1e6)
  expect(heard[0]!.memoryTotalBytes).toBeGreaterThan(heard[0]!.memoryBytes)
})
