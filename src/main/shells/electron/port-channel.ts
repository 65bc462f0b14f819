import { MessageChannelMain, type MessagePortMain, type WebContents } from 'electron'
import type { Channel } from '../../../shared/rpc/channel.ts'

/**
 * Hands each page that `contents` loads from `origin` a port of its own, the only way from a page to the host; a page from anywhere else
 * gets none. Only the main frame is addressed.
 * @param answer what answers a page for as long as its channel lasts
 */
export function handOverPorts(contents: WebContents, origin: string, answer: (channel: Channel) => void): void {
  contents.on('dom-ready', () => {
    if (!isFrom(contents.mainFrame.url, origin)) return
    const { port1, port2 } = new MessageChannelMain()
    answer(portChannel(port1))
    contents.postMessage('permafrost:port', null, [port2])
  })
}

/** URL does not give schemes of our own an origin. */
export function isFrom(url: string, origin: string): boolean {
  try {
    const { protocol, host } = new URL(url)
    return `${protocol}//${host}` === origin
  } catch {
    return false
  }
}

function portChannel(port: MessagePortMain): Channel {
  return {
    send: bytes => port.postMessage(bytes),
    onMessage(listen) {
      port.on('message', ({ data }) => {
        if (data instanceof Uint8Array) listen(data)
        else port.close()
      })
      port.start()
    },
    onClose: listen => {
      port.on('close', listen)
    },
    close: () => port.close(),
  }
}
