/**
 * A region of persistent memory with one namespace over all of it, as libnvdimm drives it: nd_pmem for raw and fsdax, dax_pmem for devdax.
 * drivers/nvdimm/{region_devs,namespace_devs,pfn_devs,pmem}.c and drivers/dax/pmem.c, v6.1.
 */
import type { DeviceView, MachineView } from '../device-type.ts'
import { ERRNO, kernel, type DeviceMemo, type Steps } from '../steps.ts'
import { daxUnbind, devDax, devDaxProbe, heldByDax, NO_DEV_DAX, type DevDax } from '../dax/dev-dax.ts'
import { infoBlockReserve, pfnInit, setupPfn, type InfoBlock } from './pfn.ts'

/** Plain data, so that it can stand in a device's notes. Bytes; `end` exclusive. The functions here change it as they go. */
export interface NdRegion extends DevDax {
  /** Number of the region: regionN, namespaceN.0, daxN.0. From the ids that all memory regions share. */
  region: number
  start: number
  end: number
  /** ND_REGION_PAGEMAP: a raw namespace gets struct pages as well (legacy pmem). */
  pagemap: boolean
  /** nvdimm_has_flush() knows how writes become persistent. */
  flush: boolean
  /** Namespaces have labels: a destroyed one gives its capacity back and is gone. */
  labelled: boolean
  /** The resource "Persistent Memory" around it is its own, put in when it came. */
  inserted: boolean
  /** The region's driver is bound. */
  regionActive: boolean
  /** There is a namespace; always so without labels. */
  exists: boolean
  /** A driver is bound to the namespace. */
  active: boolean
  /** What its info block says; 'none' for none (raw). */
  info: 'none' | InfoBlock['kind']
  infoMap: InfoBlock['map']
  infoAlign: number
  dataoff: number
  endTrunc: number
  /** Page map of a raw (legacy) or fsdax namespace; 0 for none. */
  pgmap: number
}

export interface RegionDescription {
  readonly region: number
  readonly start: number
  readonly end: number
  readonly numaNode: number
  readonly targetNode: number
  readonly pagemap?: boolean
  readonly flush?: boolean
  readonly labelled?: boolean
  readonly inserted?: boolean
}

export const ndRegion = ({ region, start, end, numaNode, targetNode, pagemap, flush, labelled, inserted }: RegionDescription): NdRegion => ({
  ...NO_DEV_DAX, region, start, end, numaNode, targetNode, pagemap: pagemap ?? false, flush: flush ?? true, labelled: labelled ?? false, inserted: inserted ?? false,
  regionActive: false, exists: !labelled, active: false, info: 'none', infoMap: 'mem', infoAlign: 0, dataoff: 0, endTrunc: 0, pgmap: 0,
})

/** The region as a device's notes keep it, free to be changed. */
export const regionOf = (device: DeviceView): NdRegion => ({ ...(device.data as unknown as NdRegion) })

export const namespaceName = (r: NdRegion): string => `namespace${r.region}.0`
export const daxDeviceName = (r: NdRegion): string => `dax${r.region}.0`

/** ndctl_namespace_get_mode(): what its driver, or else its kind of region, makes of it. */
export const modeOf = (r: NdRegion): 'raw' | 'fsdax' | 'devdax' => (r.info === 'dax' ? 'devdax' : r.info === 'pfn' || r.pagemap ? 'fsdax' : 'raw')

/** Writes the region back to the device's notes, with what it holds. */
export function* noteRegion(r: NdRegion): Steps {
  const dax = heldByDax(r)
  const claimed = !r.active ? 0 : r.info === 'dax' ? r.dataoff : r.end - r.start
  const memo: Partial<DeviceMemo> = {
    regions: [...(claimed > 0 ? [{ start: r.start, end: r.start + claimed, name: namespaceName(r), release: 'driver' as const }] : []), ...dax.regions],
    pgmaps: [...(r.pgmap > 0 ? [r.pgmap] : []), ...dax.pgmaps],
    ram: dax.ram, node: r.numaNode,
    data: { ...r },
  }
  return yield kernel.remember(memo)
}

/** Lowest number that no memory region has: memregion_alloc(), lib/memregion.c. NVDIMM, CXL and soft-reserved regions share the numbers. */
export function memregionAlloc(machine: MachineView): number {
  const taken = new Set(machine.devices.map((d) => d.data['region']))
  let id = 0
  while (taken.has(id)) id++
  return id
}

/** numa_map_to_online_node(): the node itself when it is online, else the nearest online one (all others are equally far here). */
export function numaMapToOnlineNode(machine: MachineView, node: number): number {
  if (node < 0 || machine.nodes.some((n) => n.id === node && n.online)) return node
  return machine.nodes.find((n) => n.online)?.id ?? node
}

