import type { RunRow } from '../contract/runs.ts'

/** What a search can ask of a run. The same table parses, matches, completes and documents searches. */

interface Described {
  readonly name: string
  readonly doc: string
}

/** `plan:frozen-memory`, `plan:frozen-*,full`: one of the values, case ignored, `*` for anything. */
export interface NameField extends Described {
  readonly kind: 'name'
  readonly of: (run: RunRow) => readonly string[]
}
/** `note:"bad seed"`: the text is somewhere in it. */
export interface TextField extends Described {
  readonly kind: 'text'
  readonly of: (run: RunRow) => string
}
/** `retention>0.8`, `seed:3`, `seed:1..5`; a run without the value matches nothing. */
export interface NumberField extends Described {
  readonly kind: 'number'
  readonly unit: 'plain' | 'duration' | 'date'
  readonly of: (run: RunRow) => number | null
}
/** `is:starred`. */
export interface FlagField extends Described {
  readonly kind: 'flag'
  readonly of: (run: RunRow) => boolean
}

const name = (name: string, doc: string, of: NameField['of']): NameField => ({ kind: 'name', name, doc, of })
const number = (
  name: string,
  doc: string,
  of: NumberField['of'],
  unit: NumberField['unit'] = 'plain',
): NumberField => ({ kind: 'number', name, doc, of, unit })
const flag = (name: string, doc: string, of: FlagField['of']): FlagField => ({ kind: 'flag', name, doc, of })

export const SEARCH_FIELDS: readonly (NameField | TextField | NumberField)[] = [
  name('plan', 'freeze plan', run => [run.planId, run.planTitle]),
  name('task', 'task', run => [run.taskId]),
  name('memory', 'memory', run => [run.memoryId]),
  name('controller', 'controller', run => [run.controllerId]),
  name('study', 'study, by name or id', run => [run.studyName, run.studyId]),
  name('status', 'queued, running, paused, finished, stopped-early, cancelled, diverged, failed, interrupted', run => [
    run.status,
  ]),
  name('tag', 'tag', run => run.tags),
  name('run', 'run id', run => [run.id]),
  { kind: 'text', name: 'note', doc: 'part of the note', of: run => run.note },
  { kind: 'text', name: 'error', doc: 'part of the error', of: run => run.error?.message ?? '' },
  number('seed', 'seed', run => run.seed),
  number('loss', 'best validation loss, nats per symbol', run => run.bestLoss),
  number('train-loss', 'training loss of the newest epoch, nats per symbol', run => run.trainLoss),
  number('accuracy', 'accuracy in the last bin (the longest strings), 0 to 1', run => run.lastAccuracy),
  number('first-accuracy', 'accuracy in the first bin, 0 to 1', run => run.firstAccuracy),
  number('retention', 'accuracy in the last bin / in the first', run => run.retention),
  number(
    'difference',
    'loss less the exact distribution’s in the last bin, nats per symbol',
    run => run.lastDifference,
  ),
  number('learning-rate', 'learning rate of the first epoch', run => run.learningRate),
  number('epochs', 'epochs done', run => run.epochsDone),
  number('best-epoch', 'epoch with the best validation loss', run => run.bestEpoch),
  number('step', 'training steps done', run => run.step),
  number('time', 'training time: 90s, 10m, 1.5h, 2d', run => run.seconds, 'duration'),
  number('started', 'when training began: 2026-08-01, or 2d for two days ago', run => run.startedAt, 'date'),
  number('ended', 'when training ended: 2026-08-01, or 2d for two days ago', run => run.endedAt, 'date'),
]

export const FLAGS: readonly FlagField[] = [
  flag('starred', 'has a star', run => run.starred),
  flag('archived', 'is archived', run => run.archived),
  flag(
    'over',
    'trained to its end',
    run => run.status === 'finished' || run.status === 'stopped-early' || run.status === 'diverged',
  ),
  flag('broken', 'a frozen parameter changed', run => run.frozenIntact === false),
  flag('noted', 'has a note', run => run.note !== ''),
  flag('tagged', 'has a tag', run => run.tags.length > 0),
]
