/**
 * A device-dax instance (daxN.0) and its two drivers: device_dax, which gives it struct pages and a character device, and kmem,
 * which gives it to the kernel as RAM. drivers/dax/device.c and kmem.c, v6.1. A type keeps a DevDax among its notes.
 */
import type { MachineView } from '../device-type.ts'
import { ERRNO, kernel, type AltmapPages, type DeviceMemo, type Steps } from '../steps.ts'

/** Plain data, so that it can stand in a device's notes. Bytes; ends exclusive. The functions here change it as they go. */
export interface DevDax {
  /** "dax0.0"; empty while there is no instance. */
  daxName: string
  /** dev_dax->ranges[0] */
  daxStart: number
  daxEnd: number
  /** dax_region->align: of mappings, and the size of a compound device page. */
  daxAlign: number
  /** What the page map covers: more than the range where a namespace's info area lies in front. */
  pgmapStart: number
  pgmapEnd: number
  /** Altmap in pages; both 0 for none. */
  pgmapReserve: number
  pgmapFree: number
  /** dev_to_node(), where its struct pages live, and dev_dax->target_node, where its RAM goes. */
  numaNode: number
  targetNode: number
  /** Driver that is bound. */
  daxDriver: 'none' | 'device_dax' | 'kmem'
  /** Id that memremap_pages answered; 0 for none. */
  daxPgmap: number
  /** kmem's own region, kept as long as its memory could not be taken back; both 0 for none. */
  kmemStart: number
  kmemEnd: number
  /** Memory group; 0 for none. */
  mgid: number
}

export const NO_DEV_DAX: DevDax = {
  daxName: '', daxStart: 0, daxEnd: 0, daxAlign: 0, pgmapStart: 0, pgmapEnd: 0, pgmapReserve: 0, pgmapFree: 0, numaNode: -1, targetNode: -1,
  daxDriver: 'none', daxPgmap: 0, kmemStart: 0, kmemEnd: 0, mgid: 0,
}

/** A new instance without a driver. `altmap` and a page map wider than the range come from libnvdimm; others have neither. */
export const devDax = (name: string, range: { readonly start: number; readonly end: number }, align: number, nodes: { readonly numa: number; readonly target: number },
  pgmap: { readonly start: number; readonly end: number } = range, altmap: AltmapPages | undefined = undefined): DevDax => ({
  ...NO_DEV_DAX, daxName: name, daxStart: range.start, daxEnd: range.end, daxAlign: align, numaNode: nodes.numa, targetNode: nodes.target,
  pgmapStart: pgmap.start, pgmapEnd: pgmap.end, pgmapReserve: altmap?.reserve ?? 0, pgmapFree: altmap?.free ?? 0,
})

/** What the lab is told of it: regions, page maps, RAM. */
export const heldByDax = (d: DevDax): Pick<DeviceMemo, 'regions' | 'pgmaps' | 'ram'> => ({
  regions: [
    ...(d.daxDriver === 'device_dax' ? [{ start: d.daxStart, end: d.daxEnd, name: d.daxName, release: 'driver' as const }] : []),
    // given back only when the memory could be removed
    ...(d.kmemEnd > 0 ? [{ start: d.kmemStart, end: d.kmemEnd, name: d.daxName, release: 'driver' as const }] : []),
  ],
  pgmaps: d.daxPgmap > 0 ? [d.daxPgmap] : [],
  ram: d.kmemEnd > 0 ? [{ start: d.kmemStart, end: d.kmemEnd }] : [],
})

const range = (start: number, end: number): string => `0x${start.toString(16)}-0x${(end - 1).toString(16)}`

/** dev_dax_probe(): claims the range, then maps it as MEMORY_DEVICE_GENERIC, with compound device pages where the alignment is larger than a page. */
export function* devDaxProbe(d: DevDax, machine: MachineView): Steps {
  // devm_request_mem_region
  let err = yield kernel.requestMemRegion(d.daxStart, d.daxEnd - d.daxStart, d.daxName)
  if (err < 0) {
    yield kernel.print(4, `device_dax ${d.daxName}: mapping0: ${range(d.daxStart, d.daxEnd)} could not reserve range`)
    return err
  }
  const altmap = d.pgmapReserve + d.pgmapFree > 0 ? { reserve: d.pgmapReserve, free: d.pgmapFree } : undefined
  const vmemmapShift = Math.ceil(Math.log2(Math.max(1, d.daxAlign / machine.pageSize)))
  // devm_memremap_pages
  err = yield kernel.memremapPages({ type: 'generic', start: d.pgmapStart, size: d.pgmapEnd - d.pgmapStart, node: d.numaNode, vmemmapShift, ...(altmap ? { altmap } : {}) })
  if (err < 0) {
    yield kernel.releaseMemRegion(d.daxStart, d.daxEnd - d.daxStart)
    return err
  }
  d.daxPgmap = err
  d.daxDriver = 'device_dax'
  return 0
}

