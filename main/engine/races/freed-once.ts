/** I14 for deferred struct pages: what was handed to the buddy allocator since the threads began is what became initialised, page for page. */
import type { StateInvariant } from '../executors/explore/question.ts'
import type { Kernel } from '../state/kernel.ts'
import { PAGE, pageNode, pageReserved, pageState, pageZone } from '../state/page.ts'
import type { Reader } from '../state/reader.ts'
import type { Zone } from '../state/zone.ts'

const freePages = (k: Kernel, reader: Reader, zone: Zone): number => {
  const start = reader.cell(zone.startPfn)
  let pages = 0
  reader.eachRun([k.page], start, start + reader.cell(zone.spanned), (s, e, page) => {
    if (pageState(page ?? 0) === PAGE.online && !pageReserved(page ?? 0) && pageNode(page ?? 0) === zone.node.id && pageZone(page ?? 0) === zone.index) pages += e - s
  })
  return pages
}

export function freedOnce(k: Kernel, base: Reader): StateInvariant {
  const zones = k.nodeIds.flatMap((id) => k.node(id).zones.filter((z) => base.cell(z.present) > 0))
  const before = zones.map((z) => base.cell(z.managed) - freePages(k, base, z))
  return {
    id: 'I14', title: 'each struct page is initialised once, and freed to the buddy allocator once', scope: 'quiescent',
    judge: (kernel, reader) => {
      for (const [i, zone] of zones.entries()) {
        const twice = reader.cell(zone.managed) - freePages(kernel, reader, zone) - before[i]!
        if (twice > 0) return `${twice} pages of zone ${zone.node.id}/${zone.name} were freed to the buddy allocator twice`
      }
      return undefined
    },
  }
}
