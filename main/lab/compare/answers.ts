/** What `engine/compare` found, in the contract's words: selections to go to, sizes for people, what a decision's values mean. */
import type { ComparedAnswer, ComparedCause, ComparedCauses, ComparedDifference, ComparedMatrix, ComparedOutline, Selection } from '../../../preload/contract.ts'
import type { Cause, Difference, ExplainedDifference, Matrix, SideOutcome } from '../../engine/compare/comparison.ts'
import type { KernelComparison } from '../../engine/compare/compare.ts'
import { decisionOf } from '../../engine/profiles/decisions.ts'
import { formatSize } from '../../engine/units.ts'
import type { Document } from '../document.ts'
import { plainReason } from '../plain-reason.ts'
import { profileInfo } from '../profiles.ts'

export function comparedOutline(found: KernelComparison): ComparedOutline {
  const { decisions, steps, firstDifference } = found.outline()
  return {
    a: profileInfo(found.profileA), b: profileInfo(found.profileB), decisions,
    steps: steps.map(({ n, text, a, b, sameOutcome, state }) => ({ n, text, a: answer(a), b: answer(b), sameOutcome, state })),
    ...(firstDifference === undefined ? {} : { firstDifference }),
  }
}

const answer = ({ result, reason, log }: SideOutcome): ComparedAnswer => ({ result, ...(reason === undefined ? {} : { reason: plainReason(reason) }), log: log.length })

/** Lines that only one side printed and locks that only one holds have no path of their own. */
const pathOf = (d: Difference): string => (d.part === 'log' || d.part === 'lock' ? d.field : d.path)

export function comparedDifferences(doc: Document, found: KernelComparison, n: number): ComparedDifference[] {
  const page = doc.kernel.pageSize
  return found.differences(n).differences.map((d): ComparedDifference => {
    const selection = selectionOf(doc, d)
    const human = (value: string | undefined): string | undefined => {
      const size = value !== undefined && d.path.endsWith('_pages') && /^\d+$/.test(value) && value !== '0' ? formatSize(Number(value) * page) : undefined
      return size?.startsWith('≈') ? undefined : size
    }
    const plain = (value: string | undefined): string | undefined => (value === undefined || d.part !== 'reason' ? value : plainReason(value))
    const [a, b, humanA, humanB] = [plain(d.a), plain(d.b), human(d.a), human(d.b)]
    return {
      path: pathOf(d), part: d.part, since: d.since,
      ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }), ...(humanA === undefined ? {} : { humanA }), ...(humanB === undefined ? {} : { humanB }),
      ...(d.pfns ? { range: { start: d.pfns.start * page, end: d.pfns.end * page } } : {}), ...(selection ? { selection } : {}),
    }
  })
}

/** The thing that a difference is about. */
function selectionOf(doc: Document, d: Difference): Selection | undefined {
  const k = doc.kernel
  const words = d.path.split(' ')
  switch (d.part) {
    case 'zone': {
      const [node, zone] = (words[1] ?? '').split('/')
      return zone === undefined ? undefined : { kind: 'zone', node: Number(node), zone }
    }
    case 'node': return { kind: 'node', node: Number(words[1]) }
    case 'device': return { kind: 'device', name: words[1] ?? '' }
    case 'block':
      return d.pfns && { kind: 'blocks', first: Math.floor(d.pfns.start / k.pagesPerBlock), last: Math.ceil(d.pfns.end / k.pagesPerBlock) - 1 }
    case 'section':
      if (d.pfns && d.pfns.end - d.pfns.start === k.pagesPerSection) return { kind: 'section', section: d.pfns.start / k.pagesPerSection }
  }
  return d.pfns && { kind: 'range', start: d.pfns.start * k.pageSize, end: d.pfns.end * k.pageSize }
}

export function comparedCauses(found: KernelComparison, n: number): ComparedCauses {
  const { differences, skipped } = found.causes(n)
  return {
    step: n, skipped: skipped.map(({ decision, reason }) => ({ decision, reason })),
    explanations: differences.map((d: ExplainedDifference) => {
      const { explanation } = d
      switch (explanation.kind) {
        case 'alone': return { path: pathOf(d), kind: 'alone', causes: explanation.causes.map((c) => cause(c, c.certain)) }
        case 'together': return { path: pathOf(d), kind: 'together', causes: explanation.causes.map((c) => cause(c, true)) }
        case 'unexplained': return { path: pathOf(d), kind: 'unexplained', causes: [], why: explanation.why }
      }
    }),
  }
}

function cause({ decision, title, from, to }: Cause, certain: boolean): ComparedCause {
  if (decision === 'release') return { decision, title, doc: '', from, fromDoc: '', to, toDoc: '', certain }
  const d = decisionOf(decision)
  return { decision, title, doc: d.doc, from, fromDoc: d.values[from] ?? '', to, toDoc: d.values[to] ?? '', certain }
}

export function comparedMatrix(matrix: Matrix): ComparedMatrix {
  return {
    profiles: matrix.profiles.map(({ id, title }) => ({ id, title })),
    steps: matrix.steps.map(({ n, text, cells }) => ({ n, text, cells: cells.map((c) => ({ result: c.result, class: c.class })) })),
    groups: matrix.groups.map(({ profiles, parts }) => ({
      profiles, ...(parts ? { parts: { from: parts.from, step: parts.step, fields: parts.differences.slice(0, 12).map((d) => `${pathOf(d)}: ${d.a ?? 'not there'} | ${d.b ?? 'not there'}`) } } : {}),
    })),
  }
}
