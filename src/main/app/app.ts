import { statfsSync } from 'node:fs'
import { cpus, freemem } from 'node:os'
import { join } from 'node:path'
import { tasks } from '../../engine/tasks/index.ts'
import { STANDARD_PLANS, parseStudy } from '../../shared/study.ts'
import type { AppInfo, Catalog, LabService, Preset, RecentStudy, Settings } from '../../shared/contract/index.ts'
import { isDiverged } from '../../shared/diverged.ts'
import { LabError } from '../../shared/errors.ts'
import type { Environment, Study } from '../../shared/records.ts'
import type { Channel } from '../../shared/rpc/channel.ts'
import { contract } from '../../shared/contract/index.ts'
import { serve } from '../../shared/rpc/serve.ts'
import { openAnalysis, type Analysis, type StartAnalysis } from '../analysis/analysis.ts'
import { needsProcess } from '../analysis/estimate.ts'
import type { Lab } from '../compose.ts'
import { captureEnvironment } from '../history/environment.ts'
import { listControllers, listDevices, listMemories, listOptimizers, listTasks } from '../services/catalog.ts'
import { checkDevice } from '../services/check-study.ts'
import { fillLengthCosts } from '../services/length-costs.ts'
import { found } from '../services/found.ts'
import { openArrivals } from './arrivals.ts'
import { backUpDaily } from './daily-backup.ts'
import { hostClock } from './clock.ts'
import { trackChanges, type Changes } from './changes.ts'
import { comparisonService } from './compared.ts'
import { curvesService } from './curves.ts'
import { liveFeeds } from './live.ts'
import { namingRuns, nameOfRun } from './naming-runs.ts'
import { openLog, type Log } from './log.ts'
import { paceBook } from './pace-book.ts'
import { Queue } from './queue.ts'
import { requestsFromOutside, type Requests } from './requests.ts'
import { RunIndex } from './run-index.ts'
import { runsService } from './runs.ts'
import { forgetfulLayout, openDrafts, openLayout, openSettings } from './state.ts'
import { StudyFacts } from './study-facts.ts'
import { studiesService } from './studies.ts'
import { tracesService } from './traces.ts'
import { openTrash } from './trash.ts'

export interface AppOptions {
  readonly lab: Lab
  readonly startAnalysis: StartAnalysis
  readonly app: Environment['app']
  readonly presets: readonly Preset[]
  readonly shell: AppInfo['shell']
  readonly safeMode?: boolean
  /** The command by which a person starts this app again; a shell that is no command leaves it out. */
  readonly startAgain?: () => string
  /** Shows the folder with the logs to the person; a shell that cannot leaves it out. */
  readonly showLogs?: (folder: string) => Promise<void>
  /** Asks the person for a file or a folder; a shell that cannot leaves it out. */
  readonly choosePath?: (kind: 'file' | 'folder') => Promise<string | null>
  /** Told the most recent studies at first and whenever they change. */
  readonly onRecent?: (studies: readonly RecentStudy[]) => void
  /** Told when the last run of a study has ended, and of how much of all that was queued since the queue was empty is done. */
  readonly onStudyEnded?: (study: Study) => void
  /** Told the settings at first and whenever they change. */
  readonly onSettings?: (settings: Settings) => void
  readonly onProgress?: (progress: {
    readonly running: number
    readonly waiting: number
    readonly secondsLeft: number | null
  }) => void
}

/** What the interface stands on: the contract's service over one lab, for as many pages as there are. */
export interface App {
  readonly service: LabService
  readonly requests: Requests
  readonly log: Log
  readonly settings: () => Settings
  /** Answers a page for as long as its channel lasts. */
  answer(channel: Channel): void
  /** Takes up queued runs, unless the settings or safe mode say otherwise. */
  start(): Promise<void>
  close(): Promise<void>
}

const WATCH_MS = 1_000
const MOST_RECENT = 10