/** As %pR prints it. */
const memRange = (r: NdRegion): string => [r.start, r.end - 1].map((n) => `0x${n.toString(16).padStart(8, '0')}`).join('-')

/** devm_nsio_enable(): the driver may read and write `size` bytes at the start of the namespace; it claims them for that long. */
function* namespaceEnable(r: NdRegion, driver: string, size: number): Steps {
  const err = yield kernel.requestMemRegion(r.start, size, namespaceName(r))
  if (err < 0) yield kernel.print(4, `${driver}: could not reserve region [mem ${memRange(r)}]`)
  return err
}

/** nvdimm_setup_pfn() while the namespace is enabled: reads the info block, or writes a new one. `create` is what to write; absent: it is there. */
function* nvdimmSetupPfn(r: NdRegion, driver: string, machine: MachineView, create: Pick<InfoBlock, 'kind' | 'map' | 'align'> | undefined): Steps {
  const reserve = infoBlockReserve(machine)
  let enabled = reserve
  let info = infoOf(r)
  if (create) {
    const made = pfnInit({ start: r.start, end: r.end, name: namespaceName(r) }, create.kind, create.map, create.align, machine)
    if ('errno' in made) {
      yield kernel.print(3, `${driver}: ${made.log}`)
      yield kernel.releaseMemRegion(r.start, enabled)
      return yield kernel.fail(made.errno, made.reason)
    }
    info = made
  }
  if (!info) return -ERRNO.ENODEV
  if (info.map === 'dev') {
    // nd_pfn_clear_memmap_errors(): enabled again, with the memmap area
    yield kernel.releaseMemRegion(r.start, enabled)
    enabled = info.dataoff
    const err = yield* namespaceEnable(r, driver, enabled)
    if (err < 0) return err
  }
  Object.assign(r, { info: info.kind, infoMap: info.map, infoAlign: info.align, dataoff: info.dataoff, endTrunc: info.endTrunc })
  // devm_namespace_disable
  yield kernel.releaseMemRegion(r.start, enabled)
  return 0
}

const infoOf = (r: NdRegion): InfoBlock | undefined =>
  r.info === 'none' ? undefined : { kind: r.info, map: r.infoMap, align: r.infoAlign, dataoff: r.dataoff, endTrunc: r.endTrunc }

/** pmem_attach_disk(): a block device, with struct pages for fsdax and for legacy pmem. `forceRaw`: without them whatever it is. */
function* pmemAttachDisk(r: NdRegion, machine: MachineView, as: 'raw' | 'pfn', forceRaw: boolean, create?: Pick<InfoBlock, 'kind' | 'map' | 'align'>): Steps {
  const driver = `nd_pmem ${as === 'pfn' ? `pfn${r.region}.0` : namespaceName(r)}`
  let err = yield* namespaceEnable(r, driver, infoBlockReserve(machine))
  if (err < 0) return err
  if (as === 'pfn') {
    err = yield* nvdimmSetupPfn(r, driver, machine, create)
    if (err < 0) return err
  } else yield kernel.releaseMemRegion(r.start, infoBlockReserve(machine))
  if (!r.flush) yield kernel.print(4, `${driver}: unable to guarantee persistence of writes`)
  err = yield* namespaceEnable(r, driver, r.end - r.start)
  if (err < 0) return err
  const info = as === 'pfn' ? infoOf(r) : undefined
  if (info || (r.pagemap && !forceRaw)) {
    const map = info ? setupPfn(r, info, machine) : { start: r.start, end: r.end, altmap: undefined }
    // devm_memremap_pages
    const pgmap = yield kernel.memremapPages({ type: 'fs-dax', start: map.start, size: map.end - map.start, node: r.numaNode, ...(map.altmap ? { altmap: map.altmap } : {}) })
    if (pgmap < 0) {
      yield kernel.releaseMemRegion(r.start, r.end - r.start)
      return pgmap
    }
    r.pgmap = pgmap
  }
  r.active = true
  return 0
}

