/** The page's end of the browser host's WebSocket. */
import { decodeFrame, encodeFrame } from '../frame.ts'
import type { Port } from '../port.ts'
import { SUBPROTOCOL, tokenProtocol } from '../subprotocol.ts'

/** Opens the socket beside the page; `token` is the key from the URL. Rejects when the host refuses it. */
export function openWebSocketPort(host: string, token: string): Promise<Port> {
  const socket = new WebSocket(`ws://${host}/lab`, [SUBPROTOCOL, tokenProtocol(token)])
  socket.binaryType = 'arraybuffer'
  return new Promise((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error('the lab refused the connection: open the address that the terminal shows')))
    socket.addEventListener('open', () => resolve(portOf(socket)))
  })
}

function portOf(socket: WebSocket): Port {
  return {
    post(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame(message))
    },
    onMessage(listener) {
      socket.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => listener(decodeFrame(event.data)))
    },
    onClose(listener) {
      socket.addEventListener('close', () => listener(), { once: true })
    },
    close: () => socket.close(),
  }
}
