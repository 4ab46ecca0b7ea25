/** Pointer and wheel on the two maps: both pan and zoom as one; a click selects in both. */
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { Selection } from '../../preload/contract.ts'
import { pieceAt, toAddress, type PlacedPiece } from '../map/axis.ts'
import { draggedRange, itemAt, levelAt, selectionAt, zoneInFolded } from '../map/hit.ts'
import type { DrawItem } from '../map/items.ts'
import { rowAt, type Row } from '../map/rows.ts'
import { useDocument } from '../stores/document.ts'
import { useSelection } from '../stores/selection.ts'
import { INSET, useView } from '../stores/view.ts'
import type { Places } from './draw.ts'
import type { Axis } from '../../preload/contract.ts'
import type { TrackData } from '../map/items.ts'

export interface ComparedHover {
  readonly x: number
  readonly y: number
  readonly address: number
  readonly side: 'a' | 'b'
  readonly row: Row | undefined
  readonly item: DrawItem | undefined
  readonly fold: PlacedPiece | undefined
  readonly selection: Selection | undefined
}

export interface ComparedInput {
  readonly surface: Ref<HTMLElement | null>
  readonly places: () => Places
  readonly rows: () => readonly Row[]
  readonly data: (side: 'a' | 'b') => TrackData
  readonly axis: (side: 'a' | 'b') => Axis | undefined
}

const CLICK_PX = 4

export function useCompareInput(options: ComparedInput) {
  const view = useView()
  const document = useDocument()
  const selected = useSelection()
  const hover = shallowRef<ComparedHover>()
  let down: { x: number; y: number; origin: number; range: boolean; moved: boolean } | undefined

  const place = (event: { clientX: number; clientY: number }): { x: number; y: number } => {
    const box = options.surface.value?.getBoundingClientRect()
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) }
  }
  const addressAt = (x: number): number => toAddress(view.layout, view.origin + x - INSET)

  function look({ x, y }: { x: number; y: number }): ComparedHover {
    const places = options.places()
    const side = y < places.axis ? 'a' : 'b'
    const yInRows = y - places[side]
    const worldX = view.origin + x - INSET
    const address = addressAt(x)
    const piece = pieceAt(view.layout, worldX)
    let row = yInRows < 0 ? undefined : rowAt(options.rows(), yInRows)
    let item: DrawItem | undefined
    if (row && !row.collapsed && piece) {
      const data = options.data(side)
      const lane = row.kind === 'resources' ? levelAt(yInRows - row.y) : row.lane
      const perPixel = (piece.end - piece.start) / Math.max(piece.x1 - piece.x0, 1e-9)
      item = itemAt(data.get(row.track) ?? [], lane, address, perPixel * 2)
      const zone = row.folded ? zoneInFolded(row, options.axis(side)?.lanes ?? [], data.get('zones') ?? [], address, perPixel * 2) : undefined
      if (zone) ({ row, item } = zone)
    }
    const inAxis = y >= places.axis && y < places.b
    const fold = piece?.kind === 'gap' && (piece.folded || piece.open) && (inAxis || (row !== undefined && !item && piece.folded)) ? piece : undefined
    const selection = row && !row.collapsed && !fold ? selectionAt(row, item, address, view.scale, document.sizes) : undefined
    return { x, y, address, side, row, item, fold, selection }
  }

  function onPointerDown(event: PointerEvent): void {
    if (event.button > 1) return
    down = { ...place(event), origin: view.origin, range: event.shiftKey, moved: false }
    options.surface.value?.setPointerCapture(event.pointerId)
  }
  function onPointerMove(event: PointerEvent): void {
    const at = place(event)
    if (!down) {
      hover.value = look(at)
      return
    }
    if (!down.moved && Math.hypot(at.x - down.x, at.y - down.y) < CLICK_PX) return
    down.moved = true
    if (down.range) selected.select({ kind: 'range', ...draggedRange(addressAt(down.x), addressAt(at.x), view.scale, document.sizes) })
    else view.pan(down.origin - (at.x - down.x) - view.origin)
  }
  function onPointerUp(event: PointerEvent): void {
    const begun = down
    down = undefined
    const at = place(event)
    if (begun && !begun.moved) {
      const there = look(at)
      if (there.fold) view.toggleFold(there.fold.start)
      else if (there.selection) selected.select(there.selection)
      else selected.clear()
    }
    hover.value = look(at)
  }
  const onPointerCancel = (): void => void (down = undefined)
  function onPointerLeave(): void {
    if (!down) hover.value = undefined
  }
  function onWheel(event: WheelEvent): void {
    event.preventDefault()
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit]
    if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) view.pan(event.shiftKey && dx === 0 ? dy : dx)
    else view.zoom(2 ** (-Math.max(-120, Math.min(120, dy)) / (event.ctrlKey ? 80 : 240)), place(event).x - INSET)
    hover.value = look(place(event))
  }
  function onDoubleClick(event: MouseEvent): void {
    const { item } = look(place(event))
    if (item) view.fitRange(item)
  }

  const handlers: readonly [keyof HTMLElementEventMap, (event: never) => void, AddEventListenerOptions?][] = [
    ['pointerdown', onPointerDown], ['pointermove', onPointerMove], ['pointerup', onPointerUp], ['pointercancel', onPointerCancel],
    ['pointerleave', onPointerLeave], ['dblclick', onDoubleClick], ['wheel', onWheel, { passive: false }],
  ]
  const listen = (element: HTMLElement | null | undefined, on: boolean): void => {
    for (const [name, handler, how] of handlers) {
      if (on) element?.addEventListener(name, handler as EventListener, how)
      else element?.removeEventListener(name, handler as EventListener, how)
    }
  }
  watch(options.surface, (element, before) => {
    listen(before, false)
    listen(element, true)
  }, { immediate: true })
  onScopeDispose(() => listen(options.surface.value, false))
  return hover
}
