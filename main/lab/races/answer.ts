/** An answer of the explorer as the window draws it. */
import type { RaceAnswer, RaceStep, Selection } from '../../../preload/contract.ts'
import { checkOf } from '../../engine/checks/invariants.ts'
import type { TraceStep } from '../../engine/executors/explore/exploration.ts'
import type { ThreadResult } from '../../engine/executors/explore/question.ts'
import type { Answer } from '../../engine/races/ask.ts'
import { errnoName } from '../../engine/errors.ts'
import { watches } from './watches.ts'

export function answerView(key: number, answer: Answer, kernel: string, without: readonly string[]): RaceAnswer {
  const { exploration: e, invariant } = answer
  const title = invariant === undefined ? undefined : titleOf(invariant)
  return {
    key, profile: kernel, verdict: e.verdict, ...(invariant === undefined ? {} : { invariant }), ...(title === undefined ? {} : { invariantTitle: title }),
    ...(e.broken ? { text: e.broken.text.replace(new RegExp(`^${invariant ?? ''}: `), '') } : {}),
    bound: e.bound, states: e.states, transitions: e.transitions, complete: e.complete,
    threads: answer.threads.map((t, i) => ({ name: t.name, actions: t.actions.map((a) => a.text), answers: [...new Set((e.results[i] ?? []).map((r) => resultText(r, t.actions.every((a) => a.reads))))] })),
    trace: e.trace.map((s) => stepView(s, answer)),
    switches: e.trace.reduce((n, s, i) => n + (i > 0 && s.thread !== e.trace[i - 1]!.thread ? 1 : 0), 0),
    watches: watches(e.trace), races: e.races, lockCycles: e.lockCycles, ends: e.terminalCount,
    brokenBefore: answer.brokenBefore, without,
    ...(answer.expected ? { expected: { text: answer.expected.text, met: answer.expected.met } } : {}),
  }
}

/** Of invariants of the state, and of those that the explorer watches itself. */
const TITLES: Readonly<Record<string, string>> = {
  I13: 'a reader sees a start and a span that belong together', I14: 'each struct page is initialised once', I15: 'nobody sleeps in atomic context',
  I17: 'nobody reads the usage of a section that was freed', I23: 'locks are taken in one order', deadlock: 'nobody waits for ever', BUG: 'the kernel does not stop in a BUG', bug: 'the kernel does not stop in a BUG',
  race: 'no two accesses to one place without a lock in common, one of them a write',
}
const titleOf = (invariant: string): string | undefined => checkOf(invariant)?.title ?? TITLES[invariant]

/** What an operation returns beside an errno is the model's affair: the number of a page map. A reader's answer is what it saw. */
const resultText = (r: ThreadResult, reads: boolean): string => (r.kind === 'bug' ? 'BUG' : r.value < 0 ? (errnoName(r.value) ?? String(r.value)) : reads ? String(r.value) : 'ok')

function stepView(s: TraceStep, answer: Answer): RaceStep {
  const { name: _name, ...step } = s
  const selection = selectionOf(s, answer)
  return { ...step, ...(selection ? { selection } : {}) }
}

/** What the inspector shows for a step: the zone, node, page or section whose state it reads or writes. */
function selectionOf(s: TraceStep, { engine: { booted: { kernel: k } } }: Answer): Selection | undefined {
  const zone = /^zone (\d+)\/(\w+)/.exec(s.cell ?? s.lock ?? '')
  if (zone) return { kind: 'zone', node: Number(zone[1]), zone: zone[2]! }
  const node = /^node (\d+)/.exec(s.cell ?? s.lock ?? '')
  if (node) return { kind: 'node', node: Number(node[1]) }
  if (s.start === undefined || s.end === undefined) return undefined
  if (s.end - s.start === 1 && /struct page/.test(s.cell ?? '')) return { kind: 'page', pfn: s.start }
  if (/block/.test(s.cell ?? '')) return { kind: 'block', block: k.blockOf(s.start) }
  // a scan over much says nothing about a place
  return s.end - s.start > 64 * k.pagesPerSection ? undefined : { kind: 'section', section: Math.floor(s.start / k.pagesPerSection) }
}
