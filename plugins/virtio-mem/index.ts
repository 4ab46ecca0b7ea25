/** virtio-mem: memory that a hypervisor gives and takes in small blocks. drivers/virtio/virtio_mem.c, v6.1. */
import { defineDeviceType, ERRNO, kernel, param, type Steps } from '../sdk/index.ts'
import { couldAdd, countOffline, fresh, geometry, info, load, note, pluggedSize, warning, type Geometry } from './device.ts'
import { removePartialOffline } from './sub-block-mode.ts'
import { runWork } from './work.ts'

const params = {
  at: param.address({ doc: 'Where the region of the device starts.' }),
  size: param.bytes({ default: '512MiB', min: '2MiB', doc: 'Size of the region: the most that can be plugged.' }),
  block: param.bytes({ default: '2MiB', min: '1MiB', doc: 'Block size of the device. From the size of a memory block on, the driver works with big blocks.' }),
  requested: param.bytes({ default: '0', doc: 'What the hypervisor asks for at first.' }),
  node: param.node(),
  region: param.text({ default: '', advanced: true, doc: 'Name of the region in /proc/iomem and in the log; nothing: the name of the device.' }),
}

const MiB = 2 ** 20
const mib = (bytes: number): string => `${bytes / MiB} MiB`

/** virtio_mem_init(), virtio_mem_init_hotplug(), and the first run of the work queue. */
function* bind(g: Geometry, requested: number): Steps {
  yield info(g, `start address: 0x${g.start.toString(16)}`)
  yield info(g, `region size: 0x${(g.end - g.start).toString(16)}`)
  yield info(g, `device block size: 0x${g.deviceBlock.toString(16)}`)
  yield info(g, `nid: ${g.node}`)
  if (g.start % g.memoryBlock) yield warning(g, 'The alignment of the physical start address can make some memory unusable.')
  if (g.end % g.memoryBlock) yield warning(g, 'The alignment of the physical end address can make some memory unusable.')
  yield info(g, `memory block size: 0x${g.memoryBlock.toString(16)}`)
  yield info(g, `${g.mode === 'SBM' ? 'subblock' : 'big block'} size: 0x${g.unit.toString(16)}`)
  const rc = yield kernel.requestMemRegion(g.start, g.end - g.start, g.name)
  if (rc < 0) {
    yield warning(g, 'could not reserve device region')
    yield info(g, 'reloading the driver is not supported')
    return rc
  }
  // it is not busy, so that memory can be added below it
  yield kernel.setResourceFlags(g.start, g.end, g.name, { busy: false, sysram: true })
  const group = yield kernel.memoryGroupRegister(g.node, g.holder, true)
  if (group < 0) {
    yield kernel.removeResource(g.start, g.end, g.name)
    return group
  }
  yield kernel.remember({ regions: [{ start: g.start, end: g.end, name: g.name, release: 'driver' }], node: g.node })
  const vm = { ...fresh(g), group, requested }
  yield note(vm)
  yield* runWork(vm, true)
  return 0
}

export default defineDeviceType({
  id: 'virtio-mem',
  title: 'virtio-mem',
  doc: 'Memory that a hypervisor plugs and unplugs in small blocks. The driver adds whole memory blocks to Linux and keeps what is not plugged of them fake-offline: present, but not managed.',
  since: 'v5.8',
  params,
  memory: 'none',
  mapping: 'linear',
  granularity: 'block',
  resource: { name: (name, { region }) => region || name, release: 'driver' },
  *onPlug({ name, params: { at, size, block, requested, node, region }, machine }) {
    if (block > size || size % block !== 0 || at % block !== 0) return yield kernel.fail(ERRNO.EINVAL, 'region and address must be multiples of the device block size')
    if ((block & (block - 1)) !== 0) return yield kernel.fail(ERRNO.EINVAL, 'the device block size must be a power of two')
    if (requested > size || requested % block !== 0) return yield kernel.fail(ERRNO.EINVAL, `the requested size must be a multiple of ${mib(block)} up to ${mib(size)}`)
    return yield* bind(geometry(region || name, { at, size, block, node }, machine), requested)
  },
  /** virtio_mem_remove(): nothing can keep the driver from going. What is still added stays, with the region and the group. */
  *onUnplug({ device, machine }) {
    const vm = load(device, machine)
    if (vm.mode === 'SBM') {
      const rc = yield* removePartialOffline(vm)
      if (rc < 0) return rc
    }
    yield kernel.abandonSubblocks(vm.start, vm.end - vm.start)
    if (vm.added.length > 0) {
      yield warning(vm, 'device still has system memory added')
      return 0
    }
    yield kernel.removeResource(vm.start, vm.end, vm.name)
    yield kernel.memoryGroupUnregister(vm.group)
    return 0
  },
  /** virtio_mem_memory_notifier_cb(MEM_ONLINE): more is added once half of what may be offline is online. */
  *onOnline({ device, machine }) {
    const vm = load(device, machine)
    yield* countOffline(vm)
    return couldAdd(vm, vm.offlineThreshold / 2) ? yield* runWork(vm, false) : 0
  },
  describe: ({ device, machine }) => {
    const vm = load(device, machine)
    return [
      { name: 'mode', value: vm.mode === 'SBM' ? 'sub-blocks' : 'big blocks', doc: 'SBM or BBM, by device block, pageblock and memory block size' },
      { name: vm.mode === 'SBM' ? 'sub-block' : 'big block', value: mib(vm.unit) },
      { name: 'requested', value: mib(vm.requested) },
      { name: 'plugged', value: mib(pluggedSize(vm)) },
      { name: 'added', value: mib(vm.added.reduce((sum, [a, b]) => sum + b - a, 0) * vm.holder), doc: 'memory of blocks that are added to Linux' },
    ]
  },
  actions: {
    resize: {
      title: 'Resize',
      doc: 'The hypervisor asks for another size; the driver plugs or unplugs as far as it can. -EBUSY or -ENOSPC when it stops short: what was done stays.',
      params: { size: param.bytes({ default: '64MiB', doc: 'Requested size.' }) },
      *run({ device, machine, args }) {
        const vm = load(device, machine)
        const requested = Number(args['size'])
        if (requested > vm.end - vm.start || requested % vm.deviceBlock !== 0) return yield kernel.fail(ERRNO.EINVAL, `the requested size must be a multiple of ${mib(vm.deviceBlock)} up to ${mib(vm.end - vm.start)}`)
        vm.requested = requested
        yield note(vm)
        return yield* runWork(vm, true)
      },
    },
    retry: {
      title: 'Retry',
      doc: 'The retry timer of the driver goes off: it tries once more to reach the requested size.',
      params: {},
      *run({ device, machine }) {
        return yield* runWork(load(device, machine), false)
      },
    },
  },
  samples: [{ title: '64 MiB of 512 MiB', params: { at: '0x140000000', size: '512MiB', requested: '64MiB' } }],
})
