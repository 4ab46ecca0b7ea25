/**
 * The sandbox's thread: one QuickJS for one plugin. Requests come and answers go through a port, each side asleep until the
 * other signals, so that the host can call a hook as it calls any function, and end the thread when a hook cannot be stopped
 * otherwise. Handed to the thread as text; imports nothing but types.
 */
import type * as threads from 'node:worker_threads'
import type * as core from 'quickjs-emscripten-core'
import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule } from 'quickjs-emscripten-core'
import type { FromWorker, GuestError, ToWorker, WorkerData } from './protocol.ts'

declare const require: (name: string) => unknown

const { workerData, receiveMessageOnPort } = require('node:worker_threads') as typeof threads
const data = workerData as WorkerData
const { port, limits, modules } = data
const signals = new Int32Array(data.signals)
/** QuickJS's stack within this thread's; larger than the thread's it would take the whole module down. */
const STACK_BYTES = 128 * 1024

const SDK = 'zonelab:sdk/index.ts'
/** In front of the name of a module that there is not. */
const MISSING = 'missing '
/** The module that brings plugin and guest together. */
const ENTRY = 'zonelab:entry'
const entry = (): string => `import * as plugin from ${JSON.stringify(data.main)}; import { serve } from ${JSON.stringify(data.guest)}; export const dispatch = serve(plugin)`

let used = 0
let deadline = Infinity

const send = (message: FromWorker): void => {
  port.postMessage(message)
  if (message.kind === 'print') return
  Atomics.store(signals, 0, 1)
  Atomics.notify(signals, 0)
}
/** Sleeps until the host has something to say. */
const receive = (): ToWorker => {
  for (;;) {
    const next = receiveMessageOnPort(port) as { readonly message: ToWorker } | undefined
    if (next) return next.message
    Atomics.wait(signals, 1, 0)
    Atomics.store(signals, 1, 0)
  }
}

const fullTank = (): void => {
  used = 0
  deadline = Date.now() + limits.softMs
}

function guestError(value: unknown): GuestError {
  const { name, message, stack } = (typeof value === 'object' && value !== null ? value : { message: String(value) }) as { readonly name?: string; readonly message?: string; readonly stack?: string }
  const text = message ?? ''
  const internal = name === 'InternalError'
  const cause = internal && text === 'interrupted' ? 'time' : (internal && text.startsWith('out of memory')) || value === null || (name === undefined && text === '') ? 'memory' : text === 'stack overflow' ? 'depth' : 'thrown'
  return { cause, message: name === undefined || name === 'Error' || internal ? text : `${name}: ${text}`, stack: (stack ?? '').slice(0, 4000) }
}

