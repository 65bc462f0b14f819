import { mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError, LabError } from '../../shared/errors.ts'
import { METRICS } from '../../shared/records.ts'
import type {
  Attempt,
  BinScore,
  CheckpointInfo,
  Curve,
  EpochRecord,
  FreezeRecord,
  Metric,
  Parameter,
  RunFilter,
  RunRecord,
  RunSummary,
  Series,
  SnapshotInfo,
  Study,
  Weights,
} from '../../shared/records.ts'
import type { Component, LengthScore, RunEvent } from '../../shared/run-events.ts'
import type { StudySpec } from '../../shared/study.ts'
import { backdateRun, backdateStudy } from './backdate.ts'
import type { Past } from './backdate.ts'
import { listBackups } from './backup-names.ts'
import { backUp, backUpSlowly, pruneBackups } from './backup.ts'
import { CheckpointFiles, checkpointRows, newestOf } from './checkpoints.ts'
import type { Checkpoint, Snapshot } from './checkpoints.ts'
import { beat, claimRun, failRun, releaseAll, releaseRun, restartRuns, setIdleStatus } from './claims.ts'
import type { Claim, ClaimOptions, Party, Reason } from './claims.ts'
import { patiently } from './database.ts'
import type { Database } from './database.ts'
import { realDisk } from './disk.ts'
import type { Disk } from './disk.ts'
import { epochsOf, freezesOf } from './epochs.ts'
import { binScores, scoresOf, studyScores } from './tallies.ts'
import type { BinFilter } from './tallies.ts'
import { fillDue, studiesDue } from './length-costs.ts'
import type { LengthCounts } from './length-costs.ts'
import { CHECKED_WHOLE, checkWhole } from './inspect.ts'
import { allSeries, curveOf } from './metrics.ts'
import { MIGRATIONS } from './migrations/index.ts'
import type { Migration } from './migrate.ts'
import { openDatabase } from './open-database.ts'
import { openForReading } from './open-reading.ts'
import { identify, withdraw } from './processes.ts'
import { recordAll } from './record.ts'
import type { Entry } from './record.ts'
import { removeRun, removeStudy } from './removal.ts'
import {
  attemptsOf,
  countRuns,
  describeRun,
  describeRuns,
  getRun,
  listRuns,
  parameterCounts,
  parametersOf,
  runRow,
} from './runs.ts'
import type { RunDescription } from './runs.ts'
import { fileAt, rescue } from './rescue.ts'
import { runRecord, sealedRow } from './run-record.ts'
import { checkSealsOf, damagedRuns } from './seals.ts'
import { snapshotRows } from './snapshots.ts'
import { explained } from './sqlite-errors.ts'
import {
  addMissingRun,
  addStudy,
  describeStudy,
  getStudy,
  listStudies,
  studiesOf,
  takeStudy,
  type Without,
} from './studies.ts'

const BEAT_MS = 5_000
const KEPT_BACKUPS = 10

export interface HistoryOptions {
  /** The folder that holds all of it; made when it is not there. */
  readonly home: string
  /** Told of errors that no call can throw: those of the heartbeat. */
  readonly onProblem?: (error: unknown) => void
  /** Told which runs were found left behind by a process that died. */
  readonly onInterrupted?: (runIds: string[]) => void
  /** Write nothing, whatever is asked for: it may be on a disk that takes nothing. */
  readonly reading?: boolean
  /** Check the whole file before use, however large; files up to 16 MB always are. */
  readonly check?: boolean
  /** The date. */
  readonly now?: () => number
  /** Milliseconds of a clock that nobody sets, from any beginning: how long a run was trained. */
  readonly steady?: () => number
  readonly migrations?: readonly Migration[]
  readonly disk?: Disk
}

export type History = ReturnType<typeof openHistory>

/**
 * Opens the history in a folder: `history.sqlite`, `checkpoints/RUN/{last,best}.safetensors`, `backups/`, `logs/`. Several processes
 * may have it open at once. What a call has stored when it returns is on the disk.
 * @throws LabError `history-damaged`, `history-newer`, `history-foreign`, `history-unwritable`, `history-io`, `history-busy`,
 * `disk-full`, `runtime-too-old`, `no-sqlite`; the file is left as it was
 */
