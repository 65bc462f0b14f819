import { ipcRenderer } from 'electron'

/** Hands the host's MessagePort to the page, as a message `permafrost:port`; the page has no other way to the host. */
ipcRenderer.on('permafrost:port', ({ ports }) => {
  window.postMessage('permafrost:port', window.location.origin, ports)
})
