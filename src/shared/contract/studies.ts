import { z } from 'zod'
import { call } from '../rpc/contract.ts'
import type { Study } from '../records.ts'
import { fileIn, fileOut, id, namesNote, NAMES_NOTE, nothing, record, runIds, text, whole } from './values.ts'

/** A study without its spec, as lists show it. */
export interface StudyInfo extends Omit<Study, 'spec' | 'hash'> {
  readonly taskId: string
  readonly taskTitle: string
  readonly controllerId: string
  readonly memoryId: string
  readonly plans: readonly {
    id: string
    title: string
    /** The plan that is the same training, with whose runs this one stands. */
    sameAs?: string
  }[]
  readonly seeds: number
  /** When the newest of its runs ended, ms since 1970; null while none has. */
  readonly endedAt: number | null
}

/** A study that is being written: kept as it is typed, valid or not. */
const Draft = z.strictObject({
  id,
  name: text(200),
  /** As in a study file; anything that JSON can say. */
  content: z.unknown(),
  /** ms since 1970. */
  updatedAt: whole(0),
  /** Grows with every change. */
  revision: whole(0),
})
export type Draft = z.output<typeof Draft>

const Imported = z.strictObject({
  /** Study files become drafts, one for each file. */
  drafts: z.array(Draft),
  /** Bundles become studies with their runs as they were; what was not trained to its end waits, cancelled, to be resumed. */
  studies: z.array(record<StudyInfo>()),
})
export type Imported = z.output<typeof Imported>

/** What a removal gives back: `trash.restore` undoes it with this. */
const Removed = z.strictObject({ undo: id, /** How many runs went. */ runs: whole(0) })
export type Removed = z.output<typeof Removed>

export const studies = {
  /** In the order in which they were added. Fails with the history's codes, as everything below does: `history-damaged`, `history-busy`, `disk-full`, `history-io`. */
  list: call(
    z.strictObject({ archived: z.union([z.boolean(), z.literal('any')]).default(false) }).prefault({}),
    z.array(record<StudyInfo>()),
  ),
  /** Fails with `unknown-study`. */
  get: call(z.strictObject({ studyId: id }), record<Study>()),
  /** What the head of a study's models tells apart. Fails with `unknown-study`, and where its text is not there. */
  classes: call(z.strictObject({ studyId: id }), whole(1)),
  /** Adds the studies that the content makes and queues their runs. A study that is there already, equal and not archived, is not added twice unless `again`. Fails with `bad-input`. */
  start: call(
    z.strictObject({
      content: z.unknown(),
      again: z.boolean().default(false),
      /** Removed once the studies are stored. */ draftId: id.optional(),
    }),
    z.array(record<StudyInfo>()),
  ),
  /** `was`: the note that is changed. Fails with `stale` where it is another one by now. */
  describe: call(
    z
      .strictObject({
        studyId: id,
        note: text(100_000).optional(),
        was: text(100_000).optional(),
        archived: z.boolean().optional(),
      })
      .refine(namesNote, NAMES_NOTE),
    record<StudyInfo>(),
  ),
  /** A new draft with the study's content; its name gets a number. Fails with `unknown-study`. */
  duplicate: call(z.strictObject({ studyId: id }), Draft),
  /** With all its runs, into the trash. Fails with `unknown-study`, `run-taken` (one of its runs is being trained). */
  remove: call(z.strictObject({ studyId: id }), Removed),
  /** The study file, to be trained elsewhere. */
  exportFile: call(z.strictObject({ studyId: id }), fileOut),
  /** Study, runs, curves, scores and checkpoints in one file; `runs`: only these of them. Fails with `unknown-study`, `unknown-run`, `checkpoint-damaged`. */
  exportBundle: call(z.strictObject({ studyId: id, runs: z.array(id).min(1).optional() }), fileOut),
  /** Runs of any studies: a bundle for each study, with these of its runs. Fails with `unknown-run`, `checkpoint-damaged`. */
  exportRuns: call(z.strictObject({ runs: runIds }), z.array(fileOut)),
  /** Tables of all runs of the study: study.json, runs.csv, epochs.csv, scores.csv, bins.csv, freezes.csv. */
  exportTables: call(z.strictObject({ studyId: id }), z.array(fileOut)),
  /** Study files (JSON) and bundles. All or nothing. Fails with `bad-input`, `bad-bundle`. */
  importFiles: call(z.strictObject({ files: z.array(fileIn).min(1).max(100) }), Imported),
}

export const drafts = {
  /** Newest first. */
  list: call(nothing, z.array(Draft)),
  get: call(z.strictObject({ draftId: id }), Draft),
  /**
   * Stored on the disk when it answers; without an id a new one, with one the revision that it changes. Call at most once a second, or
   * when typing pauses. Fails with `stale` where there is a newer one, `unknown-draft`, `too-large` above 1 MB of JSON.
   */
  save: call(
    z
      .strictObject({ draftId: id.optional(), revision: whole(0).optional(), name: text(200), content: z.unknown() })
      .refine(({ draftId, revision }) => (draftId === undefined) === (revision === undefined), {
        path: ['revision'],
        message: 'goes with a draft that is there',
      }),
    Draft,
  ),
  remove: call(z.strictObject({ draftId: id }), Removed),
}

const TrashEntry = z.strictObject({
  undo: id,
  what: z.enum(['study', 'runs', 'draft']),
  title: z.string(),
  runs: whole(0),
  removedAt: whole(0),
})
export type TrashEntry = z.output<typeof TrashEntry>

/** What was removed, kept for 30 days. */
export const trash = {
  /** Newest first. */
  list: call(nothing, z.array(TrashEntry)),
  /** Fails with `not-in-trash`. */
  restore: call(z.strictObject({ undo: id }), nothing),
  /** Removes for good: these, or all. */
  empty: call(z.strictObject({ undo: z.array(id).optional() }).prefault({}), nothing),
}