export function openHistory({
  home: folder,
  onProblem = () => {},
  onInterrupted = () => {},
  check = false,
  reading = false,
  now = Date.now,
  steady = () => performance.timeOrigin + performance.now(),
  migrations = MIGRATIONS,
  disk = realDisk,
}: HistoryOptions) {
  const home = resolve(folder)
  const paths = {
    file: join(home, 'history.sqlite'),
    backups: join(home, 'backups'),
    checkpoints: join(home, 'checkpoints'),
    logs: join(home, 'logs'),
  }
  const db = (reading ? openForReading : openDatabase)({ place: paths, migrations, now, whole: check })
  const party: { -readonly [K in keyof Party]: Party[K] } = {
    db,
    files: new CheckpointFiles(paths.checkpoints, disk),
    me: identify(),
    now,
    steady: () => Math.round(steady()),
  }
  let burials = 0
  const own = fileAt(paths.file)
  let lost: LabError | null = null
  /** Once the home has gone, claims and records go to the copy beside. */
  const gone = (): LabError | null => {
    if (reading || lost) return lost
    const found = fileAt(paths.file)
    if (found === own || found === 'unknown') return null
    const rescued = rescue(party, { home, migrations, disk })
    lost = rescued.error
    Object.assign(party, rescued.party ?? {})
    onProblem(lost)
    return lost
  }
  const pulse = (): void => {
    if (gone()) return
    const interrupted = beat(party)
    if (interrupted.length === 0) return
    burials++
    onInterrupted(interrupted)
  }
  try {
    if (!reading)
      explained(paths, () =>
        [paths.backups, paths.checkpoints, paths.logs].forEach(path => mkdirSync(path, { recursive: true })),
      )
    if (check || statSync(paths.file).size <= CHECKED_WHOLE) db.read(() => damagedRuns(db))
    if (!reading) pulse()
  } catch (error) {
    db.close()
    throw error
  }
  const timer = setInterval(() => {
    try {
      if (!reading) pulse()
    } catch (error) {
      onProblem(error)
    }
  }, BEAT_MS)
  timer.unref()
  return {
    home,
    paths,
    studies: studiesApi(party),
    runs: runsApi(party),
    metrics: metricsApi(party),
    epochs: epochsApi(party),
    evaluations: evaluationsApi(party),
    lengthCosts: reading ? { due: () => [], fill: () => [] } : lengthCostsApi(party),
    checkpoints: checkpointsApi(party),
    snapshots: snapshotsApi(party),
    /** Stores an event of a run that this process has claimed; see `recordAll`. */
    record: (runId: string, event: RunEvent): void => recordAll(party, [{ runId, event }]),
    /** Stores events all or none, with one sync of the disk: the way to store what many runs say at once. */
    recordAll: (entries: readonly Entry[]): void => recordAll(party, entries),
    /** Several changes as one: all or none, with one sync of the disk. What touches checkpoint files cannot be among them: claiming, restarting, removing, recording checkpoints. */
    together: <T>(work: () => T): T => db.write(work),
    /** Everything known of a run. @throws LabError `unknown-run` */
    runRecord: (runId: string): RunRecord => runRecord(db, runId),
    backups: backupsApi(party),
    /** Another text whenever the history was changed by something else than a call here: another process, or the end of one that was found dead. */
    outsideVersion: (): string =>
      `${Number(db.read(() => db.statement('PRAGMA data_version').pluck().get()))} ${burials}`,
    /** Looks at the records of all runs that have ended. @returns those that are not what was stored */
    damaged: (): string[] => db.read(() => damagedRuns(db)),
    /** Why the home is not there any more, and where what it held is now; null as long as it is. Each heartbeat looks too. */
    gone,
    /** Reads the whole file and checks its structure. @throws LabError `history-damaged` */
    check: (): void => db.read(() => checkWhole(db.raw, db.place)),
    /** Runs still claimed by this process become `interrupted`. */
    close(): void {
      clearInterval(timer)
      if (!db.raw.open) return
      try {
        if (!reading) {
          gone()
          releaseAll(party)
          party.db.write(() => withdraw(party.db, party.me.token))
        }
      } finally {
        db.close()
        if (party.db !== db) party.db.close()
      }
    },
  }
}

