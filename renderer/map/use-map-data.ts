/**
 * What the map shows, asked from main: one request in flight, the newest wish wins, replies of an older revision are
 * dropped. A reply covers more than the view, so panning draws at once from what is there.
 */
import { computed, shallowRef, watch } from 'vue'
import type { Axis, MapReply, Params, TrackId } from '../../preload/contract.ts'
import { useDocument } from '../stores/document.ts'
import { useLab } from '../stores/lab.ts'
import { INSET, useView } from '../stores/view.ts'
import { layoutAxis, piecesOf, stretchesBetween, type AxisLayout, type Stretch } from './axis.ts'
import { changedStretches, type ChangedStretch } from './changes.ts'
import { mergeParts, type DrawItem, type TrackData } from './items.ts'
import { fitScale } from './scale.ts'

/** More items than this on one track of one part come packed by column. */
const LIMIT = 600
const MAX_COLUMNS = 8192
const TRACKS: readonly TrackId[] = ['resources', 'nodes', 'zones', 'blocks', 'sections', 'subsections', 'pages', 'pagemaps', 'directmap']

interface Covered {
  readonly from: number
  readonly to: number
  readonly layout: AxisLayout
  readonly revision: number
  readonly axis: Axis
}

export function useMapData(pixelRatio: () => number) {
  const lab = useLab()
  const document = useDocument()
  const view = useView()
  const data = shallowRef<TrackData>(new Map())
  const mini = shallowRef<TrackData>(new Map())
  const covered = shallowRef<Covered>()
  /** Addresses that `data` is complete for. */
  const extent = shallowRef({ start: 0, end: 0 })
  /** What the last step changed; empty after opening and after scrolling elsewhere. */
  const changes = shallowRef<{ readonly revision: number; readonly stretches: readonly ChangedStretch[] }>({ revision: 0, stretches: [] })
  let miniKey = ''
  let inFlight = false

  const miniLayout = computed(() => {
    const pieces = piecesOf(document.axis?.segments ?? [], document.axis?.spaceEnd ?? 0, new Set())
    const scale = fitScale(pieces, Math.max(50, view.width), { ...document.sizes, section: Infinity })
    return layoutAxis(pieces, scale)
  })

  const partsOf = (stretches: readonly Stretch[]): Params<'maps'>['parts'] =>
    stretches.slice(0, 256).map(({ start, end, x0, x1 }) => ({
      range: { start, end }, columns: Math.min(MAX_COLUMNS, Math.max(1, Math.round((x1 - x0) * pixelRatio()))),
    }))

  /** What should be on screen and is not there yet; undefined when all is. */
  function wanted(): { from: number; to: number; layout: AxisLayout } | undefined {
    const { layout, origin, width } = view
    if (width <= 0 || layout.width <= 0) return undefined
    const need = { from: Math.max(0, origin - INSET), to: Math.min(layout.width, origin + width + INSET) }
    const have = covered.value
    if (have && have.revision === document.info?.revision && have.layout === layout && have.from <= need.from && have.to >= need.to) return undefined
    const extra = width / 2
    return { from: Math.max(0, origin - extra), to: Math.min(layout.width, origin + width + extra), layout }
  }

  async function pump(): Promise<void> {
    if (inFlight || !document.info || !document.axis) return
    inFlight = true
    try {
      for (;;) {
        await pumpMini()
        const next = wanted()
        const revision: number | undefined = document.info?.revision
        const axis = document.axis
        if (!next || revision === undefined || !axis) return
        const parts = partsOf(stretchesBetween(next.layout, next.from, next.to, document.sizes.page))
        const replies = await lab.request('maps', { parts, tracks: [...TRACKS], limit: LIMIT }, true)
        if (document.info?.revision !== revision || replies.some((reply) => reply.revision !== revision)) {
          // Main has moved on; its event brings the revision to ask for. Do not spin until it does.
          if (document.info?.revision === revision) return
          continue
        }
        extent.value = { start: Math.min(...parts.map((p) => p.range.start)), end: Math.max(...parts.map((p) => p.range.end)) }
        take({ ...next, revision, axis }, merge(parts, replies))
      }
    } catch (error) {
      lab.report(error)
    } finally {
      inFlight = false
    }
  }

  async function pumpMini(): Promise<void> {
    const revision = document.info?.revision
    const key = `${revision} ${document.opened} ${miniLayout.value.width} ${miniLayout.value.end}`
    if (key === miniKey || view.width <= 0 || revision === undefined) return
    const parts = partsOf(stretchesBetween(miniLayout.value, 0, miniLayout.value.width, document.sizes.page))
    const replies = await lab.request('maps', { parts, tracks: ['pages'], limit: 200 }, true)
    if (replies.some((reply) => reply.revision !== revision)) return
    mini.value = merge(parts, replies)
    miniKey = key
  }

  const merge = (parts: Params<'maps'>['parts'], replies: readonly MapReply[]): TrackData =>
    mergeParts(parts.flatMap(({ range }, i) => {
      const reply = replies[i]
      return reply ? [{ range, reply }] : []
    }), { start: view.layout.start, end: view.layout.end })

  function take(next: Covered, items: TrackData): void {
    const before = covered.value
    if (before && before.revision !== next.revision && openedAt === document.opened) {
      changes.value = { revision: next.revision, stretches: differences(before, data.value, next, items) }
    }
    openedAt = document.opened
    covered.value = next
    data.value = items
  }
  let openedAt = -1

  watch([() => document.info?.revision, () => view.layout, () => view.origin, () => view.width, miniLayout], () => void pump(), { flush: 'post', immediate: true })

  return { data, extent, mini, miniLayout, changes }
}

/** Compares what two revisions show of the stretch that both cover; lanes are matched by node and zone. */
function differences(before: Covered, old: TrackData, after: Covered, now: TrackData): readonly ChangedStretch[] {
  const addressAt = (covered: Covered, x: number): number => {
    const stretch = stretchesBetween(covered.layout, x, x + 1, 1)[0]
    return stretch ? stretch.start : x <= 0 ? covered.layout.start : covered.layout.end
  }
  const low = Math.max(addressAt(before, before.from), addressAt(after, after.from))
  const high = Math.min(addressAt(before, before.to), addressAt(after, after.to))
  const laneOf = (track: TrackId, lane: number): number => {
    if (track === 'zones') {
      const was = before.axis.lanes[lane]
      return after.axis.lanes.findIndex((l) => l.node === was?.node && l.zone === was.zone)
    }
    if (track === 'nodes') return after.axis.nodes.findIndex((n) => n.node === before.axis.nodes[lane]?.node)
    return lane
  }
  const cut = (data: TrackData, lanes: boolean): TrackData =>
    new Map([...data].map(([track, items]): [TrackId, readonly DrawItem[]] => [track, items.flatMap((item) => {
      const start = Math.max(item.start, low)
      const end = Math.min(item.end, high)
      return end > start ? [{ ...item, start, end, lane: lanes ? laneOf(track, item.lane) : item.lane }] : []
    })]))
  return changedStretches(cut(old, true), cut(now, false))
}
