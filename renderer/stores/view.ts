/** Where the map looks: scale, origin and open folds. Changes animate for 120 ms unless motion is not wanted. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { Axis } from '../../preload/contract.ts'
import { layoutAxis, piecesOf, toAddress, toX } from '../map/axis.ts'
import { fitScale, maxScale, scaleFor, snapScale } from '../map/scale.ts'
import { useDocument } from './document.ts'
import { usePrefs } from './prefs.ts'

/** Neighbours peek in by this much at both ends of the axis. */
export const INSET = 16
const ANIMATION = 120

export const useView = defineStore('view', () => {
  const document = useDocument()
  const prefs = usePrefs()
  /** Width of the axis between its insets. */
  const width = ref(0)
  /** As zoomed, before snapping; so that many small steps of the wheel add up. */
  const rawScale = ref(0)
  /** World x at the left end of the axis. */
  const origin = ref(0)
  const opened = shallowRef<ReadonlySet<number>>(new Set())
  /** The whole space is shown and stays shown when the window or the machine grows. */
  const fitted = ref(true)
  const moving = ref(false)

  /** The axis of two machines together, while they are compared; else the document's. */
  const common = shallowRef<Pick<Axis, 'segments' | 'spaceEnd'>>()
  const shown = computed(() => common.value ?? document.axis)

  const grains = computed(() => document.sizes)
  const pieces = computed(() => piecesOf(shown.value?.segments ?? [], shown.value?.spaceEnd ?? 0, opened.value))
  const lowest = computed(() => fitScale(pieces.value, Math.max(50, width.value), grains.value))
  const scale = computed(() => Math.max(lowest.value, moving.value ? rawScale.value : snapScale(rawScale.value, grains.value)))
  const layout = computed(() => layoutAxis(pieces.value, scale.value))

  const clampOrigin = (x: number, layoutWidth = layout.value.width): number =>
    Math.round(Math.min(Math.max(x, 0), Math.max(0, layoutWidth - width.value)))

  let frame = 0
  function apply(nextScale: number, nextOrigin: number): void {
    rawScale.value = Math.min(Math.max(nextScale, lowest.value), maxScale(grains.value))
    origin.value = clampOrigin(nextOrigin)
  }

  /** Moves to a scale and to the address that shall stand at the left end. */
  function moveTo(target: number, leftAddress: number, animate = true): void {
    cancelAnimationFrame(frame)
    moving.value = false
    const clamped = Math.min(Math.max(target, lowest.value), maxScale(grains.value))
    const snapped = Math.max(lowest.value, snapScale(clamped, grains.value))
    const end = (): void => {
      moving.value = false
      apply(clamped, toX(layoutAxis(pieces.value, snapped), leftAddress))
    }
    if (!animate || prefs.still || scale.value === 0) return end()
    const from = { scale: scale.value, left: toAddress(layout.value, origin.value) }
    const begun = performance.now()
    const step = (now: number): void => {
      const t = Math.min(1, (now - begun) / ANIMATION)
      if (t >= 1) return end()
      const eased = 1 - (1 - t) ** 3
      moving.value = true
      rawScale.value = from.scale * (snapped / from.scale) ** eased
      origin.value = toX(layout.value, from.left + (leftAddress - from.left) * eased)
      frame = requestAnimationFrame(step)
    }
    frame = requestAnimationFrame(step)
  }

  function fitAll(animate = true): void {
    fitted.value = true
    moveTo(lowest.value, 0, animate)
  }

  /** Shows a range with some of its surroundings. */
  function fitRange(range: { readonly start: number; readonly end: number }): void {
    const bytes = Math.max(range.end - range.start, grains.value.page)
    fitted.value = false
    const target = snapScale(scaleFor(bytes * 1.25, width.value, lowest.value, grains.value), grains.value)
    const world = layoutAxis(pieces.value, Math.max(target, lowest.value))
    const middle = (toX(world, range.start) + toX(world, range.end)) / 2
    moveTo(target, toAddress(world, middle - width.value / 2))
  }

  /** Scrolls a range into view without changing the scale. */
  function reveal(range: { readonly start: number; readonly end: number }): void {
    const x0 = toX(layout.value, range.start)
    const x1 = toX(layout.value, range.end)
    if (x0 >= origin.value && x1 <= origin.value + width.value) return
    if (x0 <= origin.value && x1 >= origin.value + width.value) return
    fitted.value = false
    const left = x1 - x0 > width.value ? x0 : (x0 + x1) / 2 - width.value / 2
    moveTo(rawScale.value, toAddress(layout.value, clampOrigin(left)))
  }

  /** Zooms by a factor around a place given in pixels from the left end of the axis. */
  function zoom(factor: number, at = width.value / 2): void {
    cancelAnimationFrame(frame)
    moving.value = false
    const address = toAddress(layout.value, origin.value + at)
    const next = Math.min(Math.max(rawScale.value * factor, lowest.value), maxScale(grains.value))
    fitted.value = next <= lowest.value
    rawScale.value = next
    origin.value = clampOrigin(toX(layout.value, address) - at)
  }

  function pan(px: number): void {
    if (px === 0) return
    origin.value = clampOrigin(origin.value + px)
    if (layout.value.width > width.value + 1) fitted.value = false
  }

  /** Opens a folded gap, or folds it again, keeping its left edge where it is. */
  function toggleFold(start: number): void {
    const at = toX(layout.value, start) - origin.value
    const next = new Set(opened.value)
    if (!next.delete(start)) next.add(start)
    const wasFitted = fitted.value
    opened.value = next
    if (wasFitted && !next.has(start)) return fitAll()
    fitted.value = false
    const piece = pieces.value.find((p) => p.start === start)
    if (piece?.open && piece.kind === 'gap' && (piece.end - piece.start) * scale.value > 3 * width.value) {
      return fitRange({ start: piece.start, end: piece.end })
    }
    apply(rawScale.value, toX(layout.value, start) - at)
  }

  watch([() => document.opened, () => document.axis !== undefined], () => {
    opened.value = new Set()
    fitAll(false)
  })
  // A step that brings new segments, or a new width, keeps the whole space in view or the left address in place.
  watch([width, shown], ([, axis], [, before]) => {
    if (fitted.value || rawScale.value === 0) fitAll(axis !== before && before !== undefined)
    else origin.value = clampOrigin(origin.value)
  })

  return {
    common, width, scale, origin, layout, pieces, fitted, opened, moving, rawScale,
    fitAll, fitRange, reveal, zoom, pan, toggleFold,
    setOrigin: (x: number) => {
      origin.value = clampOrigin(x)
      fitted.value = layout.value.width <= width.value + 1
    },
  }
})
