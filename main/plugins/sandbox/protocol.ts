/** What the host and the sandbox's worker say to each other. Everything that a plugin sees or says is JSON text. */

import type { MessagePort } from 'node:worker_threads'

/** Limits of one hook; those of loading are the same. */
export interface Limits {
  /** Loop turns and calls, in ten thousands: the limit that holds everywhere alike. */
  readonly fuel: number
  /** Milliseconds until the interpreter is asked to stop, for work that the fuel does not see. */
  readonly softMs: number
  /** Milliseconds until its thread is ended, for work that cannot be asked. */
  readonly hardMs: number
  readonly memoryBytes: number
  /** Steps that one generator hook may yield. */
  readonly steps: number
}

/** An honest hook takes well below a millisecond. */
export const LIMITS: Limits = { fuel: 2000, softMs: 3000, hardMs: 6000, memoryBytes: 32 * 2 ** 20, steps: 100_000 }

/** Modules by name, as JavaScript; `error` instead of code where a module cannot be read. */
export type Modules = Readonly<Record<string, { readonly code: string } | { readonly error: string }>>

export interface WorkerData {
  /** Int32: [host may read, worker may read]. */
  readonly signals: SharedArrayBuffer
  readonly port: MessagePort
  /** Paths of the packages, as Node finds them. */
  readonly quickjs: string
  readonly variant: string
  readonly modules: Modules
  /** Name of the plugin's own module. */
  readonly main: string
  /** Name of the module that answers requests; it imports the plugin. */
  readonly guest: string
  readonly limits: Limits
}

/** A request of the host: `text` is the guest's to read. `fresh`: with a full tank, as a new hook starts. */
export interface ToWorker { readonly text: string; readonly fresh: boolean }

export type FromWorker =
  /** The interpreter is there; said once. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'error'; readonly error: GuestError }
  /** The hook asks something of the machine; the host answers with a ToWorker whose text is the JSON of the value. */
  | { readonly kind: 'ask'; readonly name: string; readonly text: string }
  | { readonly kind: 'print'; readonly text: string }

export interface GuestError {
  /** Why it ended: thrown by the plugin, out of time, out of memory, too deep. */
  readonly cause: 'thrown' | 'time' | 'memory' | 'depth'
  readonly message: string
  /** Frames, innermost first: "placement (my-hbm/index.ts:12)". */
  readonly stack: string
}
