/**
 * Taking over a machine that was already running when it was seen. Boot derived one from what the same text says of memory;
 * blocks and zones are now set as the text told them, and everything that no text shows (struct pages, sections, counts) is
 * made to follow, so that the machine obeys the same rules as one that came there by itself.
 */
import type { RunExecutor } from '../executors/run.ts'
import { setZoneContiguous } from '../kernel/zone-contiguous.ts'
import type { Adopted } from '../machine/description.ts'
import { MEM } from '../state/block.ts'
import type { Kernel } from '../state/kernel.ts'
import type { RangeStore } from '../state/range-store.ts'
import { ZONE } from '../state/zone.ts'
import { adoptBlocks, claimHotAdded } from './adopt-blocks.ts'
import { placePages } from './adopt-pages.ts'
import { adoptZones, bootSpansOf, toldZones } from './adopt-zones.ts'
import { forgetReserved, guessReserved, reserveKernelImage } from './boot-reserved.ts'

export function adopt(k: Kernel, store: RangeStore, executor: RunExecutor, seen: Adopted): void {
  const boot = bootSpansOf(k, store)
  const told = toldZones(k, seen)
  const guessed = k.description.observed?.reserved === undefined
  if (guessed) forgetReserved(k, store)
  adoptBlocks(k, store, seen.blocks ?? [], told)
  claimHotAdded(k, store)
  if (told.length > 0) placePages(k, store, told, seen.blocks ?? [])
  if (guessed && told.length === 0) guessReserved(k, store)
  else if (guessed) reserveKernelImage(k, store)
  adoptZones(k, store, told, boot)
  adoptNodes(k, store)
  for (const node of k.nodes.values())
    for (const zone of node.zones) {
      if (zone.index === ZONE.DEVICE) continue
      store.setCell(zone.contiguous, 0)
      if (store.cell(zone.present) > 0) executor.run(setZoneContiguous, zone)
    }
}

/** A node's span is the hull of its zones' once memory came or went; before that it is boot's sum, which is kept where it is as long. */
function adoptNodes(k: Kernel, store: RangeStore): void {
  for (const node of k.nodes.values()) {
    const spans = node.zones.filter((z) => store.cell(z.spanned) > 0)
    const start = spans.length ? Math.min(...spans.map((z) => store.cell(z.startPfn))) : 0
    const end = Math.max(0, ...spans.map((z) => store.cell(z.startPfn) + store.cell(z.spanned)))
    store.setCell(node.startPfn, start)
    store.setCell(node.spanned, end - start)
    store.setCell(node.present, node.zones.reduce((n, z) => n + store.cell(z.present), 0))
    store.setCell(node.nrZones, Math.max(store.cell(node.nrZones), ...spans.map((z) => z.index + 1)))
    store.setCell(node.hasMemory, store.cell(node.present) > 0 ? 1 : 0)
    store.setCell(node.hasNormalMemory, node.zones.some((z) => z.index <= ZONE.NORMAL && store.cell(z.present) > 0) ? 1 : 0)
    const blocks = store.scan([k.blockState, k.blockNode], 0, k.pluggableEnd / k.pageSize, k.pagesPerBlock, (state, nid) => state !== MEM.none && nid === node.id + 1)
    if (spans.length > 0 || blocks >= 0) {
      store.setCell(node.online, 1)
      store.setCell(node.hasData, 1)
    }
  }
}
