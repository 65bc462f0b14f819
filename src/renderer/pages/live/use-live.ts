import { onScopeDispose, shallowRef, triggerRef, watch, type Ref, type ShallowRef } from 'vue'
import type { CurveMetric, LiveBatch, LiveRun, RunCurve, RunRow } from '../../../shared/contract/index.ts'
import { concernsStudy, useChanges, useLab, useReconnect } from '../../composables/lab.ts'
import { drawBudget } from '../../lib/draw-budget.ts'
import { sayProblem } from '../../shell/toasts.ts'
import type { FreezeMark } from './figures.ts'
import { addEpoch, addPoints, setCurve, sourcesOf, type RunSeries } from './run-series.ts'

/** What is seen needs no more, and training gets the processor. The host tells once a second: what it says then is drawn then. */
const BUDGET = { share: 0.01, least: 900, most: 10_000 } as const
/** ms between draws of the figures beside the main one: they are many, and change slowly. Drawn together with it, in one frame. */
const SMALL_EVERY = 2_900
/** ms after which a page that nobody sees listens no longer. */
const PATIENCE = 10_000
/** Points of a run from the history: of many runs fewer, as they are drawn over each other. */
const bucketsOf = (runs: number): number => (runs > 30 ? 300 : 600)
const SMALL_BUCKETS = 120
/** Runs of one study that are drawn. */
const MOST_RUNS = 300

const COMPONENTS = ['embedding', 'controller', 'memory', 'classifier'] as const
export type MainMetric = 'loss' | 'validationLoss' | 'validationAccuracy'
const MAIN: readonly MainMetric[] = ['loss', 'validationLoss', 'validationAccuracy']
const SMALL: readonly CurveMetric[] = [
  ...COMPONENTS.flatMap(c => [`gradientNorm.${c}`, `updateNorm.${c}`] as const),
  'stepsPerSecond',
]

export interface LiveStudy {
  /** All runs of the study, as of the newest change. */
  readonly rows: Readonly<ShallowRef<readonly RunRow[]>>
  /** By run. Tells of changes only every so often. */
  readonly series: Readonly<ShallowRef<ReadonlyMap<string, RunSeries>>>
  /** The same, told less often: for what stands beside the main figure. */
  readonly small: Readonly<ShallowRef<ReadonlyMap<string, RunSeries>>>
  /** The newest of each run that has said something since the page opened. */
  readonly latest: Readonly<ShallowRef<ReadonlyMap<string, LiveRun>>>
  readonly freezes: Readonly<ShallowRef<readonly FreezeMark[]>>
  readonly loading: Readonly<Ref<boolean>>
  /** Tells of all that was heard, now: for someone who waits for it. */
  readonly catchUp: () => Promise<void>
}

type Read = readonly [metric: CurveMetric, curves: readonly RunCurve[]]

