/** Pointer and wheel on the map: pan, zoom, select, drag a range, work the minimap, open folds. */
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { Selection } from '../../preload/contract.ts'
import { useDocument } from '../stores/document.ts'
import { useSelection } from '../stores/selection.ts'
import { INSET, useView } from '../stores/view.ts'
import { pieceAt, toAddress, toX, type AxisLayout, type PlacedPiece } from './axis.ts'
import { HEADER, MINI_BOTTOM } from './draw/axis.ts'
import { draggedRange, itemAt, levelAt, selectionAt, zoneInFolded } from './hit.ts'
import type { DrawItem, TrackData } from './items.ts'
import { rowAt, type Row, type Rows } from './rows.ts'

/** What is under the pointer. x and y are canvas pixels. */
export interface Hover {
  readonly x: number
  readonly y: number
  readonly address: number
  readonly row: Row | undefined
  readonly item: DrawItem | undefined
  readonly fold: PlacedPiece | undefined
  readonly selection: Selection | undefined
}

export interface MapInputOptions {
  /** Receives pointer events; its left edge is the left edge of the canvas. */
  readonly surface: Ref<HTMLElement | null>
  readonly scroller: Ref<HTMLElement | null>
  readonly rows: () => Rows
  readonly data: () => TrackData
  readonly miniLayout: () => AxisLayout
}

const CLICK_PX = 4

export function useMapInput(options: MapInputOptions) {
  const view = useView()
  const document = useDocument()
  const selected = useSelection()
  const hover = shallowRef<Hover>()
  /** The range that is being dragged with Shift. */
  const drag = shallowRef<{ readonly start: number; readonly end: number }>()
  let down: { x: number; y: number; origin: number; top: number; mode: 'pan' | 'range' | 'mini'; moved: boolean } | undefined

  const place = (event: { clientX: number; clientY: number }): { x: number; y: number } => {
    const box = options.surface.value?.getBoundingClientRect()
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) }
  }
  const addressAt = (x: number): number => toAddress(view.layout, view.origin + x - INSET)

  function look({ x, y }: { x: number; y: number }): Hover {
    const worldX = view.origin + x - INSET
    const address = addressAt(x)
    const piece = pieceAt(view.layout, worldX)
    let row = y < HEADER ? undefined : rowAt(options.rows().rows, y - HEADER + (options.scroller.value?.scrollTop ?? 0))
    let item: DrawItem | undefined
    if (row && !row.collapsed && piece) {
      const lane = row.kind === 'resources' ? levelAt(y - HEADER + (options.scroller.value?.scrollTop ?? 0) - row.y) : row.lane
      const perPixel = (piece.end - piece.start) / Math.max(piece.x1 - piece.x0, 1e-9)
      item = itemAt(options.data().get(row.track) ?? [], lane, address, perPixel * 2)
      const zone = row.folded ? zoneInFolded(row, document.axis?.lanes ?? [], options.data().get('zones') ?? [], address, perPixel * 2) : undefined
      if (zone) ({ row, item } = zone)
    }
    const inHead = y < HEADER && y > MINI_BOTTOM + 6
    const foldable = piece?.kind === 'gap' && (piece.folded || piece.open)
    const fold = foldable && (inHead || (row !== undefined && !item && piece.folded)) ? piece : undefined
    const selection = row && !row.collapsed && !fold ? selectionAt(row, item, address, view.scale, document.sizes) : undefined
    return { x, y, address, row, item, fold, selection }
  }

  function moveMini(x: number): void {
    const address = toAddress(options.miniLayout(), x - INSET)
    view.setOrigin(toX(view.layout, address) - view.width / 2)
  }

  function onPointerDown(event: PointerEvent): void {
    if (event.button > 1) return
    const at = place(event)
    const mode = at.y <= MINI_BOTTOM + 6 ? 'mini' : event.shiftKey ? 'range' : 'pan'
    down = { ...at, origin: view.origin, top: options.scroller.value?.scrollTop ?? 0, mode, moved: false }
    options.surface.value?.setPointerCapture(event.pointerId)
    if (mode === 'mini') moveMini(at.x)
    if (mode === 'range') event.preventDefault()
  }
  function onPointerMove(event: PointerEvent): void {
    const at = place(event)
    if (!down) {
      hover.value = look(at)
      return
    }
    if (!down.moved && Math.hypot(at.x - down.x, at.y - down.y) < CLICK_PX) return
    down.moved = true
    if (down.mode === 'mini') moveMini(at.x)
    else if (down.mode === 'range') drag.value = draggedRange(addressAt(down.x), addressAt(at.x), view.scale, document.sizes)
    else {
      hover.value = undefined
      view.pan(down.origin - (at.x - down.x) - view.origin)
      if (options.scroller.value) options.scroller.value.scrollTop = down.top - (at.y - down.y)
    }
  }
  function onPointerUp(event: PointerEvent): void {
    const begun = down
    down = undefined
    if (!begun) return
    const at = place(event)
    if (begun.mode === 'range' && drag.value) selected.select({ kind: 'range', ...drag.value })
    else if (!begun.moved && begun.mode !== 'mini') {
      const there = look(at)
      if (there.fold) view.toggleFold(there.fold.start)
      else if (event.shiftKey && there.row) selected.select({ kind: 'range', ...draggedRange(there.address, there.address, view.scale, document.sizes) })
      else if (there.selection) selected.select(there.selection)
      else if (at.y > HEADER) selected.clear()
    }
    drag.value = undefined
    hover.value = look(at)
  }
  function onPointerCancel(): void {
    down = undefined
    drag.value = undefined
  }
  function onPointerLeave(): void {
    if (!down) hover.value = undefined
  }
  function onDoubleClick(event: MouseEvent): void {
    const there = look(place(event))
    if (there.item) view.fitRange(there.item.count > 1 && selected.range ? selected.range : there.item)
  }

  /** The wheel zooms where the pointer is; sideways or with Shift it pans; tracks that do not fit scroll from the gutter. */
  function onWheel(event: WheelEvent): void {
    event.preventDefault()
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1
    const dx = event.deltaX * unit
    const dy = event.deltaY * unit
    if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) {
      view.pan(event.shiftKey && dx === 0 ? dy : dx)
    } else {
      view.zoom(2 ** (-Math.max(-120, Math.min(120, dy)) / (event.ctrlKey ? 80 : 240)), place(event).x - INSET)
    }
    hover.value = look(place(event))
  }

  // A step changes what lies under a resting pointer.
  watch(options.data, () => {
    if (hover.value && !down) hover.value = look(hover.value)
  })

  const handlers: readonly [keyof HTMLElementEventMap, (event: never) => void, AddEventListenerOptions?][] = [
    ['pointerdown', onPointerDown], ['pointermove', onPointerMove], ['pointerup', onPointerUp], ['pointercancel', onPointerCancel],
    ['pointerleave', onPointerLeave], ['dblclick', onDoubleClick], ['wheel', onWheel, { passive: false }],
  ]
  watch(options.surface, (element, before) => {
    for (const [name, handler, how] of handlers) {
      before?.removeEventListener(name, handler as EventListener, how)
      element?.addEventListener(name, handler as EventListener, how)
    }
  }, { immediate: true })
  onScopeDispose(() => {
    for (const [name, handler, how] of handlers) options.surface.value?.removeEventListener(name, handler as EventListener, how)
  })

  return { hover, drag }
}