export function createApp(options: AppOptions): App {
  const { lab, startAnalysis, app, safeMode = false, shell } = options
  const { history } = lab
  const log = openLog(history.paths.logs)
  const onProblem = (error: unknown, where?: string): void => log.problem(error, where)
  const folder = join(history.home, 'app')
  const changes = trackChanges()
  const analysis = openAnalysis(startAnalysis, onProblem)
  const state = { folder, changes, onProblem }
  const settings = openSettings(state, options.onSettings)
  const drafts = openDrafts(state)
  const requests = requestsFromOutside()
  const paces = paceBook()
  const trash = openTrash({
    ...state,
    history,
    drafts,
    onMoved(runs) {
      index.touch(runs)
      index.refilter()
      queue.touch()
    },
  })
  const arrivals = openArrivals({ folder, history, onProblem })
  const isHiddenStudy = (id: string): boolean => trash.isHiddenStudy(id) || arrivals.has(id)
  const isHidden = (run: { id: string; studyId: string }): boolean => trash.isHidden(run) || arrivals.has(run.studyId)
  const index = new RunIndex({
    history,
    isHidden,
  })
  const closing = new AbortController()
  const fill = (studies?: readonly string[]): Promise<void> =>
    fillLengthCosts({
      history,
      ...(studies ? { studies } : {}),
      count: (task, ranges) => analysis.quick.preview.countLengths({ task, ranges }),
      onFilled(runs) {
        index.touch(runs)
        changes.note('runs')
      },
      signal: closing.signal,
    })
  const costsKnown = (studyId: string): Promise<void> => fill([studyId])
  const filled = fill().catch(error => onProblem(error, 'history'))
  const facts = new StudyFacts({
    study: id => history.studies.get(id),
    measure: study => analysis.quick.preview.sizes({ study }),
    onKnown: () => queue.touch(),
  })
  const queue = new Queue({
    lab,
    folder,
    changes,
    paces,
    settings: settings.current,
    device: id => checkDevice(id),
    plannedSteps: studyId => facts.of(studyId)?.steps ?? null,
    isHidden,
    onCommanded: runs => index.touch(runs),
    onProblem,
  })
  const live = liveFeeds({
    subscribe: listen => queue.subscribe(listen),
    paces,
    secondsLeft: run => queue.runSecondsLeft(run),
    hasDiverged: ({ studyId, status, trainLoss }) => isDiverged(status, trainLoss, facts.of(studyId)?.classes ?? null),
    device: () => settings.current().device,
  })
  const environment = () => captureEnvironment(app, { id: 'unknown', note: 'not said in the bundle' })

  const unsubscribe = queue.subscribe(event => {
    if (event.kind === 'blocked') return onProblem(new LabError(event.failure.code, event.failure.message), 'training')
    index.touch([event.kind === 'stored' ? event.runId : event.run.id])
    if (event.kind === 'stored' && event.events.some(({ kind }) => kind !== 'progress'))
      changes.note('progress', [event.runId], true)
    if (event.kind !== 'ended') return
    const study = found(() => history.studies.get(event.run.studyId))
    if (study && !study.runs.queued && !study.runs.running) options.onStudyEnded?.(study)
  })
  const unwatch = watchOthers({ index, changes, onProblem }, () => {
    if (!options.onProgress) return
    const { running, waitingCount, secondsLeft } = queue.state()
    options.onProgress({ running: running.length, waiting: waitingCount, secondsLeft })
  })

  const recent = (): RecentStudy[] =>
    history.studies
      .list()
      .filter(({ id }) => !isHiddenStudy(id))
      .slice(-MOST_RECENT)
      .reverse()
      .map(({ id, name }) => ({ studyId: id, name }))
  changes.subscribe(({ what }) => {
    if (what.includes('studies') || what.includes('trash')) options.onRecent?.(recent())
  })
  const endBackups = backUpDaily({ backups: history.backups, onProblem: error => onProblem(error, 'backup') })
  trash.expire()
  options.onSettings?.(settings.current())
  options.onRecent?.(recent())

  const named = (id: string): string | null => {
    const run = found(() => history.runs.get(id))
    return run && nameOfRun(run)
  }
  const service = namingRuns(
    {
      app: {
        info: (): AppInfo => ({
          version: app.version,
          commit: app.commit,
          shell,
          platform: process.platform,
          versions: {
            node: process.versions.node,
            v8: process.versions.v8,
            electron: process.versions.electron ?? null,
          },
          safeMode,
          cores: cpus().length,
          startAgain: options.startAgain?.() ?? null,
        }),
        onRequest: (_, emit) => requests.listen(emit),
        async openLogs() {
          if (!options.showLogs)
            throw new LabError(
              'not-here',
              'A browser cannot show folders; the logs are in the folder “logs” of the history.',
            )
          await options.showLogs(log.folder)
          return undefined
        },
        async choosePath({ kind }) {
          if (!options.choosePath)
            throw new LabError('not-here', 'A browser cannot tell paths on this machine: type it.')
          return { path: await options.choosePath(kind) }
        },
        diagnostics: () =>
          [
            `Permafrost ${app.version} (${app.commit ?? 'no commit'}), ${shell}`,
            JSON.stringify(environment(), null, 2),
            JSON.stringify(settings.current(), null, 2),
            log.tail(),
          ].join('\n\n'),
        recent,
      },
      catalog: { get: () => catalogOf(options.presets) },
      preview: previewService(analysis, {
        lab,
        device: () => settings.current().device,
        workers: () => queue.state().workers,
      }),
      studies: studiesService({
        history,
        analysis,
        index,
        drafts,
        trash,
        arrivals,
        changes,
        environment,
        onQueued: () => queue.touch(),
      }),
      drafts: {
        list: () => drafts.list(),
        get: ({ draftId }) => drafts.get(draftId),
        save: draft => drafts.save(draft),
        remove: ({ draftId }) => trash.removeDraft(draftId),
      },
      trash: trash.service,
      queue: queue.service,
      live: live.service,
      changes: { onChange: ({ what }, emit) => changes.subscribe(emit, what) },
      runs: runsService({ history, index, trash, changes }),
      curves: curvesService({ history, index, analysis }),
      comparison: comparisonService({ lab, analysis, index, isHidden: isHiddenStudy, costsKnown }),
      traces: tracesService(history, analysis),
      settings: settings.service,
      layout: safeMode ? forgetfulLayout() : openLayout(state),
    },
    named,
  )

  return {
    service,
    requests,
    log,
    settings: settings.current,
    answer: channel => serve(contract, service, channel, { onProblem, clock: hostClock }),
    async start() {
      if (safeMode || !settings.current().trainAtStart) return
      try {
        await queue.open()
      } catch (error) {
        onProblem(error, 'queue')
      }
    },
    async close() {
      unsubscribe()
      unwatch()
      live.close()
      queue.close()
      changes.close()
      closing.abort()
      await filled
      await endBackups()
      await Promise.all([analysis.close(), lab.close()])
    },
  }
}

