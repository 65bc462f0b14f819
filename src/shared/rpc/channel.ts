/** One end of a connection that carries whole messages, in their order. */
export interface Channel {
  send(bytes: Uint8Array<ArrayBuffer>): void
  /** Once, at the beginning; what comes before it waits. */
  onMessage(listen: (bytes: Uint8Array) => void): void
  /** Once, at the beginning. Told when the connection is gone, whoever ended it. */
  onClose(listen: () => void): void
  close(): void
  /** Bytes sent that wait on this side because the other one does not take them; left out where that cannot be known. */
  unsent?(): number
}

/** The two ends of a connection within one thread. Messages arrive in a later turn, as they do elsewhere. */
export function channelPair(): [Channel, Channel] {
  const a = end()
  const b = end()
  const close = (): void => {
    a.closed()
    b.closed()
  }
  return [
    { ...a.own, send: b.deliver, close },
    { ...b.own, send: a.deliver, close },
  ]
}

function end() {
  let open = true
  let hear: ((bytes: Uint8Array) => void) | null = null
  let gone: (() => void) | null = null
  const early: Uint8Array[] = []
  const say = (bytes: Uint8Array): void => {
    if (hear) hear(bytes)
    else early.push(bytes)
  }
  return {
    own: {
      onMessage(listen: (bytes: Uint8Array) => void): void {
        hear = listen
        early.splice(0).forEach(listen)
      },
      onClose(listen: () => void): void {
        gone = listen
      },
    },
    deliver(bytes: Uint8Array): void {
      queueMicrotask(() => {
        if (open) say(bytes)
      })
    },
    closed(): void {
      if (!open) return
      open = false
      gone?.()
    },
  }
}
