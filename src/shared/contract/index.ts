import type { ClientOf, ServiceOf } from '../rpc/contract.ts'
import { catalog, preview } from './catalog.ts'
import { comparison } from './comparison.ts'
import { changes, live, queue } from './queue.ts'
import { curves, runs } from './runs.ts'
import { app, layout, settings } from './state.ts'
import { drafts, studies, trash } from './studies.ts'
import { traces } from './traces.ts'

/**
 * Everything that the interface can ask of the host: one contract over every transport (MessagePort in the desktop app, WebSocket in
 * a browser, in-process in tests).
 *
 * Times are milliseconds since 1970, durations seconds, losses nats per symbol. Every call can fail with `bad-request` (the input is
 * not what its schema says: a mistake of the program), `disconnected`, `cancelled`, `busy` (too many calls at once) and `unexpected`
 * (the log has the details), besides the codes named at it. Errors are `ContractError`s: `code`, `message` for a person, `field` where
 * one is concerned.
 */
export const contract = {
  app,
  catalog,
  preview,
  studies,
  drafts,
  trash,
  queue,
  live,
  changes,
  runs,
  curves,
  comparison,
  traces,
  settings,
  layout,
}

export type LabContract = typeof contract
export type LabClient = ClientOf<LabContract>
export type LabService = ServiceOf<LabContract>

export type * from './catalog.ts'
export type * from './comparison.ts'
export type * from './queue.ts'
export type * from './runs.ts'
export type * from './state.ts'
export type * from './studies.ts'
export type * from './traces.ts'
export type { FileOut } from './values.ts'
