/** Texts of two kernels side by side: what the files would print, and what the step printed. */
import type { ComparedLines, ComparedText } from '../../../preload/contract.ts'
import type { KernelComparison } from '../../engine/compare/compare.ts'
import type { Document } from '../document.ts'
import { lineDiff } from '../line-diff.ts'
import { printed } from '../text-view.ts'
import type { Sides } from './sides.ts'

export function comparedText(sides: Sides, found: KernelComparison, format: ComparedText): ComparedLines {
  const print = format === 'log' ? logOf : (doc: Document): readonly string[] => printed(doc, format, doc.position)
  return {
    unified: found.text(sides.of.position, format),
    lines: lineDiff(print(sides.a), print(sides.b)).map((c) => {
      switch (c.kind) {
        case 'same': return { a: c.text, b: c.text, same: true }
        case 'changed': return { a: c.before, b: c.text, same: false }
        case 'removed': return { a: c.text, same: false }
        case 'added': return { b: c.text, same: false }
      }
    }),
  }
}

/** What the step at the position printed. */
const logOf = (doc: Document): readonly string[] => (doc.steps[doc.position - 1]?.result.log ?? []).map((l) => (l.splat ? `${l.splat} ${l.text}` : l.text))
