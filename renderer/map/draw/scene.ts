/** All that a frame is drawn from. Plain values: drawing reads no store. */
import type { Axis } from '../../../preload/contract.ts'
import { pieceAt, toX, type AxisLayout } from '../axis.ts'
import type { Sizes } from '../hit.ts'
import type { TrackData } from '../items.ts'
import type { Row } from '../rows.ts'
import type { Pen } from './pen.ts'

export interface Scene {
  readonly pen: Pen
  readonly axis: Axis
  readonly layout: AxisLayout
  /** World x at the left end of the axis, and where that end stands on the canvas. */
  readonly origin: number
  readonly inset: number
  readonly width: number
  readonly sizes: Sizes
  readonly digits: number
  readonly data: TrackData
  /** Addresses that `data` is complete for: what ends beyond them is not known. */
  readonly known: { readonly start: number; readonly end: number }
  readonly rows: readonly Row[]
  /** Canvas y of the rows' top, scrolled. */
  readonly rowsTop: number
  readonly selected: { readonly start: number; readonly end: number } | undefined
}

/** Canvas x of an address. */
export const xOf = (scene: Scene, address: number): number => scene.inset + toX(scene.layout, address) - scene.origin

/** Where on the canvas an item lies, and the part of it that is in view. */
export function extent(scene: Scene, item: { readonly start: number; readonly end: number }) {
  const x0 = xOf(scene, item.start)
  const x1 = xOf(scene, item.end)
  return { x0, x1, seen0: Math.max(x0, 0), seen1: Math.min(x1, scene.width) }
}

/** Canvas x of the next fold edge after a place: a name belongs to its own side of a fold. */
export function edgeAfter(scene: Scene, x: number): number {
  const at = pieceAt(scene.layout, x - scene.inset + scene.origin - 1)
  if (!at) return Infinity
  const edge = at.folded ? at.x1 : (scene.layout.pieces.find((piece) => piece.folded && piece.x0 >= at.x1 - 0.01)?.x0 ?? Infinity)
  return scene.inset + edge - scene.origin
}