/** __dax_pmem_probe(): claims the info area; the data becomes a device-dax instance, to which device_dax binds at once. */
function* daxPmemProbe(r: NdRegion, machine: MachineView, create?: Pick<InfoBlock, 'kind' | 'map' | 'align'>): Steps {
  const driver = `dax_pmem dax${r.region}.0`
  let err = yield* namespaceEnable(r, driver, infoBlockReserve(machine))
  if (err < 0) return err
  err = yield* nvdimmSetupPfn(r, driver, machine, create)
  if (err < 0) return err
  err = yield kernel.requestMemRegion(r.start, r.dataoff, namespaceName(r))
  if (err < 0) {
    yield kernel.print(4, `${driver}: could not reserve metadata`)
    return err
  }
  const info = infoOf(r)
  if (!info) return -ERRNO.ENODEV
  const { start, end, altmap } = setupPfn(r, info, machine)
  const data = { start: r.start + r.dataoff, end }
  // alloc_dax_region
  if (data.start % info.align !== 0 || (data.end - data.start) % info.align !== 0) {
    yield kernel.releaseMemRegion(r.start, r.dataoff)
    return yield kernel.fail(ERRNO.ENOMEM, `the data is not aligned to 0x${info.align.toString(16)}`)
  }
  // memory that kmem could not take back outlives the instance that it came from
  const { kmemStart, kmemEnd, mgid } = r
  Object.assign(r, devDax(daxDeviceName(r), data, info.align, { numa: r.numaNode, target: r.targetNode }, { start, end }, altmap), { kmemStart, kmemEnd, mgid })
  r.active = true
  // the device is there, whether or not its driver takes it
  yield* devDaxProbe(r, machine)
  return 0
}

/** nd_pmem_probe(): reads the info block and hands the namespace to the driver that it names; without one it is raw. */
export function* namespaceBind(r: NdRegion, machine: MachineView): Steps {
  if (r.active) return 0
  if (!r.exists || r.end - r.start < machine.pageSize) return yield kernel.fail(ERRNO.ENXIO, `${namespaceName(r)} has no capacity`)
  if (r.pagemap && (r.start % machine.subsectionSize !== 0 || r.end % machine.subsectionSize !== 0)) {
    yield kernel.print(3, `nd_pmem ${namespaceName(r)}: [mem ${memRange(r)} flags 0x200] misaligned, unable to map`)
    return yield kernel.fail(ERRNO.EOPNOTSUPP, 'legacy pmem must begin and end at a sub-section')
  }
  const err = yield* namespaceEnable(r, `nd_pmem ${namespaceName(r)}`, infoBlockReserve(machine))
  if (err < 0) return err
  // nd_btt_probe, nd_pfn_probe, nd_dax_probe: the first that knows the info block takes the namespace over
  yield kernel.releaseMemRegion(r.start, infoBlockReserve(machine))
  if (r.info === 'dax') return yield* daxPmemProbe(r, machine)
  return yield* pmemAttachDisk(r, machine, r.info === 'pfn' ? 'pfn' : 'raw', false)
}

/** Unbinds the namespace's driver: devm actions, last one first. A dax device goes with its driver. */
export function* namespaceUnbind(r: NdRegion): Steps {
  if (!r.active) return 0
  if (r.info === 'dax') {
    // unregister_dev_dax
    yield* daxUnbind(r)
    if (r.kmemEnd === 0) r.daxName = ''
    yield kernel.releaseMemRegion(r.start, r.dataoff)
  } else {
    if (r.pgmap > 0) yield kernel.memunmapPages(r.pgmap)
    r.pgmap = 0
    yield kernel.releaseMemRegion(r.start, r.end - r.start)
  }
  r.active = false
  return 0
}

/** A pfn or dax device is made for an inactive namespace without an info block, and its driver binds. The info block stays when the driver fails late. */
export function* namespaceSetup(r: NdRegion, create: Pick<InfoBlock, 'kind' | 'map' | 'align'>, machine: MachineView): Steps {
  return create.kind === 'pfn' ? yield* pmemAttachDisk(r, machine, 'pfn', false, create) : yield* daxPmemProbe(r, machine, create)
}

/** Why a region cannot be taken away now: RAM of its dax device is online, or could not be removed when its driver was unbound. */
export function ramInTheWay(d: DevDax, machine: MachineView): { readonly errno: number; readonly reason: string } | undefined {
  if (d.kmemEnd === 0) return undefined
  if (d.daxDriver !== 'kmem') return { errno: ERRNO.EBUSY, reason: `RAM of ${d.daxName} could not be removed when kmem was unbound: it stays until the next boot` }
  const online = machine.blockStates(d.kmemStart, d.kmemEnd).filter((s) => s !== 'offline').length
  return online > 0 ? { errno: ERRNO.EBUSY, reason: `${online} memory blocks of ${d.daxName} are online: it is in use as RAM` } : undefined
}

/** Raw access whatever the namespace is (force_raw), to write zeros over its info block; then the driver is unbound again. Where it cannot be had, the info block stays. */
export function* zeroInfoBlock(r: NdRegion, machine: MachineView): Steps {
  const info = r.info
  r.info = 'none'
  const err = yield* pmemAttachDisk(r, machine, 'raw', true)
  if (err < 0) {
    r.info = info
    return 0
  }
  yield* namespaceUnbind(r)
  r.dataoff = r.endTrunc = r.infoAlign = 0
  return 0
}
