import { availableParallelism, totalmem } from 'node:os'
import type { DivergedRun, LabService, LiveBatch, MachineLoad } from '../../shared/contract/index.ts'
import type { RunSummary } from '../../shared/records.ts'
import type { TrainingEvent } from '../training/training.ts'
import { toNextBeat } from './beat.ts'
import { advance, hear, liveRun, noNews, standingOf, type News, type Standing } from './live-run.ts'
import type { PaceBook } from './pace-book.ts'
import type { Progress } from './queue.ts'

/** Curves are drawn once a second: more messages would only cost training its time. */
const MILLISECONDS_BETWEEN = 1_000
const LOAD_MS = 4_000

export interface LiveOptions {
  readonly subscribe: (listen: (event: TrainingEvent) => void) => () => void
  readonly paces: PaceBook
  readonly secondsLeft: (run: Progress) => number | null
  /** Whether a run that has ended fell apart on its way. */
  readonly hasDiverged: (run: RunSummary) => boolean
  readonly device: () => string
  /** Between two messages to one listener. Default 1,000. */
  readonly millisecondsBetween?: number
}

interface Listener {
  readonly wants: (run: Standing['run']) => boolean
  readonly emit: (batch: LiveBatch) => void
  readonly congested: () => boolean
  readonly news: Map<string, News>
}

/** Tells listeners what happens in training, at most once a second, however many runs there are, and the end of a run at once. */
export function liveFeeds({
  subscribe,
  paces,
  secondsLeft,
  hasDiverged,
  device,
  millisecondsBetween = MILLISECONDS_BETWEEN,
}: LiveOptions): { service: LabService['live']; close: () => void } {
  const standings = new Map<string, Standing>()
  const listeners = new Set<Listener>()
  const alarmed = new Set<(run: DivergedRun) => void>()
  let timer: NodeJS.Timeout | null = null

  const leave = subscribe(event => {
    if (event.kind === 'blocked') return
    const runId = event.kind === 'stored' ? event.runId : event.run.id
    if (event.kind === 'begun') standings.set(runId, standingOf(event.run))
    const standing = standings.get(runId)
    if (!standing) return
    if (event.kind === 'stored') {
      for (const each of event.events) {
        advance(standing, each)
        if (each.kind === 'progress') paces.heard(runId, standing.run.studyId, each.stepsPerSecond)
      }
    }
    if (event.kind === 'ended') {
      Object.assign(standing, { ...standingOf(event.run), failure: event.failure ?? event.run.error })
      paces.ended(runId)
      if (hasDiverged(event.run)) for (const tellOf of alarmed) tellOf(divergedRun(event.run))
    }
    for (const { wants, news } of listeners) {
      if (!wants(standing.run)) continue
      const own = news.get(runId) ?? noNews()
      if (event.kind === 'stored') for (const each of event.events) hear(own, each)
      news.set(runId, own)
    }
    if (event.kind === 'ended') atOnce()
    else soon()
  })

  const soon = (): void => {
    timer ??= setTimeout(tell, toNextBeat(millisecondsBetween))
  }

  let ending = false
  /** Before anyone can be told by another way that the run has ended. */
  function atOnce(): void {
    if (ending) return
    ending = true
    queueMicrotask(() => {
      ending = false
      tell()
    })
  }

  function tell(): void {
    if (timer) clearTimeout(timer)
    timer = null
    for (const listener of listeners) tellOne(listener)
    forgetEnded()
  }

  function tellOne({ news, emit, congested }: Listener): void {
    if (news.size === 0) return
    if (congested()) return soon()
    const runs = [...news].map(([runId, own]) => {
      const standing = standings.get(runId)!
      const { run, step, epochs, stepsPerEpoch } = standing
      return liveRun(standing, own, secondsLeft({ id: runId, studyId: run.studyId, step, epochs, stepsPerEpoch }))
    })
    news.clear()
    emit({ runs })
  }

  function forgetEnded(): void {
    for (const [runId, { run }] of standings)
      if (run.status !== 'running' && ![...listeners].some(({ news }) => news.has(runId))) standings.delete(runId)
  }

  return {
    service: {
      onProgress({ runs, studyId }, emit, { congested }) {
        const named = runs && new Set(runs)
        const listener: Listener = {
          wants: run => (named?.has(run.id) ?? true) && (studyId === undefined || run.studyId === studyId),
          emit,
          congested,
          news: new Map(),
        }
        for (const [runId, { run }] of standings) if (listener.wants(run)) listener.news.set(runId, noNews())
        listeners.add(listener)
        queueMicrotask(() => {
          if (listeners.has(listener)) tellOne(listener)
        })
        return () => {
          listeners.delete(listener)
        }
      },
      onDiverged(_, emit) {
        alarmed.add(emit)
        return () => {
          alarmed.delete(emit)
        }
      },
      onLoad(_, emit, { congested }) {
        const measure = loadMeter(device)
        const atBeat = (): NodeJS.Timeout =>
          setTimeout(() => {
            next = atBeat()
            if (!congested()) emit(measure())
          }, toNextBeat(LOAD_MS))
        let next = atBeat()
        return () => clearTimeout(next)
      },
    },
    close() {
      leave()
      if (timer) clearTimeout(timer)
      listeners.clear()
      alarmed.clear()
    },
  }
}

const divergedRun = ({ id, studyId, studyName, planTitle, seed }: RunSummary): DivergedRun => ({
  runId: id,
  studyId,
  studyName,
  planTitle,
  seed,
})

function loadMeter(device: () => string): () => MachineLoad {
  let [cpu, at] = [process.cpuUsage(), performance.now()]
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    const now = performance.now()
    const cores = (user + system) / 1000 / (now - at)
    cpu = process.cpuUsage()
    at = now
    return {
      cores,
      coresTotal: availableParallelism(),
      memoryBytes: process.memoryUsage.rss(),
      memoryTotalBytes: totalmem(),
      device: device(),
    }
  }
}