/** A study while it learns: first what the history has, of that the metric in sight before the others, then what is new. */
export function useLive(studyId: Ref<string | null>, shown: Readonly<Ref<MainMetric>>): LiveStudy {
  const lab = useLab()
  const rows = shallowRef<readonly RunRow[]>([])
  const series = shallowRef(new Map<string, RunSeries>())
  const small = shallowRef(series.value)
  const latest = shallowRef(new Map<string, LiveRun>())
  const freezes = shallowRef<readonly FreezeMark[]>([])
  const loading = shallowRef(false)

  let leave: (() => void) | undefined
  let leaving: ReturnType<typeof setTimeout> | undefined
  let opened = new AbortController()
  /** The history did not answer. */
  let failed = false
  /** Heard before the history answered. */
  let early: LiveBatch[] | null = null

  const idle = (): boolean => document.hidden
  let smallAt = -Infinity
  const {
    ask: redraw,
    now: drawNow,
    stop: drawNoMore,
  } = drawBudget({
    ...BUDGET,
    idle,
    draw() {
      triggerRef(series)
      // A list that is handed the same record twice does not look into it again.
      latest.value = new Map(latest.value)
      if (performance.now() < smallAt + SMALL_EVERY) return
      smallAt = performance.now()
      triggerRef(small)
    },
  })
  const catchUp = (): Promise<void> => {
    smallAt = -Infinity
    return drawNow()
  }
  const onSeen = (): void => {
    clearTimeout(leaving)
    if (document.hidden) leaving = setTimeout(close, PATIENCE)
    else if (opened.signal.aborted || failed) void begin(studyId.value)
    else redraw()
  }
  document.addEventListener('visibilitychange', onSeen)
  // What was said meanwhile was not heard.
  useReconnect(() => {
    if (!opened.signal.aborted) void begin(studyId.value)
  })

  function hear(batch: LiveBatch): void {
    if (early) {
      early.push(batch)
      return
    }
    for (const run of batch.runs) {
      latest.value.set(run.runId, run)
      const own = series.value.get(run.runId) ?? new Map<CurveMetric, never>()
      series.value.set(run.runId, own)
      addPoints(own, run.points)
      for (const epoch of run.epochsEnded) addEpoch(own, epoch)
      if (run.freezes.length > 0)
        freezes.value = [
          ...freezes.value,
          ...run.freezes.map(({ epoch, action, reason }) => ({
            step: epoch * (run.stepsPerEpoch ?? 0),
            planId: run.planId,
            title: titleOf(run),
            action,
            reason,
          })),
        ]
    }
    redraw()
  }

  function hearEarly(): void {
    const heard = early ?? []
    early = null
    for (const batch of heard) hear(batch)
    triggerRef(series)
    triggerRef(small)
  }

  const titleOf = ({ runId, planId }: LiveRun): string => rows.value.find(({ id }) => id === runId)?.planTitle ?? planId

  async function list(id: string): Promise<readonly RunRow[]> {
    return (
      await lab.runs.list({
        search: `study:"${id}"`,
        sort: [{ by: 'plan' }, { by: 'seed' }],
        archived: true,
        limit: MOST_RUNS,
      })
    ).rows
  }

  async function open(id: string, { signal }: AbortController): Promise<void> {
    early = []
    leave = lab.live.onProgress({ studyId: id }, hear)
    loading.value = true
    const found = await list(id)
    const begun = found.filter(({ step }) => step > 0).map(({ id }) => id)
    // One at a time: the host that answers is the one that trains.
    const read = async (metric: CurveMetric, buckets: number): Promise<Read[]> => {
      const answers: Read[] = []
      for (const source of begun.length === 0 ? [] : sourcesOf(metric))
        answers.push([source, await lab.curves.get({ runs: begun, metric: source, buckets }, { signal })])
      return answers
    }
    const first = shown.value
    const answers = await read(first, bucketsOf(begun.length))
    if (signal.aborted) return
    rows.value = found
    // A run that is to begin anew has nothing to show of before.
    for (const id of series.value.keys()) if (!begun.includes(id)) series.value.delete(id)
    latest.value = new Map([...latest.value].filter(([id]) => begun.includes(id)))
    add(answers)
    const planOf = new Map(found.map(row => [row.id, row]))
    freezes.value = (answers[0]?.[1] ?? []).flatMap(({ runId, freezes }) =>
      freezes.map(({ step, action, reason }) => ({
        step,
        planId: planOf.get(runId)!.planId,
        title: planOf.get(runId)!.planTitle,
        action,
        reason,
      })),
    )
    triggerRef(series)
    if (begun.length > 0) await drawn()
    for (const metric of [...MAIN.filter(one => one !== first), ...SMALL]) {
      const more = await read(metric, SMALL.includes(metric) ? SMALL_BUCKETS : bucketsOf(begun.length))
      if (signal.aborted) return
      add(more)
      if (metric === shown.value) triggerRef(series)
    }
    hearEarly()
  }

  function add(answers: readonly Read[]): void {
    for (const [metric, curves] of answers) {
      for (const curve of curves) {
        const own = series.value.get(curve.runId) ?? new Map<CurveMetric, never>()
        series.value.set(curve.runId, own)
        setCurve(own, metric, curve)
      }
    }
  }

  function close(): void {
    opened.abort()
    leave?.()
  }

  /** What the page has already is kept until the history's answer takes its place. */
  async function begin(id: string | null): Promise<void> {
    close()
    failed = false
    if (id === null) return
    const own = (opened = new AbortController())
    try {
      await open(id, own)
    } catch (error) {
      if (!own.signal.aborted) {
        failed = true
        hearEarly()
        sayProblem(error)
      }
    }
    if (own === opened) loading.value = false
  }

  watch(
    studyId,
    id => {
      rows.value = []
      small.value = series.value = new Map()
      latest.value = new Map()
      freezes.value = []
      void begin(id)
    },
    { immediate: true },
  )

  let listing = false
  let again = false
  useChanges(['runs'], changed => {
    if (studyId.value !== null && concernsStudy(changed, studyId.value)) void listAgain()
  })
  async function listAgain(): Promise<void> {
    again = listing
    if (listing || studyId.value === null) return
    listing = true
    try {
      const id = studyId.value
      const found = await list(id)
      if (id === studyId.value) rows.value = found
    } catch (error) {
      sayProblem(error)
    }
    listing = false
    if (again) await listAgain()
  }

  onScopeDispose(() => {
    close()
    drawNoMore()
    clearTimeout(leaving)
    document.removeEventListener('visibilitychange', onSeen)
  })
  return { rows, series, small, latest, freezes, loading, catchUp }
}

/** Until what the page was told to show is on the screen, or cannot be: a hidden page draws no frames. */
function drawn(): Promise<void> {
  return new Promise(resolve => {
    const late = setTimeout(resolve, 200)
    requestAnimationFrame(() =>
      setTimeout(() => {
        clearTimeout(late)
        resolve()
      }),
    )
  })
}
