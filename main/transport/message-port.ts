/** Main's end of Electron's MessagePort. */
import type { MessagePortMain } from 'electron'
import type { Port } from '../../preload/port.ts'

/** What is used of a MessagePortMain. */
type MainPort = Pick<MessagePortMain, 'postMessage' | 'on' | 'once' | 'start' | 'close'>

export function messagePort(port: MainPort): Port {
  return {
    post: (message) => port.postMessage(message),
    onMessage(listener) {
      port.on('message', (event) => listener(event.data))
      port.start()
    },
    onClose(listener) {
      port.once('close', () => listener())
    },
    close: () => port.close(),
  }
}
