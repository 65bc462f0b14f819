import type { Migration } from '../migrate.ts'
import history from './0001-history.ts'
import snapshots from './0002-snapshots.ts'
import tallies from './0003-tallies.ts'
import seals from './0004-seals.ts'

/** In order; the n-th brings a file to version n. A released one never changes. */
export const MIGRATIONS: readonly Migration[] = [history, snapshots, tallies, seals]
