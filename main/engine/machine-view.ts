/** The machine as a device type's hook sees it: frozen plain data, made when the hook starts, from steps like everything that is shared. */
import type { DeviceView, MachineView, ResourceView } from '../../plugins/sdk/index.ts'
import { extent, get, op, read, readRef, scan, StepKind, type Step } from './executors/step.ts'
import { MEM, ONLINE_TYPE_TEXT } from './state/block.ts'
import type { Device } from './state/device.ts'
import type { Cell, Field, Ref } from './state/handles.ts'
import type { Kernel } from './state/kernel.ts'
import type { RangeStore } from './state/range-store.ts'

/** What is read: data only, so that two equal ones are one. */
export interface Seen {
  readonly autoOnline: number
  readonly nodes: readonly { readonly id: number; readonly online: boolean; readonly hasMemory: boolean; readonly hasCpu: boolean }[]
  readonly resources: readonly ResourceView[]
  readonly devices: readonly DeviceView[]
  /** Existing memory blocks in runs of equal state; pfns. */
  readonly blocks: readonly { readonly start: number; readonly end: number; readonly state: number }[]
}

function* look(k: Kernel): Generator<Step, Seen, number> {
  const autoOnline = yield read(k.autoOnline)
  const nodes: Seen['nodes'][number][] = []
  for (const id of k.nodeIds) {
    const node = k.node(id)
    nodes.push({ id, online: (yield read(node.online)) === 1, hasMemory: (yield read(node.hasMemory)) === 1, hasCpu: node.cpus > 0 })
  }
  const devices = yield* readRef(k.devices)
  const iomem = yield* readRef(k.iomem)
  const blocks: Seen['blocks'][number][] = []
  const end = k.pluggableEnd / k.pageSize
  for (let pfn = 0; pfn < end; ) {
    const start = yield scan([k.blockState], pfn, end, k.pagesPerBlock, (state) => state !== MEM.none)
    if (start < 0) break
    pfn = yield extent([k.blockState], start, end, k.pagesPerBlock)
    blocks.push({ start, end: pfn, state: yield get(k.blockState, start) })
  }
  // the tree is immutable already
  return { autoOnline, nodes, resources: iomem.children as readonly ResourceView[], devices: devices.map(deviceView), blocks }
}

/** Answers a Seen, which is no number: `(yield atomic(seeMachine)) as unknown as Seen`. */
export const seeMachine = op('machine view', 'device type', function* (k) {
  return (yield* look(k)) as unknown as number
})

export function viewOf(k: Kernel, seen: Seen): MachineView {
  return Object.freeze({
    pageSize: k.pageSize, sectionSize: k.pagesPerSection * k.pageSize, subsectionSize: k.pagesPerSubsection * k.pageSize, blockSize: k.blockBytes, pageblockSize: k.pageblockPages * k.pageSize,
    contigSize: (k.profile.decisions.virtioMemUnit === 'pageblock' ? k.pageblockPages : Math.max(k.pageblockPages, k.maxOrderPages)) * k.pageSize,
    structPageSize: k.constants.structPageSize, iomemEnd: k.description.iomemEnd, pluggableEnd: k.pluggableEnd,
    autoOnline: ONLINE_TYPE_TEXT[seen.autoOnline] ?? 'offline',
    nodes: seen.nodes, resources: seen.resources, devices: seen.devices,
    physToTargetNode: (address: number) => k.meminfo.find((m) => m.start <= address && address < m.end)?.node ?? -1,
    blockStates: (start: number, end: number) => {
      const out: ('online' | 'offline' | 'going-offline' | 'none')[] = []
      let i = 0
      for (let at = Math.floor(start / k.blockBytes); at * k.blockBytes < end; at++) {
        const pfn = at * k.pagesPerBlock
        while (i < seen.blocks.length && seen.blocks[i]!.end <= pfn) i++
        const run = seen.blocks[i]
        const state = run !== undefined && run.start <= pfn ? run.state : MEM.none
        out.push(state === MEM.online ? 'online' : state === MEM.offline ? 'offline' : state === MEM.none ? 'none' : 'going-offline')
      }
      return out
    },
  })
}

/** The view of a machine that stands still. */
export function machineView(k: Kernel, store: RangeStore): MachineView {
  const steps = look(k)
  let input = 0
  for (;;) {
    const { value, done } = steps.next(input)
    if (done) return viewOf(k, value)
    const s = value
    switch (s.kind) {
      case StepKind.Read: input = store.cell(s.h as Cell); break
      case StepKind.ReadRef: input = store.ref(s.h as Ref<unknown>) as number; break
      case StepKind.Get: input = store.at(s.h as Field, s.a); break
      case StepKind.Scan: input = store.scan(s.x as readonly Field[], s.a, s.b, s.c, s.y as (state: number) => boolean); break
      case StepKind.Extent: input = store.extent(s.x as readonly Field[], s.a, s.b, s.c); break
      default: throw new Error(`a view takes no step of kind ${s.kind}`)
    }
  }
}

export const deviceView = (d: DeviceView | Device): DeviceView => Object.freeze({ ...d })
