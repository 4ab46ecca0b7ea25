/** What a step answered and printed. */
import type { SideOutcome } from './comparison.ts'

/** Kernel log lines of a step, without debugging. */
export const printedLines = (o: SideOutcome): readonly string[] => o.log.filter((line) => line.level < 7).map((line) => line.text)

export function sameOutcome(a: SideOutcome, b: SideOutcome): boolean {
  if (a.result !== b.result || a.reason !== b.reason) return false
  if (a.log.length === b.log.length && a.log.every((line, i) => line.text === b.log[i]!.text)) return true
  const [la, lb] = [printedLines(a), printedLines(b)]
  return la.length === lb.length && la.every((line, i) => line === lb[i])
}
