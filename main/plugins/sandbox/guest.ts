/**
 * Runs inside the sandbox, beside the plugin: answers the host's requests. Text in, text out; the plugin's own values never
 * leave. Written for QuickJS: no Node, no DOM.
 */
import type { Described } from './describe-type.ts'
import { describeValue } from './describe-type.ts'

type Fn = (...args: readonly unknown[]) => unknown
type Answer = { readonly value?: unknown } | { readonly step: unknown } | { readonly done: unknown; readonly gen?: never }

/** Asks the host; set by the worker. */
declare const hostAsk: (name: string, args: string) => string

/** Member of a device type, by path. */
interface At { readonly type: number; readonly path: readonly string[]; readonly args: readonly unknown[] }
type Request =
  | { readonly do: 'describe' }
  | ({ readonly do: 'call' } & At)
  | ({ readonly do: 'start'; readonly gen: number } & At)
  | { readonly do: 'next'; readonly gen: number; readonly answer: number }
  | { readonly do: 'end'; readonly gen: number }

const running = new Map<number, Iterator<unknown, unknown, number>>()

/** The module's device types: its default export, one or a list. */
let types: readonly unknown[] = []

function member({ type, path }: At): { readonly self: unknown; readonly fn: Fn } {
  let self: unknown
  let value: unknown = types[type]
  for (const key of path) {
    self = value
    value = (value as Record<string, unknown> | undefined)?.[key]
  }
  if (typeof value !== 'function') throw new TypeError(`${path.join('.')} is not a function`)
  return { self, fn: value as Fn }
}

/** Data from the host, frozen; where it says `$methods`, with functions that ask the host. */
function revive(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map(revive))
  const out: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    if (key !== '$methods') out[key] = revive(inner)
    else for (const name of inner as readonly string[]) out[name] = (...args: readonly unknown[]) => JSON.parse(hostAsk(name, JSON.stringify(args)))
  }
  return Object.freeze(out)
}

function advance(gen: number, answer: number): Answer {
  const it = running.get(gen)
  if (!it) throw new Error('the hook has ended')
  const r = it.next(answer)
  if (r.done !== true) return { step: r.value }
  running.delete(gen)
  return { done: r.value }
}

function answer(request: Request): Answer {
  switch (request.do) {
    case 'describe': return { value: types.map((t): Described => describeValue(t)) }
    case 'call': {
      const { self, fn } = member(request)
      return { value: fn.apply(self, request.args.map(revive)) }
    }
    case 'start': {
      const { self, fn } = member(request)
      const it = fn.apply(self, request.args.map(revive)) as Iterator<unknown, unknown, number> | undefined
      if (typeof it?.next !== 'function') throw new TypeError(`${request.path.join('.')} returned no steps: write it as a generator function, "*${request.path[request.path.length - 1]}(…) { … }"`)
      running.set(request.gen, it)
      return advance(request.gen, 0)
    }
    case 'next': return advance(request.gen, request.answer)
    case 'end':
      // dropped without its finally blocks: what it did is being undone
      running.delete(request.gen)
      return {}
  }
}

const { parse, stringify } = JSON

/** Takes the plugin's module; answers what the host says to it from then on. */
export function serve(plugin: { readonly default?: unknown }): (text: string) => string {
  const found = plugin.default
  types = found === undefined ? [] : Array.isArray(found) ? found : [found]
  return (text) => stringify(answer(parse(text) as Request))
}
