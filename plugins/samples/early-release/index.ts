/**
 * Sample that is wrong on purpose. To save power its driver "suspends": it gives its region back and means to ask for it again on resume. Its struct pages stay
 * mapped meanwhile, so whoever claims the range owns memory that somebody else's pages describe: invariant I11, the question of the 2018 thread.
 *
 *     npx zonelab plugin check plugins/samples/early-release
 *
 * finds it by chance and shows the shortest way there. The repair: unmap first, release then; on resume claim first, map then.
 */
import { defineDeviceType, ERRNO, kernel, param } from '../../sdk/index.ts'

export default defineDeviceType({
  id: 'early-release',
  title: 'Early release (faulty)',
  doc: 'A driver that gives its region back on suspend, with its pages still mapped.',
  params: {
    at: param.address({ doc: 'Where the range starts.' }),
    size: param.bytes({ default: '128MiB', min: '2MiB', multipleOf: '2MiB', doc: 'Size of the range.' }),
    node: param.node(),
  },
  memory: 'generic',
  mapping: 'linear',
  granularity: 'subsection',
  resource: { name: (name) => name, release: 'driver' },

  *onPlug({ name, params: { at, size, node } }) {
    const err = yield kernel.requestMemRegion(at, size, name)
    if (err < 0) return err
    const pgmap = yield kernel.memremapPages({ type: 'generic', start: at, size, node })
    if (pgmap < 0) {
      yield kernel.releaseMemRegion(at, size)
      return pgmap
    }
    return yield kernel.remember({ pgmaps: [pgmap], regions: [{ start: at, end: at + size, name, release: 'driver' }], node })
  },

  *onUnplug({ device }) {
    for (const pgmap of device.pgmaps) yield kernel.memunmapPages(pgmap)
    if (device.data['suspended'] !== true) for (const r of device.regions) yield kernel.releaseMemRegion(r.start, r.end - r.start)
    return 0
  },

  actions: {
    suspend: {
      title: 'suspend', doc: 'Gives the region back.', params: {},
      *run({ device }) {
        if (device.data['suspended'] === true) return yield kernel.fail(ERRNO.EALREADY, 'it is suspended')
        // wrong: the struct pages are still there
        for (const r of device.regions) yield kernel.releaseMemRegion(r.start, r.end - r.start)
        return yield kernel.remember({ data: { suspended: true } })
      },
    },
    resume: {
      title: 'resume', doc: 'Claims the region again, if nobody else has.', params: {},
      *run({ device }) {
        if (device.data['suspended'] !== true) return yield kernel.fail(ERRNO.EALREADY, 'it is not suspended')
        for (const r of device.regions) {
          const err = yield kernel.requestMemRegion(r.start, r.end - r.start, r.name)
          if (err < 0) return err
        }
        return yield kernel.remember({ data: { suspended: false } })
      },
    },
  },

  samples: [{ title: 'one section', params: { at: '0x200000000' } }],
})