/** device_driver_attach(): -EBUSY while a driver is bound. */
export function* daxBind(d: DevDax, driver: 'device_dax' | 'kmem', machine: MachineView): Steps {
  if (d.daxDriver !== 'none') return yield kernel.fail(ERRNO.EBUSY, `${d.daxDriver} is bound to ${d.daxName}`)
  return driver === 'kmem' ? yield* devDaxKmemProbe(d, machine) : yield* devDaxProbe(d, machine)
}

/** Unbinds whatever driver is bound. Always succeeds, as an unbind does; kmem may leave its memory behind. */
export function* daxUnbind(d: DevDax): Steps {
  if (d.daxDriver === 'kmem') yield* devDaxKmemRemove(d)
  if (d.daxDriver === 'device_dax') {
    // devm actions, last one first
    yield kernel.memunmapPages(d.daxPgmap)
    d.daxPgmap = 0
    yield kernel.releaseMemRegion(d.daxStart, d.daxEnd - d.daxStart)
  }
  d.daxDriver = 'none'
  return 0
}

/** dax_kmem_range(): the whole memory blocks inside the range; undefined when there is none. */
export function daxKmemRange(d: DevDax, machine: MachineView): { readonly start: number; readonly end: number } | undefined {
  const start = Math.ceil(d.daxStart / machine.blockSize) * machine.blockSize
  const end = Math.floor(d.daxEnd / machine.blockSize) * machine.blockSize
  return start < end ? { start, end } : undefined
}

/** dev_dax_kmem_probe(): a static memory group, a region of its own that is System RAM but not busy, and below it the RAM. */
export function* devDaxKmemProbe(d: DevDax, machine: MachineView): Steps {
  const say = (text: string) => kernel.print(4, `kmem ${d.daxName}: ${text}`)
  if (d.targetNode < 0) {
    yield say(`rejecting DAX region with invalid node: ${d.targetNode}`)
    return yield kernel.fail(ERRNO.EINVAL, 'kmem needs a target node')
  }
  const blocks = daxKmemRange(d, machine)
  if (!blocks) {
    yield kernel.print(6, `kmem ${d.daxName}: mapping0: ${range(d.daxStart, d.daxEnd)} too small after alignment`)
    yield say('rejecting DAX region without any memory after alignment')
    return yield kernel.fail(ERRNO.EINVAL, `no whole memory block of 0x${machine.blockSize.toString(16)} bytes inside the device`)
  }
  const size = blocks.end - blocks.start
  const mgid = yield kernel.memoryGroupRegister(d.targetNode, size)
  if (mgid < 0) return mgid
  let err = yield kernel.requestMemRegion(blocks.start, size, d.daxName)
  if (err < 0) {
    yield say(`mapping0: ${range(blocks.start, blocks.end)} could not reserve region`)
    yield kernel.memoryGroupUnregister(mgid)
    return err
  }
  // res->flags = IORESOURCE_SYSTEM_RAM: not busy, so that add_memory() can put a child in
  yield kernel.setResourceFlags(blocks.start, blocks.end, d.daxName, { busy: false, sysram: true })
  err = yield kernel.addMemoryDriverManaged(d.targetNode, blocks.start, size, 'System RAM (kmem)', mgid)
  if (err < 0) {
    yield say(`mapping0: ${range(blocks.start, blocks.end)} memory add failed`)
    yield kernel.removeResource(blocks.start, blocks.end, d.daxName)
    yield kernel.memoryGroupUnregister(mgid)
    return err
  }
  d.mgid = mgid
  d.kmemStart = blocks.start
  d.kmemEnd = blocks.end
  d.daxDriver = 'kmem'
  return 0
}

/** dev_dax_kmem_remove(): one try. Memory that is online stays, with its region, until the next boot. */
export function* devDaxKmemRemove(d: DevDax): Steps {
  const size = d.kmemEnd - d.kmemStart
  const err = yield kernel.removeMemory(d.kmemStart, size)
  if (err < 0) {
    yield kernel.print(3, `kmem ${d.daxName}: mapping0: ${range(d.kmemStart, d.kmemEnd)} cannot be hotremoved until the next reboot`)
    return err
  }
  yield kernel.removeResource(d.kmemStart, d.kmemEnd, d.daxName)
  yield kernel.memoryGroupUnregister(d.mgid)
  d.kmemStart = d.kmemEnd = d.mgid = 0
  return 0
}
