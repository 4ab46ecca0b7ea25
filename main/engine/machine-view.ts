/** The machine as a device type's hook sees it: frozen plain data, made when the hook starts. */
import type { DeviceView, MachineView, ResourceView } from '../../plugins/sdk/index.ts'
import { MEM, ONLINE_TYPE_TEXT } from './state/block.ts'
import type { Device } from './state/device.ts'
import type { Kernel } from './state/kernel.ts'
import type { RangeStore } from './state/range-store.ts'

export function machineView(k: Kernel, store: RangeStore): MachineView {
  return Object.freeze({
    pageSize: k.pageSize, sectionSize: k.pagesPerSection * k.pageSize, subsectionSize: k.pagesPerSubsection * k.pageSize, blockSize: k.blockBytes, pageblockSize: k.pageblockPages * k.pageSize,
    contigSize: (k.profile.decisions.virtioMemUnit === 'pageblock' ? k.pageblockPages : Math.max(k.pageblockPages, k.maxOrderPages)) * k.pageSize,
    structPageSize: k.constants.structPageSize, iomemEnd: k.description.iomemEnd, pluggableEnd: k.pluggableEnd,
    autoOnline: ONLINE_TYPE_TEXT[store.cell(k.autoOnline)] ?? 'offline',
    nodes: k.nodeIds.map((id) => ({ id, online: store.cell(k.node(id).online) === 1, hasMemory: store.cell(k.node(id).hasMemory) === 1, hasCpu: k.node(id).cpus > 0 })),
    // the tree is immutable already
    resources: store.ref(k.iomem).children as readonly ResourceView[],
    devices: store.ref(k.devices).map(deviceView),
    physToTargetNode: (address: number) => k.meminfo.find((m) => m.start <= address && address < m.end)?.node ?? -1,
    blockStates: (start: number, end: number) => {
      const out: ('online' | 'offline' | 'going-offline' | 'none')[] = []
      for (let at = Math.floor(start / k.blockBytes); at * k.blockBytes < end; at++) {
        const state = store.at(k.blockState, at * k.pagesPerBlock)
        out.push(state === MEM.online ? 'online' : state === MEM.offline ? 'offline' : state === MEM.none ? 'none' : 'going-offline')
      }
      return out
    },
  })
}

export const deviceView = (d: Device): DeviceView => Object.freeze({ ...d })