function previewService(
  { quick, thorough }: Analysis,
  { lab, device, workers }: { lab: Lab; device: () => string; workers: () => number },
): LabService['preview'] {
  return {
    task: (input, { signal }) => quick.preview.task(input, { signal }),
    model: (input, { signal }) => quick.preview.model(input, { signal }),
    study: ({ content }, { signal }) => quick.preview.study({ content }, { signal }),
    limits: (input, { signal }) => thorough.preview.limits(input, { signal }),
    async estimate({ content, device: asked, rough }, { signal }) {
      const input = { content, device: asked ?? device(), workers: workers(), rough }
      const estimated = await (needsProcess(input)
        ? lab.estimateApart(input, signal)
        : thorough.preview.estimate(input, { signal }))
      return { ...estimated, free: freeAt(lab.history.paths.checkpoints) }
    },
  }
}

function freeAt(folder: string): { disk: number | null; memory: number } {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return { disk: bavail * bsize, memory: freemem() }
  } catch {
    return { disk: null, memory: freemem() }
  }
}

/** A study with a memory that its task needs, so that freezing the memory is a question. */
const BEGINNING = {
  name: 'New study',
  task: { id: 'marked-reversal' },
  model: { memory: { id: 'superposition-stack' } },
}

async function catalogOf(presets: readonly Preset[]): Promise<Catalog> {
  return {
    tasks: listTasks(),
    controllers: listControllers(),
    memories: listMemories(),
    optimizers: listOptimizers(),
    plans: Object.values(STANDARD_PLANS),
    devices: await listDevices(),
    presets,
    defaults: parseStudy({ name: 'New study', task: { id: Object.keys(tasks)[0]! } }),
    beginning: parseStudy(BEGINNING),
  }
}

/** Looks every second whether another process has written what the index has not read yet. */
function watchOthers(
  {
    index,
    changes,
    onProblem,
  }: { index: RunIndex; changes: Changes; onProblem: (error: unknown, where: string) => void },
  onLook: () => void,
): () => void {
  const timer = setInterval(() => {
    try {
      if (index.isStale()) changes.note(['runs', 'studies'])
      onLook()
    } catch (error) {
      onProblem(error, 'history')
    }
  }, WATCH_MS)
  timer.unref()
  return () => clearInterval(timer)
}
