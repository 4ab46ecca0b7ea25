/** The handlers of the comparison's requests, for one window. Loaded with the first of them: most windows never compare. */
import type { CompareReplies, Params, ProfileChoice } from '../../../preload/contract.ts'
import { RpcError } from '../../../preload/rpc.ts'
import { formatInputError } from '../../engine/errors.ts'
import type { Document } from '../document.ts'
import { map } from '../map.ts'
import { inputProblem } from '../problem.ts'
import { comparedCauses, comparedDifferences, comparedMatrix, comparedOutline } from './answers.ts'
import { Comparison } from './comparison.ts'
import { comparedFields } from './fields.ts'
import { comparedAxis } from './map.ts'
import { comparedText } from './text.ts'

export type CompareHandlers = { readonly [R in keyof CompareReplies]: (params: Params<R>) => CompareReplies[R] }

/** `open` is the window's document, whichever it is at the time. */
export function compareHandlers(open: () => Document): CompareHandlers {
  let comparison: Comparison | undefined

  const take = (document: Document, choice: { readonly a: ProfileChoice; readonly b: ProfileChoice }): ReturnType<typeof Comparison.begin> => {
    if (comparison?.isOf(document, choice)) return { ok: true, value: comparison }
    const begun = Comparison.begin(document, choice)
    if (begun.ok) comparison = begun.value
    return begun
  }
  /** The comparison, of the document as it is now. */
  const now = (): Comparison => {
    const document = open()
    if (!comparison) throw new RpcError('bad-request', 'no comparison was begun')
    const taken = take(document, comparison.choice)
    if (!taken.ok) throw new RpcError('bad-request', taken.errors.map(formatInputError).join('; '))
    return taken.value
  }
  const inHistory = (position: number): number => Math.min(position, open().steps.length)

  return {
    compare: (choice) => {
      const taken = take(open(), choice)
      return taken.ok ? { ok: true, value: comparedOutline(taken.value.answers()) } : { ok: false, problems: taken.errors.map(inputProblem) }
    },
    compareStep: ({ position }) => comparedDifferences(open(), now().answers(), inHistory(position)),
    compareCauses: ({ position }) => comparedCauses(now().answers(), inHistory(position)),
    compareAxis: () => comparedAxis(now().now()),
    compareMaps: ({ side, parts, tracks, limit }) => {
      const document = now().now().side(side)
      return parts.map((p) => map(document, p.range, p.columns, tracks, limit))
    },
    compareText: ({ format }) => comparedText(now().now(), now().answers(), format),
    compareInspect: ({ selection }) => comparedFields(now().now(), selection),
    compareMatrix: () => comparedMatrix(now().matrix()),
  }
}
