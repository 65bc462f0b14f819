import type { RunEvent } from '../../shared/run-events.ts'

const MILLISECONDS_BETWEEN_MESSAGES = 50
const MOST_UNSTORED = 400

export interface OutboxOptions {
  readonly send: (events: RunEvent[]) => void
  /** Events sent and not yet stored at which the sender has to wait. */
  readonly mostUnstored?: number
  readonly now?: () => number
  readonly later?: (run: () => void, milliseconds: number) => unknown
}

/**
 * Collects what a run says and sends it at most twenty times a second. An epoch goes out together with the `last` checkpoint that
 * follows it, never alone: what is stored of a run then reaches no further than it can be resumed from.
 */
export interface Outbox {
  add(event: RunEvent): void
  /** Resolves at once while the host keeps up, otherwise when it has. */
  room(): Promise<void>
  /** The host has stored so many events more. */
  stored(events: number): void
  /** Sends now what can be sent. */
  flush(): void
}

export function outbox({
  send,
  mostUnstored = MOST_UNSTORED,
  now = () => performance.now(),
  later = setTimeout,
}: OutboxOptions): Outbox {
  let waiting: RunEvent[] = []
  let unstored = 0
  let sentAt = -Infinity
  let due = false
  let proceed: (() => void) | null = null

  const post = (count: number): void => {
    if (count === 0) return
    const events = waiting.slice(0, count)
    waiting = waiting.slice(count)
    unstored += events.length
    sentAt = now()
    send(events)
  }
  // What stays is an open epoch: the checkpoint that it waits for plans the next message.
  const sendStanding = (): void => {
    due = false
    post(standing(waiting))
  }
  const plan = (): void => {
    if (due) return
    due = true
    later(sendStanding, Math.max(0, sentAt + MILLISECONDS_BETWEEN_MESSAGES - now()))
  }
  return {
    add(event) {
      waiting.push(event)
      plan()
    },
    room: () =>
      unstored < mostUnstored
        ? Promise.resolve()
        : new Promise(resolve => {
            proceed = resolve
          }),
    stored(events) {
      unstored -= events
      if (unstored >= mostUnstored || proceed === null) return
      proceed()
      proceed = null
    },
    flush: () => post(standing(waiting)),
  }
}

/** How many of the events can be sent: all, or those before the first epoch that no `last` checkpoint follows. */
function standing(events: readonly RunEvent[]): number {
  const saved = events.findLastIndex(event => event.kind === 'checkpoint' && event.which === 'last')
  const open = events.findIndex((event, i) => i > saved && event.kind === 'epoch')
  return open === -1 ? events.length : open
}
