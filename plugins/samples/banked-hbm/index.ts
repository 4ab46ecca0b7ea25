/**
 * Sample: high-bandwidth memory of an accelerator, in banks. Shows what declarations cannot say: several page maps for one device, a window in the resource
 * tree with a claim a bank inside it, a lock of the driver's own, an action, a refusal, and rows for the inspector.
 */
import { defineDeviceType, ERRNO, kernel, param } from '../../sdk/index.ts'
import type { DeviceView, Steps } from '../../sdk/index.ts'

const BANKS = 'hbm_bank_lock'

export default defineDeviceType({
  id: 'banked-hbm',
  title: 'Banked HBM',
  doc: 'Memory of an accelerator that CPUs reach coherently (MEMORY_DEVICE_COHERENT), one page map a bank. A bank that fails is retired; the others stay.',
  since: 'v6.0',
  params: {
    at: param.address({ doc: 'Where the window starts.' }),
    banks: param.int({ default: 4, min: 1, max: 16, doc: 'Number of banks.' }),
    bank: param.bytes({ default: '64MiB', min: '2MiB', max: '16GiB', multipleOf: '2MiB', doc: 'Size of a bank.' }),
    node: param.node(),
  },
  // for the form and for `plugin check`; onPlug decides by itself
  memory: 'coherent',
  mapping: 'linear',
  granularity: 'subsection',
  resource: { name: (name) => `${name} window`, release: 'driver' },
  locks: [BANKS],
  costs: { 'bank retire': { ns: 50_000_000, per: 'bank', waits: true, doc: 'The accelerator drains a bank before it lets go of it.' } },

  *onPlug({ name, params: { at, banks, bank, node } }) {
    const end = at + banks * bank
    // not busy, so that the claims of the banks nest inside
    const err = yield kernel.insertResource(at, end, `${name} window`, false)
    if (err < 0) return err
    const pgmaps: number[] = []
    const regions = []
    yield kernel.lock(BANKS)
    for (let n = 0; n < banks; n++) {
      const start = at + n * bank
      const pgmap = yield* mapBank(name, n, start, bank, node)
      if (pgmap < 0) {
        // all or nothing: what was mapped goes again, last bank first
        for (let done = n - 1; done >= 0; done--) yield* unmapBank(pgmaps[done] ?? 0, at + done * bank, bank)
        yield kernel.unlock(BANKS)
        yield kernel.removeResource(at, end, `${name} window`)
        return pgmap
      }
      pgmaps.push(pgmap)
      regions.push({ start, end: start + bank, name: bankName(name, n), release: 'driver' as const })
    }
    yield kernel.unlock(BANKS)
    yield kernel.print(6, `${name}: ${banks} banks at 0x${at.toString(16)}`)
    yield kernel.remember({ pgmaps, regions, node })
    return 0
  },

  mayUnplug: ({ device }) => (device.data['locked'] === true ? { errno: ERRNO.EBUSY, reason: `${device.name} is locked; unlock it first` } : undefined),

  *onUnplug({ name, params: { at, banks, bank }, device }) {
    yield kernel.lock(BANKS)
    for (const [i, pgmap] of device.pgmaps.entries()) {
      const region = device.regions[i]
      if (region) yield* unmapBank(pgmap, region.start, bank)
    }
    yield kernel.unlock(BANKS)
    return yield kernel.removeResource(at, at + banks * bank, `${name} window`)
  },

  actions: {
    retire: {
      title: 'retire a bank',
      doc: 'Takes the struct pages of one bank away and gives its claim back. It does not come back.',
      params: { bank: param.int({ default: 0, min: 0, max: 15, doc: 'Number of the bank.' }) },
      *run({ device, args, params }) {
        const i = device.regions.findIndex((r) => r.name === bankName(device.name, Number(args['bank'])))
        const region = device.regions[i]
        if (!region) return yield kernel.fail(ERRNO.ENODEV, `no bank ${String(args['bank'])}, or it was retired`)
        yield kernel.lock(BANKS)
        yield kernel.cost('bank retire', 1)
        const err = yield* unmapBank(device.pgmaps[i] ?? 0, region.start, params.bank)
        yield kernel.unlock(BANKS)
        if (err < 0) return err
        return yield kernel.remember({ pgmaps: device.pgmaps.filter((_, n) => n !== i), regions: device.regions.filter((_, n) => n !== i) })
      },
    },
    lock: {
      title: 'lock or unlock',
      doc: 'A locked device cannot be unplugged.',
      params: { locked: param.bool({ default: true, doc: 'Locked, or not.' }) },
      *run({ device, args }) {
        return yield kernel.remember({ data: { ...device.data, locked: args['locked'] === true } })
      },
    },
  },

  describe: ({ device, params }) => [
    { name: 'banks', value: `${device.pgmaps.length} of ${params.banks} mapped`, doc: 'The others were retired.' },
    { name: 'locked', value: isLocked(device) },
  ],

  samples: [
    { title: 'four banks in two sections', params: { at: '0x200000000' } },
    { title: 'three banks of 2 MiB in one section', params: { at: '0x200000000', banks: 3, bank: '2MiB' } },
  ],
})

const bankName = (device: string, n: number): string => `${device} bank ${n}`
const isLocked = (device: DeviceView): string => (device.data['locked'] === true ? 'yes' : 'no')

/** Claims a bank and maps it: the id of its page map, or an errno with nothing left behind. */
function* mapBank(name: string, n: number, start: number, size: number, node: number): Steps {
  const err = yield kernel.requestMemRegion(start, size, bankName(name, n))
  if (err < 0) return err
  const pgmap = yield kernel.memremapPages({ type: 'coherent', start, size, node })
  if (pgmap < 0) yield kernel.releaseMemRegion(start, size)
  return pgmap
}

/** The struct pages go first, then the claim: the other way round somebody else could claim mapped memory. */
function* unmapBank(pgmap: number, start: number, size: number): Steps {
  const err = yield kernel.memunmapPages(pgmap)
  return err < 0 ? err : yield kernel.releaseMemRegion(start, size)
}
