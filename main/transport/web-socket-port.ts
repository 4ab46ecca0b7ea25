/** Main's end of the browser host's WebSocket. */
import type { WebSocket } from 'ws'
import { decodeFrame, encodeFrame, FrameError } from '../../preload/frame.ts'
import type { Port } from '../../preload/port.ts'

/** Close codes of RFC 6455, 7.4.1. */
const UNSUPPORTED_DATA = 1003
const INVALID_PAYLOAD = 1007

/** The socket as a Port. A text message or a frame that cannot be read closes it. */
export function webSocketPort(socket: WebSocket): Port {
  socket.binaryType = 'arraybuffer'
  // An oversized or broken message makes ws close the socket; the 'close' that follows is what matters here.
  socket.on('error', () => undefined)
  return {
    post(message) {
      if (socket.readyState === socket.OPEN) socket.send(encodeFrame(message))
    },
    onMessage(listener) {
      socket.on('message', (data, isBinary) => {
        if (!isBinary || !(data instanceof ArrayBuffer)) return socket.close(UNSUPPORTED_DATA)
        const message = decoded(data)
        if (message === undefined) socket.close(INVALID_PAYLOAD)
        else listener(message)
      })
    },
    onClose(listener) {
      socket.once('close', () => listener())
    },
    close: () => socket.close(),
  }
}

/** The message, undefined when the bytes are no frame (no frame says undefined). */
function decoded(bytes: ArrayBuffer): unknown {
  try {
    return decodeFrame(bytes)
  } catch (error) {
    if (error instanceof FrameError) return undefined
    throw error
  }
}
