/** The boot of a machine as threads: the boot CPU, and a thread a node for struct pages that were left for later. */
import type { Booted } from '../boot/boot.ts'
import type { ThreadSpec } from '../executors/time/timed-thread.ts'
import { bootMemmapInit, deferredInitMemmap, pageAllocInitLate } from '../kernel/deferred-init.ts'
import { bind, type Bound } from '../operation-of.ts'
import type { Node } from '../state/node.ts'
import { PAGE, pageReserved, pageState } from '../state/page.ts'
import type { Zone } from '../state/zone.ts'

/**
 * Puts a booted machine back to where memmap_init() leaves it with CONFIG_DEFERRED_STRUCT_PAGE_INIT: of each node's last zone one section or a
 * little more is initialised (defer_init()), of the rest only what is reserved. v4.17+.
 */
export function deferStructPages({ kernel: k, store, memory }: Booted): void {
  for (const node of k.nodes.values()) {
    const zone = node.zones.findLast((z) => store.cell(z.present) > 0)
    if (!zone) continue
    const end = store.cell(zone.startPfn) + store.cell(zone.spanned)
    const first = firstDeferred(k.pagesPerSection, memory.filter((m) => m.node === node.id), store.cell(zone.startPfn), end)
    store.setCell(zone.contiguous, 0)
    if (first === undefined) continue
    store.setCell(node.firstDeferredPfn, first)
    let left = 0
    store.eachRun([k.page], first, end, (s, e, page) => {
      if (pageState(page ?? 0) !== PAGE.online || pageReserved(page ?? 0)) return
      store.setField(k.page, s, e, PAGE.garbage)
      left += e - s
    })
    store.setCell(zone.managed, store.cell(zone.managed) - left)
  }
  store.setCell(k.deferredPages, 1)
}

/** defer_init(): more than a section of pages was initialised, and the pfn is the first of a section. */
function firstDeferred(section: number, memory: readonly { readonly start: number; readonly end: number }[], zoneStart: number, zoneEnd: number): number | undefined {
  let initialised = 0
  for (const m of memory) {
    const [start, end] = [Math.max(m.start, zoneStart), Math.min(m.end, zoneEnd)]
    if (end <= start) continue
    // the first border of a section at which more than a section lies behind
    const pfn = Math.ceil((start + Math.max(0, section - initialised)) / section) * section
    if (pfn < end) return pfn
    initialised += end - start
  }
  return undefined
}

/** swapper, and pgdatinitN for each node with memory; on its own CPUs, or on those of the boot CPU's node where it has none. */
export function bootThreads({ kernel: k, store }: Booted, deferred: boolean): readonly ThreadSpec[] {
  const nodes = k.nodeIds.map((id) => k.node(id))
  const bootNode = nodes.find((n) => n.cpus > 0) ?? nodes[0]!
  const withMemory = nodes.filter((n) => n.zones.some((z: Zone) => store.cell(z.present) > 0))
  const pgdatinit = (node: Node): ThreadSpec => once(`pgdatinit${node.id}`, node.cpus > 0 ? node.id : bootNode.id, [['deferred_init_memmap', bind(deferredInitMemmap, node)]])
  return [
    once('swapper', bootNode.id, [['memmap_init', bind(bootMemmapInit)], ['page_alloc_init_late', bind(pageAllocInitLate)]]),
    ...(deferred ? withMemory.map(pgdatinit) : []),
  ]
}

function once(name: string, node: number, operations: readonly (readonly [text: string, bound: Bound])[]): ThreadSpec {
  let i = 0
  return {
    name, node, cpu: -1, start: 0,
    next: () => {
      const of = operations[i++]
      return of && { text: of[0], bound: of[1] }
    },
  }
}
