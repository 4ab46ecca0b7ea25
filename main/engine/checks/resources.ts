/** The resource tree, and who owns hot-added RAM. I4, I11. */
import { MEM } from '../state/block.ts'
import { PAGE, pageState } from '../state/page.ts'
import type { Resource } from '../state/resource-tree.ts'
import { SECTION } from '../state/section.ts'
import { hex } from '../units.ts'
import { fromBoot } from './pfn-walkers.ts'
import { busySystemRam, uncovered } from './ram-ranges.ts'
import type { Check } from './result.ts'
import { pfns } from './wording.ts'

const named = (r: Resource): string => `"${r.name}" ${hex(r.start)}-${hex(r.end - 1)}`

/** The first resource below `parent` that is out of place. */
function misplaced(parent: Resource): string | undefined {
  let before: Resource | undefined
  for (const c of parent.children) {
    if (c.end <= c.start) return `${named(c)} is empty`
    if (c.start < parent.start || c.end > parent.end) return `${named(c)} sticks out of its parent ${named(parent)}`
    if (before && c.start < before.end) return `${named(before)} and ${named(c)} overlap or are out of order`
    const below = misplaced(c)
    if (below !== undefined) return below
    before = c
  }
  return undefined
}

/** I4 */
export const resourceTree: Check = (k, store) => {
  const broken = misplaced(store.ref(k.iomem))
  if (broken !== undefined) return { broken }
  // System RAM whose memory is gone: a remove over the border of two resources, or of part of one with children
  for (const { start, end } of busySystemRam(k, store)) {
    let gone: string | undefined
    store.eachRun([k.sectionFlags], start, end, (s, e, flags) => {
      if (flags === 0) gone = `System RAM stays in the tree over ${pfns(s, e)}, whose memory was removed: release_mem_region_adjustable() found no resource to cut`
      return gone === undefined
    })
    if (gone !== undefined) return { byDesign: gone }
  }
  return {}
}

/** I11, for RAM: what was hot-added, or is in the buddy, has its owner's claim in the tree. */
export const ramHasOwner: Check = (k, store) => {
  const ram = busySystemRam(k, store)
  let broken: string | undefined
  store.eachRun([k.page, k.sectionFlags, k.blockState, k.sectionUsage], 0, k.pluggableEnd / k.pageSize, (s, e, page, flags, block, usage) => {
    const hotAdded = ((flags ?? 0) & SECTION.present) !== 0 && !fromBoot(k, flags ?? 0, usage ?? 0) && block !== MEM.none
    if (!hotAdded && pageState(page ?? 0) !== PAGE.online) return true
    const bare = uncovered(ram, s, e)
    if (bare) broken = `${pfns(bare.start, bare.end)} are RAM, and no busy System RAM resource covers them`
    return broken === undefined
  })
  return { broken }
}
