/** What both maps show, asked from main together, so that they are never of different moments. A reply covers more than the view. */
import { shallowRef, watch } from 'vue'
import type { MapReply, Params, TrackId } from '../../preload/contract.ts'
import { stretchesBetween, type AxisLayout } from '../map/axis.ts'
import { mergeParts, type TrackData } from '../map/items.ts'
import { useComparison } from '../stores/comparison.ts'
import { useDocument } from '../stores/document.ts'
import { useLab } from '../stores/lab.ts'
import { INSET, useView } from '../stores/view.ts'

const LIMIT = 600
const MAX_COLUMNS = 8192
const TRACKS: readonly TrackId[] = ['resources', 'nodes', 'zones', 'blocks', 'sections', 'subsections', 'pages', 'pagemaps', 'directmap']

export interface ComparedData { readonly a: TrackData; readonly b: TrackData; readonly known: { readonly start: number; readonly end: number } }

export function useCompareData(pixelRatio: () => number) {
  const lab = useLab()
  const document = useDocument()
  const comparison = useComparison()
  const view = useView()
  const data = shallowRef<ComparedData>({ a: new Map(), b: new Map(), known: { start: 0, end: 0 } })
  let covered: { readonly from: number; readonly to: number; readonly layout: AxisLayout; readonly revision: number } | undefined
  let inFlight = false

  async function pump(): Promise<void> {
    if (inFlight) return
    inFlight = true
    try {
      for (;;) {
        const { layout, origin, width } = view
        const revision = comparison.revision
        if (!comparison.axis || width <= 0 || layout.width <= 0) return
        const need = { from: Math.max(0, origin - INSET), to: Math.min(layout.width, origin + width + INSET) }
        if (covered && covered.revision === revision && covered.layout === layout && covered.from <= need.from && covered.to >= need.to) return
        const from = Math.max(0, origin - width / 2)
        const to = Math.min(layout.width, origin + width * 1.5)
        const parts: Params<'maps'>['parts'] = stretchesBetween(layout, from, to, document.sizes.page).slice(0, 256)
          .map(({ start, end, x0, x1 }) => ({ range: { start, end }, columns: Math.min(MAX_COLUMNS, Math.max(1, Math.round((x1 - x0) * pixelRatio()))) }))
        const [a, b] = await Promise.all((['a', 'b'] as const).map((side) => lab.request('compareMaps', { side, parts, tracks: [...TRACKS], limit: LIMIT }, true)))
        if (revision !== comparison.revision) continue
        const space = { start: layout.start, end: layout.end }
        const merged = (replies: readonly MapReply[] | undefined): TrackData => mergeParts(parts.flatMap(({ range }, i) => (replies?.[i] ? [{ range, reply: replies[i] }] : [])), space)
        covered = { from, to, layout, revision }
        data.value = { a: merged(a), b: merged(b), known: { start: Math.min(...parts.map((p) => p.range.start)), end: Math.max(...parts.map((p) => p.range.end)) } }
      }
    } catch (error) {
      lab.report(error)
    } finally {
      inFlight = false
    }
  }
  watch([() => comparison.revision, () => view.layout, () => view.origin, () => view.width], () => void pump(), { flush: 'post', immediate: true })
  return data
}
