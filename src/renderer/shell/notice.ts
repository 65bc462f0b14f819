import { computed, onScopeDispose, readonly, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { QueueState } from '../../shared/contract/index.ts'
import type { Clock } from '../../shared/rpc/beat.ts'
import { count, duration, time } from '../lib/numbers.ts'
import type { Standing } from '../lib/standing.ts'

/** What stands above every page when something is not as usual; one thing, the most pressing. */
export interface Notice {
  readonly kind: 'silent' | 'gone' | 'refused' | 'blocked' | 'held'
  readonly text: string
  /** A command that a person may type, and copy. */
  readonly command?: string
  /** Whether training can be made to go on from here. */
  readonly goOn?: boolean
}

export interface Known {
  readonly standing: Standing
  readonly queue: QueueState | undefined
  readonly startAgain: string | null | undefined
  /** Seconds since the host was heard for the last time, and that moment as a date. */
  readonly silentFor: number
  readonly heardAt: number
}

export function noticeOf({ standing, queue, startAgain, silentFor, heardAt }: Known): Notice | null {
  const asOf = `What you see is as of ${time(heardAt)}.`
  switch (standing.kind) {
    case 'silent':
      return { kind: 'silent', text: `The lab has not answered for ${duration(Math.round(silentFor))}. ${asOf}` }
    case 'gone': {
      const gone = `The lab has gone. ${asOf} Its runs go on from their last checkpoints.`
      if (!startAgain) return { kind: 'gone', text: `${gone} Start it again: this page then goes on by itself.` }
      return { kind: 'gone', text: `${gone} Start it again, and this page goes on by itself:`, command: startAgain }
    }
    case 'refused':
      return {
        kind: 'refused',
        text: `The lab was started anew and does not know this page. ${asOf} Open the address that it printed when it started.`,
      }
    case 'here':
      return queue ? ofQueue(queue) : null
  }
}

function ofQueue(queue: QueueState): Notice | null {
  if (queue.state === 'blocked')
    return {
      kind: 'blocked',
      text: `Training has stopped: ${queue.failure?.message ?? 'the history cannot be written.'}`,
      goOn: true,
    }
  if (queue.state === 'open' || queue.waitingCount === 0) return null
  const { waitingCount, running } = queue
  const begun = running.length > 0 ? ` What has begun (${count(running.length, 'run')}) goes on.` : ''
  return {
    kind: 'held',
    text: `Training is held: ${count(waitingCount, 'run')} ${waitingCount === 1 ? 'waits' : 'wait'}.${begun}`,
    goOn: true,
  }
}

/** Seconds since a moment of the clock, counted while it is given. */
export function useSecondsSince(since: () => number | null, clock: Clock): Readonly<Ref<number>> {
  const seconds = ref(0)
  const stop = shallowRef<() => void>()
  watch(
    since,
    from => {
      stop.value?.()
      stop.value = undefined
      seconds.value = 0
      if (from === null) return
      const count = (): void => {
        seconds.value = Math.max(0, (clock.now() - from) / 1000)
      }
      count()
      stop.value = clock.every(count, 1_000)
    },
    { immediate: true },
  )
  onScopeDispose(() => stop.value?.())
  return readonly(seconds)
}

/** Whether what the page shows may no longer be so. */
export const isStale = (standing: Standing): boolean => standing.kind !== 'here'

export function useNotice(given: {
  readonly standing: Readonly<Ref<Standing>>
  readonly queue: Readonly<Ref<QueueState | undefined>>
  readonly startAgain: () => string | null | undefined
  readonly clock: Clock
}): ComputedRef<Notice | null> {
  const { standing, queue, startAgain, clock } = given
  const silentFor = useSecondsSince(() => (isStale(standing.value) ? standing.value.since : null), clock)
  return computed(() =>
    noticeOf({
      standing: standing.value,
      queue: queue.value,
      startAgain: startAgain(),
      silentFor: silentFor.value,
      heardAt: Date.now() - silentFor.value * 1_000,
    }),
  )
}
