import type { RunRow, SortColumn } from '../../../shared/contract/index.ts'
import { STATUS } from '../../components/status.ts'
import { duration, moment, share, short, whole } from '../../lib/numbers.ts'

/** A column of the run table. */
export interface Column {
  readonly id: SortColumn
  readonly title: string
  readonly hint?: string
  /** Pixels. */
  readonly width: number
  readonly numeric?: boolean
  readonly text: (run: RunRow) => string
}

export const COLUMNS: readonly Column[] = [
  { id: 'study', title: 'Study', width: 190, text: run => run.studyName },
  { id: 'plan', title: 'Plan', width: 170, text: run => run.planTitle },
  { id: 'seed', title: 'Seed', width: 56, numeric: true, text: run => String(run.seed) },
  { id: 'status', title: 'Status', width: 116, text: run => STATUS[run.status].title },
  { id: 'bestLoss', title: 'Best loss', hint: 'Best validation loss, nats per symbol', width: 86, numeric: true, text: run => short(run.bestLoss) },
  { id: 'firstAccuracy', title: 'Short strings', hint: 'Accuracy in the first bin', width: 100, numeric: true, text: run => share(run.firstAccuracy) },
  { id: 'lastAccuracy', title: 'Long strings', hint: 'Accuracy in the last bin', width: 96, numeric: true, text: run => share(run.lastAccuracy) },
  { id: 'retention', title: 'Retention', hint: 'Accuracy on the longest strings over accuracy on the shortest; says nothing where a run never left the floor', width: 84, numeric: true, text: run => short(run.retention) },
  { id: 'lastDifference', title: 'Above bound', hint: 'Loss less the exact distribution’s in the last bin, nats per symbol', width: 100, numeric: true, text: run => short(run.lastDifference) },
  { id: 'task', title: 'Task', width: 140, text: run => run.taskId },
  { id: 'controller', title: 'Controller', width: 90, text: run => run.controllerId },
  { id: 'memory', title: 'Memory', width: 150, text: run => run.memoryId },
  { id: 'learningRate', title: 'Rate', hint: 'Learning rate of the first epoch', width: 80, numeric: true, text: run => short(run.learningRate) },
  { id: 'epochsDone', title: 'Epochs', width: 70, numeric: true, text: run => whole(run.epochsDone) },
  { id: 'bestEpoch', title: 'Best epoch', width: 84, numeric: true, text: run => whole(run.bestEpoch) },
  { id: 'step', title: 'Steps', width: 80, numeric: true, text: run => whole(run.step) },
  { id: 'trainLoss', title: 'Train loss', hint: 'Mean training loss of the newest epoch, nats per symbol', width: 86, numeric: true, text: run => short(run.trainLoss) },
  { id: 'seconds', title: 'Time', hint: 'Training time', width: 100, numeric: true, text: run => run.seconds > 0 ? duration(run.seconds) : '' },
  { id: 'queued', title: 'Added', width: 110, text: run => moment(run.queuedAt) },
  { id: 'started', title: 'Started', width: 110, text: run => moment(run.startedAt) },
  { id: 'ended', title: 'Ended', width: 110, text: run => moment(run.endedAt) },
  { id: 'tags', title: 'Tags', width: 130, text: run => run.tags.join(', ') },
  { id: 'note', title: 'Note', width: 200, text: run => run.note },
]

export const DEFAULT_COLUMNS: readonly SortColumn[] = ['study', 'plan', 'seed', 'status', 'bestLoss', 'firstAccuracy', 'lastAccuracy', 'retention', 'seconds', 'ended', 'tags', 'note']

/** The columns of these names, in the table's order. */
export const columnsNamed = (ids: readonly SortColumn[]): Column[] => COLUMNS.filter(({ id }) => ids.includes(id))
