/** virtio-mem devices of a recording: which are there at boot, what the hypervisor asks for, and what could not be unplugged. */
import type { BootDevice, ResourceDescription } from '../engine/machine/description.ts'
import type { DeviceSnapshot, Snapshot } from '../engine/snapshot-types.ts'
import type { Capture, RecordedStep, Recording } from './recording.ts'
import type { Translation } from './translate.ts'

/** What the driver prints when it binds: `virtio_mem virtio0: region size: 0x20000000`. */
const BOUND = /\bvirtio_mem (virtio\d+): (start address|region size|device block size|nid|requested size): (\w+)$/gm

/**
 * Devices to which the driver bound during boot, from its own lines in the boot log, by the emulator's ids; and /proc/iomem without what it
 * put there.
 */
export function virtioMemDevices(recording: Recording, iomem: readonly ResourceDescription[]): { readonly devices: readonly BootDevice[]; readonly iomem: readonly ResourceDescription[] } {
  const bound = new Map<string, Map<string, number>>()
  for (const [, name = '', key = '', value = ''] of recording.bootLog.matchAll(BOUND)) {
    const fields = bound.get(name) ?? new Map<string, number>()
    fields.set(key, Number(value))
    bound.set(name, fields)
  }
  const devices = [...bound].map(([region, fields], i): BootDevice => {
    const at = fields.get('start address') ?? 0
    return {
      name: idOf(recording, at, i) ?? region, type: 'virtio-mem',
      params: {
        at, size: fields.get('region size') ?? 0, block: fields.get('device block size') ?? 0, node: fields.get('nid') ?? 0, requested: fields.get('requested size') ?? 0, region,
      },
    }
  })
  const gone = (r: ResourceDescription): boolean => bound.get(r.name)?.get('start address') === r.start
  return { devices, iomem: iomem.filter((r) => !gone(r)) }
}

/** The emulator's id of a device: by the address that it tells in a later step, else by the order of its arguments. */
function idOf(recording: Recording, at: number, index: number): string | undefined {
  const told = recording.steps.flatMap((step) => step.result.memory_devices ?? []).find((d) => d.memaddr === at)?.id
  if (told !== undefined) return told
  const args = recording.qemuArgs.flatMap((arg) => /^virtio-mem-pci\b.*\bid=([^,]+)/.exec(arg)?.[1] ?? [])
  return args[index]
}

/** The hypervisor asks for another size. */
export function vmemSize(step: RecordedStep): Translation {
  const plugged = step.result.plugged_size
  return { kind: 'actions', actions: [{ command: { op: 'device_action', name: String(step.args['id']), action: 'resize', params: { size: Number(step.args['size']) } }, ...(plugged === undefined ? {} : { plugged }) }] }
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0)

/**
 * Pages to mark as unmovable for the length of a step that unplugged less than was asked: whatever is still plugged then was busy, which is
 * an input. How much there is the recording tells; where inside the blocks that are left it does not, so it is taken to lie at their
 * start, at least one sub-block in each.
 */
export function busyPages(device: DeviceSnapshot, snapshot: Snapshot, requested: number, plugged: number, capture: Capture): readonly number[] {
  const { pageSize, blockSize } = snapshot.constants
  const unit = number(device.data['unit'])
  const start = number(device.params['at'])
  const end = start + number(device.params['size'])
  if (plugged <= requested || plugged > number(device.data['plugged']) || unit === 0) return []
  const base = Math.ceil(start / Math.max(unit, blockSize)) * Math.max(unit, blockSize)
  const units = String(device.data['units']).split(',').filter((part) => part !== '').flatMap((part) => {
    const [first = 0, last = 0] = part.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => base + (first + i) * unit)
  })
  const left = capture.blocks.map((b) => b.block * blockSize).filter((at) => at >= start && at < end)
  const inBlocks = units.filter((at) => left.some((block) => block === Math.floor(at / blockSize) * blockSize))
  const one = left.flatMap((block) => inBlocks.find((at) => Math.floor(at / blockSize) * blockSize === block) ?? [])
  const rest = inBlocks.filter((at) => !one.includes(at))
  return [...one, ...rest].slice(0, plugged / unit).map((at) => at / pageSize)
}
