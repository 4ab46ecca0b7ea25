/**
 * The preload script of the Electron window: asks main for a MessagePort when the page wants one and hands it over. It
 * exposes nothing else; a port cannot cross contextBridge, so it travels by window.postMessage.
 */
import { ipcRenderer } from 'electron'
import { IPC_CHANNEL, PORT_HANDED_OVER, PORT_WANTED } from './handover.ts'

window.addEventListener('message', (event) => {
  if (event.source === window && event.data === PORT_WANTED) ipcRenderer.send(IPC_CHANNEL)
})

ipcRenderer.on(IPC_CHANNEL, (event) => {
  window.postMessage(PORT_HANDED_OVER, window.origin, [...event.ports])
})
