/**
 * One plugin in its sandbox, from the host's side: requests that return as functions do. A plugin that ran out of time, memory or
 * stack loses its thread and gets a new one with the next request; hooks keep nothing, so nothing is lost.
 */
import { createRequire } from 'node:module'
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads'
import { HookError } from '../../engine/devices.ts'
import { GUEST, ownModules, workerProgram } from './modules.ts'
import { LIMITS, type FromWorker, type GuestError, type Limits, type Modules, type WorkerData } from './protocol.ts'

/** Answers what a hook asks of the machine while it runs. */
export type Ask = (name: string, args: readonly unknown[]) => unknown

export interface SandboxOptions {
  /** Id of the plugin, for errors. */
  readonly plugin: string
  readonly modules: Modules
  /** Name of the plugin's own module: "my-hbm/index.ts". */
  readonly main: string
  readonly limits?: Partial<Limits>
  /** What the plugin writes to its console. */
  readonly print?: (text: string) => void
}

/** Milliseconds for a thread to start on a busy computer; no hook runs yet. */
const START_MS = 60_000

interface Thread { readonly worker: Worker; readonly port: MessagePort; readonly signals: Int32Array }

const NOTHING: Ask = (name) => {
  throw new Error(`${name} cannot be asked here`)
}

export class Sandbox {
  readonly limits: Limits
  private thread: Thread | undefined
  private disposed = false
  private gens = 0

  constructor(private readonly options: SandboxOptions) {
    this.limits = { ...LIMITS, ...options.limits }
  }

  /** What the module's device types declare; throws a HookError when the module cannot be loaded. */
  describe(): unknown {
    return this.answer({ do: 'describe' }, true, NOTHING)['value']
  }

  /** Calls a plain function of a device type. */
  call(type: number, path: readonly string[], args: readonly unknown[], ask: Ask): unknown {
    return this.answer({ do: 'call', type, path, args }, true, ask)['value']
  }

  /** Runs a generator of a device type: yields what it yields, unchecked, and takes answers. */
  *generate(type: number, path: readonly string[], args: readonly unknown[], ask: Ask): Generator<unknown, unknown, number> {
    const gen = ++this.gens
    let answer = this.answer({ do: 'start', gen, type, path, args }, true, ask)
    let ended = false
    try {
      for (let steps = 0; ; steps++) {
        if (!('step' in answer)) {
          ended = true
          return answer['done']
        }
        if (steps >= this.limits.steps) throw this.error({ cause: 'thrown', message: `yielded ${this.limits.steps} steps and has not ended`, stack: '' })
        const given = yield answer['step']
        answer = this.answer({ do: 'next', gen, answer: given }, false, ask)
      }
    } finally {
      // the machine gave up on it half way: forget it, unless its thread has gone anyway
      if (!ended && this.thread) this.answer({ do: 'end', gen }, false, NOTHING)
    }
  }

  /** Ends the thread. The sandbox answers no more. */
  dispose(): void {
    this.disposed = true
    this.end()
  }

  private answer(request: unknown, fresh: boolean, ask: Ask): Readonly<Record<string, unknown>> {
    if (this.disposed) throw this.error({ cause: 'thrown', message: 'the plugin was unloaded', stack: '' })
    const thread = (this.thread ??= this.start())
    const said = exchange(thread, { text: JSON.stringify(request), fresh }, this.limits.hardMs, ask, this.options.print)
    if (said.kind === 'answer') return JSON.parse(said.text) as Record<string, unknown>
    if (said.error.cause !== 'thrown') this.end()
    throw this.error(said.error)
  }

  private start(): Thread {
    const signals = new SharedArrayBuffer(8)
    const { port1, port2 } = new MessageChannel()
    const find = createRequire(import.meta.url)
    const workerData: WorkerData = {
      signals, port: port2, quickjs: find.resolve('quickjs-emscripten-core'), variant: find.resolve('@jitl/quickjs-wasmfile-release-sync'),
      modules: { ...ownModules(), ...this.options.modules }, main: this.options.main, guest: GUEST, limits: this.limits,
    }
    const worker = new Worker(workerProgram(), { eval: true, workerData, transferList: [port2], name: `plugin ${this.options.plugin}`, env: {}, resourceLimits: { stackSizeMb: 4 }, stdin: false })
    worker.unref()
    port1.unref()
    // an end that nobody asked for shows as a request without answer
    worker.on('error', () => undefined)
    const thread: Thread = { worker, port: port1, signals: new Int32Array(signals) }
    if (hear(thread, performance.now() + START_MS)?.kind !== 'ready') throw new Error(`the thread of plugin ${this.options.plugin} did not start`)
    return thread
  }

  private end(): void {
    const { thread } = this
    this.thread = undefined
    thread?.port.close()
    void thread?.worker.terminate()
  }

  private error({ cause, message, stack }: GuestError): HookError {
    const { memoryBytes } = this.limits
    const text = cause === 'time' ? 'ran for longer than a hook may: does a loop never end?'
      : cause === 'memory' ? `needs more memory than a plugin may have (${memoryBytes / 2 ** 20} MiB)`
        : cause === 'depth' ? 'calls itself too deeply' : message
    const frames = [...stack.matchAll(/at (\S+) \((.+?):(\d+)(?::\d+)?\)/g)].filter((f) => !f[2]!.startsWith('zonelab:'))
    const [frame] = frames
    return new HookError(text, this.options.plugin, frame ? `${frame[2]}:${frame[3]}` : /^(\S+:\d+): /.exec(message)?.[1], frame && frame[1] !== '<anonymous>' && frame[1] !== '<eval>' ? frame[1] : undefined)
  }
}

const LATE: FromWorker & { readonly kind: 'error' } = { kind: 'error', error: { cause: 'time', message: '', stack: '' } }

/** Sends a request and sleeps until its answer, serving what the hook asks in between; ends with LATE at the hard limit. */
function exchange(thread: Thread, request: { readonly text: string; readonly fresh: boolean }, hardMs: number, ask: Ask, print: ((text: string) => void) | undefined): FromWorker & { readonly kind: 'answer' | 'error' } {
  const until = performance.now() + hardMs
  post(thread, request)
  for (;;) {
    const said = hear(thread, until)
    if (!said) return LATE
    if (said.kind === 'print') print?.(said.text)
    else if (said.kind === 'ask') post(thread, { text: JSON.stringify(ask(said.name, JSON.parse(said.text) as readonly unknown[]) ?? null), fresh: false })
    else if (said.kind !== 'ready') return said
  }
}

/** The next thing that the thread says; undefined when it says nothing until then. */
function hear(thread: Thread, until: number): FromWorker | undefined {
  for (;;) {
    const next = receiveMessageOnPort(thread.port) as { readonly message: FromWorker } | undefined
    if (next) return next.message
    const left = until - performance.now()
    if (left <= 0) return undefined
    sleep(thread.signals, left)
  }
}

function post({ port, signals }: Thread, message: { readonly text: string; readonly fresh: boolean }): void {
  port.postMessage(message)
  Atomics.store(signals, 1, 1)
  Atomics.notify(signals, 1)
}

function sleep(signals: Int32Array, ms: number): void {
  try {
    Atomics.wait(signals, 0, 0, ms)
  } catch {
    // a host whose main thread may not sleep: it waits awake
    const until = performance.now() + ms
    while (Atomics.load(signals, 0) === 0 && performance.now() < until);
  }
  Atomics.store(signals, 0, 0)
}
