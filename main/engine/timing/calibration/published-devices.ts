/** Published figures of device memory (7.1) and of hot-add and online (7.4). */
import type { Row } from './row.ts'

const P3TIB = 805_306_368
const NO_CEILING = { 'device bandwidth ceiling': 0, 'memory bandwidth ceiling': 0 } as const
const init = 'device struct page init'
const second = 'device struct page second pass'

const pmem = 'nodes with 3 TiB of persistent memory, 2018-19'
const generic = 'the same, with the generic memmap_init of 2019'
const nvdimm = '128 GiB NVDIMM, 2021'
const gpu = 'GPU with device memory'

const one = { does: 'device', profile: 'v4.20', pages: P3TIB, measure: 'total' } as const
const all = { ...one, nodes: 4 } as const

export const DEVICE_ROWS: readonly Row[] = [
  {
    id: 'pgmap loop', section: '7.1', hardware: pmem, what: 'loop that sets the page maps of 3 TiB', published: 20, unit: 's', source: 'Duyck, v5 4/4 thread, 2018-09-26',
    experiment: { does: 'device', profile: 'v4.18', pages: P3TIB, measure: second }, fixed: NO_CEILING, free: [{ cost: second, on: ['double init'] }],
  },
  {
    id: 'single pass', section: '7.1', hardware: pmem, what: 'one optimised pass, 3 TB a node', published: 20, unit: 's', source: 'thread of 2019-08-29',
    experiment: one, fixed: NO_CEILING, free: [{ cost: init, on: ['local probe'] }],
    note: 'the two publications differ by that much',
  },
  {
    id: 'local probe', section: '7.1', hardware: pmem, what: 'a node, probed by a CPU of its own', published: [23, 26], unit: 's', source: 'nvdimm patch, 2018-09-10',
    experiment: one, fixed: NO_CEILING, free: [{ cost: init, on: ['single pass'] }],
  },
  {
    id: 'remote probe', section: '7.1', hardware: pmem, what: 'a node, probed by a CPU anywhere: the slowest', published: 37, unit: 's', source: 'nvdimm patch, 2018-09-10',
    experiment: { ...one, remote: true }, fixed: NO_CEILING, free: [{ cost: init, on: ['single pass', 'local probe'] }, { cost: 'remote node factor', on: ['local gain'] }],
  },
  {
    id: 'remote probe factor', section: '7.1', hardware: pmem, what: 'slowest against fastest node, probed anywhere (37 s to 26 … 23 s)', published: [1.42, 1.61], unit: 'ratio', source: 'nvdimm patch, 2018-09-10',
    experiment: { does: 'ratio', of: { ...one, remote: true }, to: one }, fixed: NO_CEILING, free: [{ cost: 'remote node factor', on: ['local gain'] }, { cost: init, on: ['single pass', 'local probe'] }],
  },
  {
    id: 'local gain', section: '7.1', hardware: pmem, what: 'gain of probing on the own node, where it is largest: "up to 25 %"', published: 0.25, unit: 'ratio', source: 'nvdimm patch, 2018-10',
    experiment: { does: 'gain', of: one, to: { ...one, remote: true } }, fixed: NO_CEILING, free: [{ cost: 'remote node factor', on: ['remote probe factor'] }, { cost: init, on: ['single pass', 'local probe'] }],
    note: 'the two patches differ by that much',
  },
  {
    id: 'four parallel', section: '7.1', hardware: pmem, what: 'four nodes at once, after v4.20: "under about 30 s"', published: [20, 30], unit: 's', source: 'thread of 2019-08-29',
    experiment: { ...all, altmap: true }, fixed: NO_CEILING, free: [{ cost: init, on: ['single pass', 'local probe'] }], same: { 'struct page init': init },
  },
  {
    id: 'double init', section: '7.1', hardware: pmem, what: 'v4.18 against v4.20: "nearly doubles" the time', published: [1.8, 2], unit: 'ratio', source: 'v5 4/4 changelog, 2018-09',
    experiment: { does: 'ratio', of: { ...one, profile: 'v4.18' }, to: one }, fixed: NO_CEILING, free: [{ cost: init, on: ['single pass', 'local probe'] }, { cost: second, on: ['pgmap loop'] }],
  },
  {
    id: 'generic node', section: '7.1', hardware: generic, what: 'a node', published: [25, 30], unit: 's', source: 'thread of 2019-08-29',
    experiment: { ...one, profile: 'v3-2019-08' }, fixed: NO_CEILING, free: [{ cost: init, on: ['generic serial'] }],
  },
  {
    id: 'generic serial', section: '7.1', hardware: generic, what: 'four nodes, one after the other under the lock: about 2 minutes', published: 120, unit: 's', source: 'thread of 2019-08-29',
    experiment: { ...all, profile: 'v3-2019-08' }, fixed: NO_CEILING, free: [{ cost: init, on: ['generic node'] }],
  },
  {
    id: 'generic serial, or more', section: '7.1', hardware: generic, what: '"2 to 4 minutes or more", 4 nodes', published: [120, 240], unit: 's', source: 'thread of 2019-08-29',
    experiment: { ...all, profile: 'v3-2019-08' }, fixed: NO_CEILING, free: [{ cost: init, on: ['generic node'] }],
  },
  {
    id: 'serial concern', section: '7.1', hardware: generic, what: 'serial against parallel, 8 nodes: "4x to 8x"', published: [4, 8], unit: 'ratio', source: 'thread of 2019-08-29',
    experiment: { does: 'ratio', of: { ...one, nodes: 8, profile: 'v3-2019-08' }, to: { ...one, nodes: 8 } }, fixed: NO_CEILING, free: [{ cost: init, on: ['generic node'] }],
  },
  {
    id: '8 sockets', section: '7.1', hardware: '8 sockets, 2018', what: 'namespaces ready: 4 min before, 4 s with background initialisation', published: [4, 240], unit: 's', source: 'Williams v2 00/14, 2018-07-16',
    cannot: 'sizes are not published, and the background threads were not merged',
  },
  {
    id: 'NVDIMM base', section: '7.1', hardware: nvdimm, what: '33 554 432 base pages', published: [0.268, 0.358], unit: 's', source: 'Martins v3, 2021-07-14',
    experiment: { does: 'device', profile: 'v6.1', pages: 33_554_432, measure: init }, fixed: NO_CEILING, free: [{ cost: init, on: ['NVDIMM 2M'] }],
  },
  {
    id: 'NVDIMM 2M', section: '7.1', hardware: nvdimm, what: 'compound pages of 2 MiB', published: [0.078, 0.1], unit: 's', source: 'Martins v3, 2021-07-14',
    experiment: { does: 'device', profile: 'v6.1', pages: 33_554_432, vmemmapShift: 9, measure: init }, fixed: NO_CEILING, free: [{ cost: init, on: ['NVDIMM base'] }],
  },
  {
    id: 'NVDIMM 1G', section: '7.1', hardware: nvdimm, what: 'compound pages of 1 GiB: "less than 1 ms"', published: [0, 0.001], unit: 's', source: 'Martins v3, 2021-07-14',
    experiment: { does: 'device', profile: 'v6.1', pages: 33_554_432, vmemmapShift: 18, measure: init }, fixed: NO_CEILING, free: [{ cost: init, on: ['NVDIMM base', 'NVDIMM 2M'] }],
  },
  {
    id: 'GPU 8M', section: '7.1', hardware: gpu, what: '8 388 608 pages', published: 0.064, unit: 's', source: 'boot log, memmap_init_zone_device',
    experiment: { does: 'device', profile: 'v6.1', pages: 8_388_608, measure: init }, fixed: NO_CEILING, free: [{ cost: init, on: ['GPU 2M'] }],
  },
  {
    id: 'GPU 2M', section: '7.1', hardware: gpu, what: '2 097 152 pages', published: 0.016, unit: 's', source: 'boot log, memmap_init_zone_device',
    experiment: { does: 'device', profile: 'v6.1', pages: 2_097_152, measure: init }, fixed: NO_CEILING, free: [{ cost: init, on: ['GPU 8M'] }],
  },
  {
    id: 'GPU 512K', section: '7.1', hardware: gpu, what: '524 288 pages: 2 ms, printed in ticks', published: [0, 0.006], unit: 's', source: 'boot log; a tick of 4 ms either way',
    experiment: { does: 'device', profile: 'v6.1', pages: 524_288, measure: init }, fixed: NO_CEILING, free: [{ cost: init, on: ['GPU 8M', 'GPU 2M'] }],
  },
  { id: 'GPU 128K', section: '7.1', hardware: 'unknown', what: '131 072 pages: 4 ms', published: 0.004, unit: 's', source: 'log', cannot: 'the only figure of its machine, and one tick of the clock' },
  { id: 'WSL', section: '7.1', hardware: 'WSL guest', what: '2 097 152 pages', published: 0.01, unit: 's', source: 'log', cannot: 'the only figure of its machine' },
  { id: 'devdax 5.10', section: '7.1', hardware: 'devdax, 5.10-rc3', what: '2 063 872 pages, four times', published: [0.024, 0.034], unit: 's', source: 'report', cannot: 'repetitions of one figure: the machine has no other' },
  { id: 'container VM', section: '7.1', hardware: 'small guest', what: '32 768 pages', published: 0.012, unit: 's', source: 'log', cannot: 'the only figure of its machine; 366 ns a page is the host backing the memory' },
  {
    id: 'small ranges', section: '7.1', hardware: 'any', what: '3584 pages: printed as 0 ms', published: [0, 0.001], unit: 's', source: 'test logs',
    experiment: { does: 'device', profile: 'v6.1', pages: 3584, measure: init }, fixed: NO_CEILING,
  },

  {
    id: 'KVM init before', section: '7.4', hardware: 'KVM guest, 2018', what: 'struct pages of 960 GiB, before the series', published: [10.98, 11.1], unit: 's', source: 'Tatashin v3 0/4, 2018-02-13',
    experiment: { does: 'hot-add', profile: 'v4.18', bytes: 960 * 2 ** 30, online: true, measure: 'struct page init' }, fixed: { ...NO_CEILING, 'page free order 0': 0 }, free: [{ cost: 'struct page init', on: ['KVM init after'] }],
  },
  {
    id: 'KVM init after', section: '7.4', hardware: 'KVM guest, 2018', what: 'the same, after it', published: [10.75, 10.93], unit: 's', source: 'Tatashin v3 0/4, 2018-02-13',
    experiment: { does: 'hot-add', profile: 'v4.18', bytes: 960 * 2 ** 30, online: true, measure: 'struct page init' }, fixed: { ...NO_CEILING, 'page free order 0': 0 }, free: [{ cost: 'struct page init', on: ['KVM init before'] }],
  },
  { id: 'no KVM init', section: '7.4', hardware: 'guest without KVM, 2018', what: 'struct pages of 960 GiB, after the series', published: [36.9, 36.99], unit: 's', source: 'Tatashin v3 0/4', cannot: 'emulated: only its own repetitions (39.4 s before) to fit on' },
  {
    id: 'KVM hot-add', section: '7.4', hardware: 'KVM guest, 2018', what: 'hot-add and online of 896 GiB, after the series', published: [29.58, 29.81], unit: 's', source: 'Tatashin v3 0/4, v4.17',
    cannot: 'allocation of the memmap and pages freed one by one (together 83 ns a page) have no other figure of this machine',
  },
  { id: 'KVM hot-add before', section: '7.4', hardware: 'KVM guest, 2018', what: 'the same, before the series', published: [33.57, 34.41], unit: 's', source: 'Tatashin v3 0/4', cannot: 'passes over struct pages that v4.17 removed are not modelled' },
  { id: 'no KVM hot-add', section: '7.4', hardware: 'guest without KVM, 2018', what: 'hot-add of 896 GiB', published: [783.1, 848.7], unit: 's', source: 'Tatashin v3 0/4', cannot: 'emulated: 3.3 µs a page are page faults of the host' },
  { id: 'online order 0', section: '7.4', hardware: 'arm64 phone, 2018', what: 'online of 256 MiB, pages freed one by one', published: [0.05, 0.06], unit: 's', source: 'Arun KS, 2018-09', cannot: 'the only figure of its machine that has this cost' },
  { id: 'online max order', section: '7.4', hardware: 'arm64 phone, 2018', what: 'online of 256 MiB, freed in the largest order: "less than 1 ms"', published: [0, 0.001], unit: 's', source: 'Arun KS, 2018-10, v5.1', cannot: 'its struct page initialisation is not published' },
  { id: 'offline', section: '7.4', hardware: 'any', what: 'offline', published: [0, Infinity], unit: 's', source: 'none', cannot: 'no figure is published: it is dominated by migration' },
]
