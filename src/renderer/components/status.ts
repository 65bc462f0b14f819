import type { RunStatus } from '../../shared/records.ts'
import type { Icon } from './icons.ts'

export const STATUS: Readonly<
  Record<
    RunStatus,
    { readonly title: string; readonly icon: Icon; readonly tone: 'good' | 'bad' | 'warn' | 'ice' | 'plain' }
  >
> = {
  queued: { title: 'Queued', icon: 'more', tone: 'plain' },
  running: { title: 'Training', icon: 'play', tone: 'ice' },
  paused: { title: 'Paused', icon: 'pause', tone: 'warn' },
  finished: { title: 'Finished', icon: 'check', tone: 'good' },
  'stopped-early': { title: 'Stopped early', icon: 'check', tone: 'good' },
  cancelled: { title: 'Cancelled', icon: 'stop', tone: 'plain' },
  diverged: { title: 'Diverged', icon: 'warning', tone: 'warn' },
  failed: { title: 'Failed', icon: 'close', tone: 'bad' },
  interrupted: { title: 'Interrupted', icon: 'warning', tone: 'warn' },
}

/** Ended by itself: nothing more will come. */
export const isOver = (status: RunStatus): boolean =>
  status === 'finished' || status === 'stopped-early' || status === 'diverged'
/** Stopped before its end: it can go on. */
export const isStopped = (status: RunStatus): boolean =>
  status === 'paused' || status === 'interrupted' || status === 'failed' || status === 'cancelled'
