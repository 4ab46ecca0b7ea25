/**
 * The rpc on a Port, as the window sees it. A request is numbered and gets one reply; events come unasked. What goes
 * over the port is `RequestMessage` one way and `ServerMessage` the other.
 */
import type { EventName, Events, Params, Replies, RequestName, RpcFailure } from './contract.ts'
import type { Port } from './port.ts'

export interface RequestMessage { readonly id: number; readonly request: string; readonly params: unknown }

export type ServerMessage =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly failure: RpcFailure }
  | { readonly event: EventName; readonly data: unknown }

/** `closed`: the port closed before the reply came; every later request fails so too. */
export type RpcErrorCode = RpcFailure['code'] | 'closed'

/** What a request rejects with. Main throws it as well, to refuse a request with a code. */
export class RpcError extends Error {
  constructor(readonly code: RpcErrorCode, message: string) {
    super(message)
    this.name = 'RpcError'
  }
}

export interface RpcClient {
  /** Rejects with an RpcError and nothing else. */
  request<R extends RequestName>(name: R, params: Params<R>): Promise<Replies[R]>
  /** Listens to an event until the returned function is called. */
  on<E extends EventName>(event: E, listener: (data: Events[E]) => void): () => void
  /** Tells once that main has gone. */
  onClose(listener: () => void): void
  close(): void
}

interface Waiting { resolve(value: never): void; reject(error: RpcError): void }

/** Speaks the rpc on a port that is open or about to open. */
export function connect(port: Port): RpcClient {
  const waiting = new Map<number, Waiting>()
  const listeners = new Map<EventName, Set<(data: never) => void>>()
  const closeListeners = new Set<() => void>()
  let lastId = 0
  let closed = false

  port.onMessage((raw) => {
    const message = raw as ServerMessage
    if ('event' in message) {
      for (const listener of listeners.get(message.event) ?? []) listener(message.data as never)
      return
    }
    const entry = waiting.get(message.id)
    if (!entry) return
    waiting.delete(message.id)
    if (message.ok) entry.resolve(message.value as never)
    else entry.reject(new RpcError(message.failure.code, message.failure.message))
  })

  port.onClose(() => {
    closed = true
    for (const entry of waiting.values()) entry.reject(closedError())
    waiting.clear()
    for (const listener of closeListeners) listener()
  })

  return {
    request(name, params) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(closedError())
        const id = ++lastId
        waiting.set(id, { resolve, reject })
        port.post({ id, request: name, params } satisfies RequestMessage)
      })
    },
    on(event, listener) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set)
      set.add(listener)
      return () => void set.delete(listener)
    },
    onClose(listener) {
      closeListeners.add(listener)
      if (closed) listener()
    },
    close: () => port.close(),
  }
}

const closedError = (): RpcError => new RpcError('closed', 'the connection to the lab has closed')
