/** Page maps: one bar a dev_pagemap, the part that its altmap keeps in front of what the driver gets. */
import { exactSize } from '../../ui/format.ts'
import type { DrawItem } from '../items.ts'
import { fitLabel, fitName } from '../labels.ts'
import { patternOf } from '../palette.ts'
import type { Row } from '../rows.ts'
import { extent, xOf, type Scene } from './scene.ts'

const LINE = 12
/** Narrower altmaps than this would not show their pattern; where the device has room for it, they are drawn so wide. */
const LEAST_ALTMAP_PX = 3
const ROOM_PX = 12

export function drawPageMaps(scene: Scene, row: Row, y: number): void {
  const items = scene.data.get('pagemaps') ?? []
  const altmaps = new Map(items.flatMap((item) => (item.state === 'altmap' && item.nr !== undefined ? [[item.nr, item]] : [])))
  const bottom = y + row.height
  const { pen } = scene
  const zone = pen.palette.zones.Device
  for (const item of items) {
    const { x0, x1, seen0, seen1 } = extent(scene, item)
    if (seen1 < -20 || seen0 > scene.width + 20) continue
    pen.bar(x0, y, x1, bottom, patternOf(item.state), zone)
  }
  // An altmap is a small part of its device, and the part that must be seen.
  for (const item of items) {
    const altmap = item.state === 'device' && item.nr !== undefined ? altmaps.get(item.nr) : undefined
    if (!altmap) continue
    const { x0, x1 } = extent(scene, altmap)
    const isThin = x1 - x0 < LEAST_ALTMAP_PX && xOf(scene, item.end) - x0 >= ROOM_PX
    if (isThin && x1 >= 0 && x0 <= scene.width) pen.bar(x0, y, x0 + LEAST_ALTMAP_PX, bottom, 'cross', zone)
  }
  for (const altmap of altmaps.values()) {
    const { seen0, seen1 } = extent(scene, altmap)
    const text = altmap.packed ? undefined : fitLabel([`${altmap.label}: ${altmap.detail ?? ''}`, altmap.label, 'altmap'], seen1 - seen0 - 6)
    if (text !== undefined) pen.text(text, (seen0 + seen1) / 2, (y + bottom) / 2, { colour: pen.palette.ink1, align: 'center', plate: zone.light })
  }
  for (const item of items) if (item.state !== 'altmap' && !item.packed) drawWords(scene, row, y, item, item.nr === undefined ? undefined : altmaps.get(item.nr))
}

function drawWords(scene: Scene, row: Row, y: number, item: DrawItem, altmap: DrawItem | undefined): void {
  const { pen, sizes } = scene
  const { seen0, seen1 } = extent(scene, item)
  const left = altmap ? Math.max(seen0, xOf(scene, altmap.start) + LEAST_ALTMAP_PX) : seen0
  const width = seen1 - left - 6
  const name = item.device ?? item.label
  const type = typeWord(item)
  const kept = altmap ? (altmap.end - altmap.start) / sizes.page : 0
  const stored = altmap
    ? fitLabel([`altmap ${kept} pfn, ${exactSize(altmap.end - altmap.start)}`, `altmap ${kept} pfn`, 'altmap'], width)
    : fitLabel(['no altmap'], width)
  const both = fitLabel([`${name} ${type}`], width)
  const lines = [...(both === undefined ? [fitName(name, width), fitLabel([type, type.slice(0, 3)], width)] : [both]), stored]
    .filter((line) => line !== undefined).slice(0, Math.floor((row.height - 4) / LINE))
  const top = y + row.height / 2 - ((lines.length - 1) * LINE) / 2
  lines.forEach((line, i) => pen.text(line, left + 6, top + i * LINE, { colour: i === 0 ? pen.palette.ink1 : pen.palette.ink2 }))
}

/** "pmem0 · fs-dax" → FS_DAX, as in MEMORY_DEVICE_FS_DAX. */
const typeWord = (item: DrawItem): string => (item.label.split(' · ').at(-1) ?? '').toUpperCase().replaceAll('-', '_')
