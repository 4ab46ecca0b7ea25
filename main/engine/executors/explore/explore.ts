/** The way into the explorer: a question in, an exploration out. */
import type { Exploration, Progress } from './exploration.ts'
import { exploration } from './exploration-run.ts'
import type { Question } from './question.ts'

export type { Broken, BrokenKind, Exploration, Progress, Race, Terminal, TraceKind, TraceStep } from './exploration.ts'
export { exploration, type Explored } from './exploration-run.ts'
export { NotDeterministic } from './not-deterministic.ts'
export { TERMINALS_KEPT } from './exploration.ts'
export { thread, MAX_THREADS, QuestionError } from './question.ts'
export type { ExploreOptions, InvariantScope, OutcomeRule, Question, StateInvariant, ThreadResult, ThreadSpec } from './question.ts'

/**
 * Explores in slices of about ten milliseconds: a host takes the next one when it has looked after its own events, or stops and lets go of
 * the generator (cancel). Throws QuestionError for a question that cannot be built, NotDeterministic for an operation that is not.
 */
export function* exploring(question: Question): Generator<Progress, Exploration, void> {
  return (yield* exploration(question)).exploration
}

/** Explores at one go; undefined when it was cancelled. */
export function explore(question: Question, onProgress?: (progress: Progress) => void, cancelled?: () => boolean): Exploration | undefined {
  const run = exploring(question)
  for (;;) {
    const { value, done } = run.next()
    if (done) return value
    if (cancelled?.()) return undefined
    onProgress?.(value)
  }
}