function studiesApi(party: Party) {
  const { db, now } = party
  return {
    /** Stores a study and queues its runs: all plans of the first seed, then of the next one. */
    add: (spec: StudySpec, without?: Without): Study => addStudy(db, spec, now(), without),
    /** Queues one that the study lacks. @returns its id */
    addRun: (studyId: string, planId: string, seed: number): string => addMissingRun(db, studyId, planId, seed, now()),
    /** The same for several, all or none. */
    addAll: (specs: readonly StudySpec[], without?: Without): Study[] =>
      db.write(() => specs.map(spec => addStudy(db, spec, now(), without))),
    /** The same for several, all or none; one that the history has with an equal spec, not archived, is not stored again but given back. */
    takeAll: (specs: readonly StudySpec[], without?: Without): Study[] =>
      db.write(() => specs.map(spec => takeStudy(db, spec, now(), without))),
    /** @throws LabError `unknown-study` */
    get: (id: string): Study => getStudy(db, id),
    list: (filter?: { archived?: boolean | 'any' }): Study[] => listStudies(db, filter),
    /** Studies that were added with an equal spec, oldest first. */
    withSpec: (spec: StudySpec): Study[] => studiesOf(db, spec),
    describe: (id: string, description: { note?: string; archived?: boolean }): Study =>
      describeStudy(db, id, description),
    /** Says when the study was made, elsewhere. */
    backdate: (id: string, createdAt: number): void => backdateStudy({ db }, id, createdAt),
    /** With all of its runs. @throws LabError `run-taken`, `unknown-study` */
    remove: (id: string): void => removeStudy(party, id),
  }
}

function runsApi(party: Party) {
  const { db } = party
  return {
    list: (filter?: RunFilter): RunSummary[] => listRuns(db, filter),
    count: (filter?: RunFilter): number => countRuns(db, filter),
    /** @throws LabError `unknown-run` */
    get: (id: string): RunSummary => getRun(db, id),
    describe: (id: string, description: RunDescription): RunSummary => describeRun(db, id, description),
    /** The same for many, all or none. */
    describeAll: (descriptions: readonly (RunDescription & { id: string })[]): void => describeRuns(db, descriptions),
    parameterCounts: (id: string): Partial<Record<Component, number>> => parameterCounts(db, id),
    parameters: (id: string): Parameter[] => db.read(() => parametersOf(db, sealedRow(db, id))),
    /** Its stretches of training, oldest first. @throws LabError `unknown-run` */
    attempts: (id: string): Attempt[] => db.read(() => attemptsOf(db, sealedRow(db, id))),
    claim: (id: string, options: ClaimOptions): Claim => claimRun(party, id, options),
    /** Gives a claimed run up before its end; it can be claimed again and goes on from its last checkpoint. */
    release: (id: string, status: 'paused' | 'cancelled' | 'interrupted' | 'queued'): void =>
      releaseRun(party, id, status),
    /** Gives a run up because of an error: one that this process has claimed, or one that nobody has. */
    fail: (id: string, error: unknown): void => failRun(party, id, reasonOf(error)),
    /** Queues a run that nobody trains, to go on from its last checkpoint. */
    queue: (id: string): void => setIdleStatus(party, id, 'queued'),
    /** Takes a run that nobody trains out of the queue for now. */
    pause: (id: string): void => setIdleStatus(party, id, 'paused'),
    /** Takes a run that nobody trains out of the queue. */
    cancel: (id: string): void => setIdleStatus(party, id, 'cancelled'),
    /** Drops what was recorded and queues the runs to be trained from the start: all, or none. @throws LabError `run-taken`, `unknown-run` */
    restart: (ids: readonly string[]): void => restartRuns(party, ids),
    /** Gives a run that was trained elsewhere, and taken in, the times of its past. */
    backdate: (id: string, past: Past): void => backdateRun(party, id, past),
    remove: (id: string): void => removeRun(party, id),
  }
}

