/** What the hosts need of the lab: a session for each window, with the handlers of its requests and its events. */
import type { EventName, Events, Handlers } from '../../preload/contract.ts'

/** An event on its way to the window. */
export type LabEvent = { readonly [E in EventName]: { readonly event: E; readonly data: Events[E] } }[EventName]

/** One window's lab. Handlers get validated parameters; a handler refuses with an RpcError (preload/rpc.ts). */
export type LabSession = Handlers & {
  /** Calls back with each event until the returned function is called. */
  onEvent(listener: (event: LabEvent) => void): () => void
}

/** Makes the session of a new window. */
export type OpenSession = () => LabSession
