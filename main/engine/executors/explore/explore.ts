/** The way into the explorer: a question in, an exploration out. */
import type { Exploration, Progress } from './exploration.ts'
import { DEFAULT_OPTIONS, MAX_THREADS, QuestionError, type ExploreOptions, type Question } from './question.ts'

export type { Broken, BrokenKind, Exploration, Progress, Race, Terminal, TraceKind, TraceStep } from './exploration.ts'
export { thread, MAX_THREADS, QuestionError } from './question.ts'
export type { ExploreOptions, InvariantScope, OutcomeRule, Question, StateInvariant, ThreadResult, ThreadSpec } from './question.ts'

/**
 * Explores in slices of about ten milliseconds: a host takes the next one when it has looked after its own events, or stops and lets go of
 * the generator (cancel). Throws QuestionError for a question that cannot be built, NotDeterministic for an operation that is not.
 */
export function* exploring(question: Question): Generator<Progress, Exploration, void> {
  const options = optionsOf(question)
  void options
  yield { phase: 'search', states: 0, transitions: 0, depth: 0 }
  throw new Error('not built yet')
}

/** Explores at one go. */
export function explore(question: Question, onProgress?: (progress: Progress) => void, cancelled?: () => boolean): Exploration | undefined {
  const run = exploring(question)
  for (;;) {
    const { value, done } = run.next()
    if (done) return value
    if (cancelled?.()) return undefined
    onProgress?.(value)
  }
}

function optionsOf({ kernel, threads, options = {} }: Question): ExploreOptions {
  if (threads.length < 1 || threads.length > MAX_THREADS) throw new QuestionError('threads', `${threads.length} threads`, `1 to ${MAX_THREADS}`)
  const names = threads.map((t) => t.name)
  const twice = names.find((n, i) => names.indexOf(n) !== i)
  if (twice !== undefined) throw new QuestionError('threads', `two threads "${twice}"`, 'a name for each')
  return { ...DEFAULT_OPTIONS, pageGrain: kernel.pagesPerSection, ...options }
}
