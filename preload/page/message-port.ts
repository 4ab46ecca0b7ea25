/** The page's end of Electron's MessagePort, handed over by the preload script. */
import type { Port } from '../port.ts'
import { PORT_HANDED_OVER, PORT_WANTED } from '../handover.ts'

/** Asks the preload script for a port to main and waits for it. */
export function openMessagePort(): Promise<Port> {
  return new Promise((resolve) => {
    const onHandOver = (event: MessageEvent): void => {
      const port = event.ports[0]
      if (event.source !== window || event.data !== PORT_HANDED_OVER || !port) return
      window.removeEventListener('message', onHandOver)
      resolve(portOf(port))
    }
    window.addEventListener('message', onHandOver)
    window.postMessage(PORT_WANTED, window.origin)
  })
}

function portOf(port: MessagePort): Port {
  return {
    // What the window sends is plain, but may be wrapped in reactive proxies, which structured clone refuses and JSON does not.
    post: (message) => port.postMessage(JSON.parse(JSON.stringify(message))),
    onMessage(listener) {
      port.addEventListener('message', (event) => listener(event.data))
      port.start()
    },
    onClose(listener) {
      port.addEventListener('close', () => listener(), { once: true })
    },
    close: () => port.close(),
  }
}
