import { z } from 'zod'
import { call, feed } from '../rpc/contract.ts'
import { id, nothing, record, text, whole } from './values.ts'

export const Settings = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Threads that train, each one run or a cohort of runs; null: one a core. */
  workers: whole(1, 256).nullable().default(null),
  device: id.default('wasm'),
  checkpointEverySeconds: whole(1, 86_400).default(30),
  /** Take up queued runs when the app starts. */
  trainAtStart: z.boolean().default(true),
  notifyAtEnd: z.boolean().default(true),
  /** Keyboard shortcuts that differ from the defaults: command -> keys. */
  keys: z.record(text(100), z.array(text(50)).max(5)).default({}),
})
export type Settings = z.output<typeof Settings>

/** With what names this state of them in a change. */
const SettingsNow = Settings.extend({ revision: whole(0) })
export type SettingsNow = z.output<typeof SettingsNow>

/** On the disk when they answer. */
export const settings = {
  get: call(nothing, SettingsNow),
  /** Sets what is given. @returns all of them. Fails with `stale` where one of those given has changed since the revision named. */
  set: call(
    z.strictObject({
      revision: whole(0).optional(),
      theme: Settings.shape.theme.removeDefault().optional(),
      workers: Settings.shape.workers.removeDefault().optional(),
      device: Settings.shape.device.removeDefault().optional(),
      checkpointEverySeconds: Settings.shape.checkpointEverySeconds.removeDefault().optional(),
      trainAtStart: z.boolean().optional(),
      notifyAtEnd: z.boolean().optional(),
      keys: Settings.shape.keys.removeDefault().optional(),
    }),
    SettingsNow,
  ),
}

/** What the interface remembers: open pages, columns, panes. The host keeps it and does not look inside. In safe mode there is none at first, and what is set is not kept. */
export const layout = {
  /** `undefined` when nothing was kept under this name. */
  get: call(z.strictObject({ key: z.string().regex(/^[a-z][a-z0-9-]{0,49}$/) }), z.unknown()),
  /** Call at most once a second, or when a change pauses. Fails with `too-large` above 256 KB of JSON, `too-many` above 100 keys. */
  set: call(z.strictObject({ key: z.string().regex(/^[a-z][a-z0-9-]{0,49}$/), value: z.unknown() }), nothing),
}

export interface AppInfo {
  readonly version: string
  readonly commit: string | null
  /** Electron's window, a browser on the loopback server, or neither (tests). */
  readonly shell: 'electron' | 'web' | 'none'
  readonly platform: string
  readonly versions: Readonly<Record<string, string | null>>
  /** No training, default layout: to look at a history that makes trouble. */
  readonly safeMode: boolean
  readonly cores: number
  /** The command by which a person starts the app again; null where it is no command. */
  readonly startAgain: string | null
}

export const COMMANDS = [
  'new-study',
  'import',
  'export',
  'quick-open',
  'command-palette',
  'settings',
  'about',
  'keys',
  'trash',
  'diagnostics',
  'hold-queue',
  'open-queue',
  'go-welcome',
  'go-build',
  'go-live',
  'go-history',
  'go-compare',
  'go-inspect',
  'find',
] as const
export type Command = (typeof COMMANDS)[number]

export interface RecentStudy {
  readonly studyId: string
  readonly name: string
}

/** What comes from outside the page: the native menu, a notification, a second start, files opened with the app. */
export type Request =
  | { readonly kind: 'command'; readonly command: Command }
  /** A study's comparison. */
  | { readonly kind: 'study'; readonly studyId: string }
  /** Files that were opened with the app: to be handed to `studies.importFiles` after asking. */
  | { readonly kind: 'files'; readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[] }

export const app = {
  info: call(nothing, record<AppInfo>()),
  /** What is asked for from outside; what came before anyone listened is said at once. */
  onRequest: feed(nothing, record<Request>()),
  /** Shows the folder with the logs. Fails with `not-here` in a browser. */
  openLogs: call(nothing, nothing),
  /** Asks the person for a text, an archive or a folder on the machine that trains; null when they think better of it. Fails with `not-here` in a browser. */
  choosePath: call(
    z.strictObject({ kind: z.enum(['file', 'folder']) }),
    z.strictObject({ path: z.string().nullable() }),
  ),
  /** What to send along with a report: versions, machine, settings, the log's last lines, without names of files and folders. */
  diagnostics: call(nothing, z.string()),
  /** The most recent studies, newest first, at most 10. */
  recent: call(nothing, z.array(record<RecentStudy>())),
}
