import type { Channel } from '../../shared/rpc/channel.ts'

/** What is used of a `Worker`, or of `parentPort`, of node:worker_threads. */
interface Port {
  postMessage(bytes: Uint8Array, transfer: readonly ArrayBuffer[]): void
  on(event: 'message', listen: (data: unknown) => void): unknown
}

/** A channel over a thread's port; frames are handed over, not copied. It stays open as long as the thread lives. */
export function portChannel(
  port: Port,
  onClose: (listen: () => void) => void = () => {},
  close: () => void = () => {},
): Channel {
  return {
    send: bytes => port.postMessage(bytes, [bytes.buffer]),
    onMessage: listen => {
      port.on('message', data => {
        if (data instanceof Uint8Array) listen(data)
      })
    },
    onClose,
    close,
  }
}