function metricsApi({ db }: Party) {
  return {
    /** Every progress point to the bit, by metric. @throws LabError `unknown-run` */
    series: (runId: string): Partial<Record<Metric, Series>> => db.read(() => allSeries(db, sealedRow(db, runId))),
    /**
     * A metric in at most `buckets` buckets, from step `from` to step `to`, both included.
     * @throws InputError, LabError `unknown-run`
     */
    curve(runId: string, metric: Metric, range: { buckets: number; from?: number; to?: number }): Curve {
      if (!METRICS.includes(metric)) throw new InputError('metric', metric, METRICS.join(', '))
      if (!Number.isInteger(range.buckets) || range.buckets < 1)
        throw new InputError('buckets', range.buckets, 'a whole number of at least 1')
      return db.read(() => curveOf(db, sealedRow(db, runId), metric, range))
    },
  }
}

function epochsApi({ db }: Party) {
  return {
    list: (runId: string): EpochRecord[] => db.read(() => epochsOf(db, sealedRow(db, runId))),
    freezes: (runId: string): FreezeRecord[] => db.read(() => freezesOf(db, sealedRow(db, runId))),
  }
}

function evaluationsApi({ db }: Party) {
  return {
    /** Scores of one run by length. */
    byLength: (runId: string, which: Weights): LengthScore[] =>
      db.read(() => scoresOf(db, sealedRow(db, runId), which)),
    /** Scores summed by bin, of many runs. */
    byBin: (filter?: BinFilter): BinScore[] => binScores(db, filter),
    /** Scores by length of all runs of a study that are not archived. */
    ofStudy: (studyId: string, which: Weights): (LengthScore & { runId: string })[] =>
      db.read(() => {
        checkSealsOf(db, studyId)
        return studyScores(db, studyId, which)
      }),
  }
}

interface LengthCosts {
  due(): string[]
  fill(studyId: string, counts: LengthCounts, most: number): string[]
}

function lengthCostsApi({ db }: Party): LengthCosts {
  return {
    /** Studies with runs of which is not recorded what the choice of a length costs. */
    due: (): string[] => db.read(() => studiesDue(db)),
    /** Fills it in for at most so many runs of a study. @returns the runs; none when all is done */
    fill: (studyId: string, counts: LengthCounts, most: number): string[] => fillDue(db, studyId, counts, most),
  }
}

function checkpointsApi({ db, files }: Party) {
  return {
    list: (runId: string): CheckpointInfo[] => db.read(() => checkpointRows(db, runRow(db, runId).seq)),
    /** The newest checkpoint of its kind, its content checked against its hash; undefined when there is none. @throws LabError `checkpoint-damaged`, `unknown-run` */
    read(runId: string, which: Weights): Checkpoint | undefined {
      for (;;) {
        const row = newest(db, runId, which)
        if (!row) return undefined
        try {
          return files.load(runId, row)
        } catch (error) {
          // Another process may have put a newer one in its place between the look at the row and the look at the file.
          if (newest(db, runId, which)?.sha256 === row.sha256) throw error
        }
      }
    },
  }
}

function snapshotsApi({ db, files }: Party) {
  return {
    /** Oldest first. @throws LabError `unknown-run` */
    list: (runId: string): SnapshotInfo[] => db.read(() => snapshotRows(db, runRow(db, runId).seq)),
    /** The weights after so many epochs; undefined when they were not kept. @throws LabError `checkpoint-damaged`, `unknown-run` */
    read(runId: string, epoch: number): Snapshot | undefined {
      const row = snapshotRows(db, runRow(db, runId).seq).find(one => one.epoch === epoch)
      return row && files.loadSnapshot(runId, row)
    },
  }
}

function backupsApi({ db, now }: Party) {
  return {
    list: (): string[] => listBackups(db.place.backups, now()),
    /** Copies the history as it is now; the newest ten copies are kept. @returns the copy's path */
    make(): string {
      const path = patiently(db.place, () => backUp(db.raw, db.place, now()))
      pruneBackups(db.place.backups, KEPT_BACKUPS, now())
      return path
    },
    /** The same without holding anything up. */
    async makeSlowly(): Promise<string> {
      const path = await backUpSlowly(db.raw, db.place, now())
      pruneBackups(db.place.backups, KEPT_BACKUPS, now())
      return path
    },
  }
}

const newest = (db: Database, runId: string, which: Weights): CheckpointInfo | undefined =>
  newestOf(checkpointRows(db, runRow(db, runId).seq), which)

const reasonOf = (error: unknown): Reason =>
  error instanceof LabError
    ? { code: error.code, message: error.message }
    : { code: 'unexpected', message: error instanceof Error ? error.message : String(error) }
