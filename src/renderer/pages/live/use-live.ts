import { onScopeDispose, shallowRef, triggerRef, watch, type Ref, type ShallowRef } from 'vue'
import type { CurveMetric, LiveBatch, LiveRun, RunRow } from '../../../shared/contract/index.ts'
import { useChanges, useLab } from '../../composables/lab.ts'
import { sayError } from '../../shell/toasts.ts'
import type { FreezeMark } from './figures.ts'
import { addCurve, addEpoch, addPoints, type RunSeries } from './run-series.ts'

/** ms between redraws: what is seen needs no more, and training gets the processor. */
const REDRAW = 1_000
const BUCKETS = 600
/** Runs of one study that are drawn. */
const MOST_RUNS = 300

const COMPONENTS = ['embedding', 'controller', 'memory', 'classifier'] as const
const METRICS: readonly CurveMetric[] = ['loss', 'validationLoss', 'validationAccuracy', 'stepsPerSecond', ...COMPONENTS.flatMap(c => [`gradientNorm.${c}`, `updateNorm.${c}`] as const)]

export interface LiveStudy {
  /** All runs of the study, as of the newest change. */
  readonly rows: Readonly<ShallowRef<readonly RunRow[]>>
  /** By run. Tells of changes only every so often. */
  readonly series: Readonly<ShallowRef<ReadonlyMap<string, RunSeries>>>
  /** The same, told a little later: for what stands beside the main figure. */
  readonly small: Readonly<ShallowRef<ReadonlyMap<string, RunSeries>>>
  /** The newest of each run that has said something since the page opened. */
  readonly latest: Readonly<ShallowRef<ReadonlyMap<string, LiveRun>>>
  readonly freezes: Readonly<ShallowRef<readonly FreezeMark[]>>
  readonly loading: Readonly<Ref<boolean>>
}

/** A study while it learns: first what the history has, then what is new. */
export function useLive(studyId: Ref<string | null>): LiveStudy {
  const lab = useLab()
  const rows = shallowRef<readonly RunRow[]>([])
  const series = shallowRef(new Map<string, RunSeries>())
  const small = shallowRef(series.value)
  const latest = shallowRef(new Map<string, LiveRun>())
  const freezes = shallowRef<readonly FreezeMark[]>([])
  const loading = shallowRef(false)

  let leave: (() => void) | undefined
  let opened = new AbortController()
  /** Heard before the history answered. */
  let early: LiveBatch[] | null = null
  let due: ReturnType<typeof setTimeout> | undefined
  let turn = 0

  const redraw = (): void => { due ??= setTimeout(tell, REDRAW / 2) }
  /** What is beside the main figure half a turn later, so that neither keeps the page long, and every other turn only: many figures that change slowly. */
  function tell(): void {
    due = setTimeout(tellRest, REDRAW / 2)
    if (!document.hidden) triggerRef(series)
  }
  function tellRest(): void {
    due = undefined
    if (document.hidden) return
    // A list that is handed the same record twice does not look into it again.
    latest.value = new Map(latest.value)
    if (turn++ % 2 === 0) triggerRef(small)
  }
  const onShown = (): void => { if (!document.hidden) redraw() }
  document.addEventListener('visibilitychange', onShown)

  function hear(batch: LiveBatch): void {
    if (early) { early.push(batch); return }
    for (const run of batch.runs) {
      latest.value.set(run.runId, run)
      const own = series.value.get(run.runId) ?? new Map<CurveMetric, never>()
      series.value.set(run.runId, own)
      addPoints(own, run.points)
      for (const epoch of run.epochsEnded) addEpoch(own, epoch)
      if (run.freezes.length > 0) freezes.value = [...freezes.value, ...run.freezes.map(({ epoch, action, reason }) => ({ step: epoch * (run.stepsPerEpoch ?? 0), planId: run.planId, title: titleOf(run), action, reason }))]
    }
    redraw()
  }

  const titleOf = ({ runId, planId }: LiveRun): string => rows.value.find(({ id }) => id === runId)?.planTitle ?? planId

  async function list(id: string): Promise<readonly RunRow[]> {
    return (await lab.runs.list({ search: `study:"${id}"`, sort: [{ by: 'plan' }, { by: 'seed' }], archived: true, limit: MOST_RUNS })).rows
  }

  async function open(id: string, { signal }: AbortController): Promise<void> {
    early = []
    leave = lab.live.onProgress({ studyId: id }, hear)
    loading.value = true
    const found = await list(id)
    const begun = found.filter(({ step }) => step > 0).map(({ id }) => id)
    const curves = begun.length === 0 ? [] : await Promise.all(METRICS.map(async metric => ({ metric, runs: await lab.curves.get({ runs: begun, metric, buckets: BUCKETS }, { signal }) })))
    if (signal.aborted) return
    rows.value = found
    for (const { metric, runs } of curves) {
      for (const curve of runs) {
        const own = series.value.get(curve.runId) ?? new Map<CurveMetric, never>()
        series.value.set(curve.runId, own)
        addCurve(own, metric, curve)
      }
    }
    const planOf = new Map(found.map(row => [row.id, row]))
    freezes.value = (curves[0]?.runs ?? []).flatMap(({ runId, freezes }) => freezes.map(({ step, action, reason }) => ({ step, planId: planOf.get(runId)!.planId, title: planOf.get(runId)!.planTitle, action, reason })))
    const heard = early ?? []
    early = null
    for (const batch of heard) hear(batch)
    triggerRef(series)
    triggerRef(small)
  }

  function close(): void {
    opened.abort()
    leave?.()
    clearTimeout(due)
    due = undefined
  }

  watch(studyId, async id => {
    close()
    rows.value = []
    small.value = series.value = new Map()
    latest.value = new Map()
    freezes.value = []
    if (id === null) return
    const own = opened = new AbortController()
    try {
      await open(id, own)
    } catch (error) {
      if (!own.signal.aborted) sayError(error)
    }
    if (own === opened) loading.value = false
  }, { immediate: true })

  let listing = false
  useChanges(['runs'], () => { void listAgain() })
  async function listAgain(): Promise<void> {
    if (listing || studyId.value === null) return
    listing = true
    try {
      const id = studyId.value
      const found = await list(id)
      if (id === studyId.value) rows.value = found
    } catch (error) {
      sayError(error)
    }
    listing = false
  }

  onScopeDispose(() => {
    close()
    document.removeEventListener('visibilitychange', onShown)
  })
  return { rows, series, small, latest, freezes, loading }
}