/** A context with prelude, SDK, plugin and guest; or why there is none. */
function open(quickjs: QuickJSWASMModule): { readonly vm: QuickJSContext; readonly dispatch: QuickJSHandle } | { readonly error: GuestError } {
  const runtime = quickjs.newRuntime()
  runtime.setMemoryLimit(limits.memoryBytes)
  runtime.setMaxStackSize(STACK_BYTES)
  runtime.setInterruptHandler(() => ++used > limits.fuel || Date.now() > deadline)
  runtime.setModuleLoader(
    (name) => {
      if (name.startsWith(MISSING)) throw new Error(`${name.slice(MISSING.length)}: a device type may import "zonelab" and the modules of its own folder, nothing else`)
      const found = Object.hasOwn(modules, name) ? modules[name] : undefined
      if (!found || 'error' in found) throw new Error(found?.error ?? `no module ${name}`)
      return found.code
    },
    // what this would throw is lost, so what is missing is said by the loader
    (base, name) => resolve(base, name) ?? `${MISSING}${base} imports "${name}"`,
  )
  const vm = runtime.newContext()
  const give = (name: string, fn: (...args: string[]) => string): void => {
    const handle = vm.newFunction(name, (...args) => vm.newString(fn(...args.map((a) => vm.getString(a)))))
    vm.setProp(vm.global, name, handle)
    handle.dispose()
  }
  give('hostAsk', (name, text) => {
    send({ kind: 'ask', name: name ?? '', text: text ?? '[]' })
    return receive().text
  })
  give('hostPrint', (text) => {
    send({ kind: 'print', text: text ?? '' })
    return ''
  })
  fullTank()
  const fail = (error: GuestError): { readonly error: GuestError } => ({ error })
  const prelude = modules['zonelab:prelude']
  for (const name of ['zonelab:prelude', ENTRY]) {
    const evaluated = vm.evalCode(name === ENTRY ? entry() : prelude && 'code' in prelude ? prelude.code : '', name, { type: name === ENTRY ? 'module' : 'global' })
    if (evaluated.error) {
      const error = guestError(vm.dump(evaluated.error))
      evaluated.error.dispose()
      return fail(error)
    }
    const jobs = runtime.executePendingJobs()
    if (jobs.error) {
      const error = guestError(vm.dump(jobs.error))
      jobs.error.dispose()
      evaluated.value.dispose()
      return fail(error)
    }
    if (name !== ENTRY) {
      evaluated.value.dispose()
      continue
    }
    const state = vm.getPromiseState(evaluated.value)
    if (state.type === 'rejected') {
      const error = guestError(vm.dump(state.error))
      state.error.dispose()
      evaluated.value.dispose()
      return fail(error)
    }
    if (state.type === 'pending') {
      evaluated.value.dispose()
      return fail({ cause: 'thrown', message: 'the module waits for something (await at its top level) that never comes', stack: '' })
    }
    const dispatch = vm.getProp(state.value, 'dispatch')
    if (state.value !== evaluated.value) state.value.dispose()
    evaluated.value.dispose()
    return { vm, dispatch }
  }
  return fail({ cause: 'thrown', message: 'nothing to run', stack: '' })
}

/** Name of the module that `name` means when `base` imports it. */
function resolve(base: string, name: string): string | undefined {
  if (name === 'zonelab') return SDK
  if (name.startsWith('zonelab/')) return existing(`zonelab:sdk/${name.slice('zonelab/'.length)}`)
  if (base === ENTRY) return name
  if (!name.startsWith('./') && !name.startsWith('../')) return undefined
  const parts = base.replace(/^zonelab:/, '').split('/').slice(0, -1)
  let left = false
  for (const part of name.split('/')) {
    if (part === '.' || part === '') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > 1) parts.pop()
    else {
      left = true
      parts.length = 0
    }
  }
  // types in the project's own tree name the SDK by its path
  if (left && parts[0] !== 'sdk') return undefined
  const path = (left || base.startsWith('zonelab:') ? 'zonelab:' : '') + parts.join('/')
  return existing(path)
}

const existing = (path: string): string | undefined =>
  [path, `${path}.ts`, `${path}.js`, path.replace(/\.js$/, '.ts'), path.replace(/\.mjs$/, '.mts'), `${path}/index.ts`].find((p) => Object.hasOwn(modules, p))

async function main(): Promise<void> {
  const { newQuickJSWASMModuleFromVariant } = require(data.quickjs) as typeof core
  const variant = (require(data.variant) as { readonly default: Parameters<typeof newQuickJSWASMModuleFromVariant>[0] }).default
  const quickjs = await newQuickJSWASMModuleFromVariant(variant)
  send({ kind: 'ready' })
  let opened: ReturnType<typeof open> | undefined
  for (;;) {
    const request = receive()
    opened ??= open(quickjs)
    if ('error' in opened) {
      send({ kind: 'error', error: opened.error })
      opened = undefined
      continue
    }
    const { vm, dispatch } = opened
    if (request.fresh) {
      fullTank()
      const reseed = vm.getProp(vm.global, 'zonelabReseed')
      vm.unwrapResult(vm.callFunction(reseed, vm.undefined)).dispose()
      reseed.dispose()
    }
    const text = vm.newString(request.text)
    const result = vm.callFunction(dispatch, vm.undefined, text)
    text.dispose()
    if (result.error) {
      const error = guestError(vm.dump(result.error))
      result.error.dispose()
      send({ kind: 'error', error })
      continue
    }
    const out = vm.getString(result.value)
    result.value.dispose()
    send({ kind: 'answer', text: out })
  }
}

void main()
