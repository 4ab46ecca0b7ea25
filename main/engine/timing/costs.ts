/**
 * Cost parameters: what a unit of each cost that operations charge takes, and what the machine makes of it. Sources are the
 * sections of the published figures (docs/calibration.md); "assumption" marks what nobody has published.
 */

/** What a cost occupies while it lasts: `memory` a CPU and the bandwidth of the node written to, `cpu` a CPU, `wait` nothing. */
export type CostKind = 'memory' | 'cpu' | 'wait'

interface Common {
  readonly default: number
  /** Allowed range, inclusive. Figures outside `published` are allowed and mean a machine that nobody has measured. */
  readonly min: number
  readonly max: number
  /** Range of published figures, where there are any. */
  readonly published?: readonly [number, number]
  readonly doc: string
  readonly source: string
}

/** A cost that operations charge by name: time a unit. */
export interface ChargedCost extends Common {
  readonly use: 'charged'
  readonly kind: CostKind
  /** What is counted: "page", "section"; empty when it is charged once. */
  readonly per: string
}

/** A property of the machine, or of locks: not charged by operations. */
export interface MachineCost extends Common {
  readonly use: 'machine'
  readonly unit: 'ns' | 'x' | 'GB/s' | 'workers'
  /** The value that switches it off, or leaves it to the machine. */
  readonly off?: { readonly value: number; readonly means: string }
}

export type CostParameter = ChargedCost | MachineCost

const assumed = 'assumption'

export const COSTS = {
  'device struct page init': {
    use: 'charged', kind: 'memory', per: 'page', default: 25, min: 0.1, max: 1000, published: [4, 40],
    doc: 'One struct page of ZONE_DEVICE: memmap_init_zone_device(), or memmap_init_zone() before v4.20.', source: 'Duyck 2018-09-26: 3 TiB a node in about 20 s; 8-11 ns on newer machines',
  },
  'device struct page second pass': {
    use: 'charged', kind: 'memory', per: 'page', default: 25, min: 0.1, max: 1000, published: [4, 40],
    doc: 'The loop over device pages that set their page map, until v4.19.', source: 'Duyck v5 4/4 2018-09: "nearly doubles" the time',
  },
  'struct page init': {
    use: 'charged', kind: 'memory', per: 'page', default: 18, min: 0.1, max: 1000, published: [8, 43],
    doc: 'One struct page of RAM: memmap_init at boot and online, and the pages of an altmap.', source: 'Tatashin 2018-02-13: 43 ns in a KVM guest; deferred figures for bare metal',
  },
  'deferred struct page init': {
    use: 'charged', kind: 'memory', per: 'page', default: 18, min: 0.1, max: 1000, published: [12, 84],
    doc: 'One struct page of a node thread at boot, freeing to the buddy allocator included.', source: 'Jordan v2 2020-05, Gorman 2015-04, Tatashin 2020-04',
  },
  'memmap allocation': {
    use: 'charged', kind: 'cpu', per: 'page', default: 0.03, min: 0, max: 1000, published: [80, 150],
    doc: 'Memmap for one page: mapped, not initialised. In a guest whose memory is not backed yet the host faults it in: 80-150 ns.', source: `Tatashin 2018-02-13 for guests; bare metal ${assumed}`,
  },
  'section add': { use: 'charged', kind: 'cpu', per: 'section', default: 1000, min: 0, max: 1e7, doc: 'sparse_add_section() without the memmap.', source: assumed },
  'section remove': { use: 'charged', kind: 'cpu', per: 'section', default: 1000, min: 0, max: 1e7, doc: 'section_deactivate().', source: assumed },
  'contiguous scan': { use: 'charged', kind: 'cpu', per: 'pageblock', default: 30, min: 0, max: 1e5, doc: 'set_zone_contiguous(), up to the first pageblock that says no.', source: `${assumed}, 20-50 ns` },
  'shrink scan': { use: 'charged', kind: 'cpu', per: 'sub-section', default: 30, min: 0, max: 1e5, doc: 'find_smallest_section_pfn() and find_biggest_section_pfn().', source: `${assumed}, 20-50 ns` },
  isolate: { use: 'charged', kind: 'cpu', per: 'pageblock', default: 1000, min: 0, max: 1e6, doc: 'start_isolate_page_range().', source: assumed },
  migrate: { use: 'charged', kind: 'cpu', per: 'page', default: 0, min: 0, max: 1e6, doc: 'Moving pages away while offlining. 0: nothing is in use; offlining has no cost of its own that anybody published.', source: assumed },
  'page free order 0': { use: 'charged', kind: 'cpu', per: 'page', default: 800, min: 0, max: 1e5, published: [760, 920], doc: 'A page handed to the buddy allocator alone, as online did until v5.0.', source: 'Arun KS 2018-09: 50-60 ms for 256 MiB' },
  'page free': { use: 'charged', kind: 'cpu', per: 'page', default: 0.5, min: 0, max: 1e5, published: [0, 15], doc: 'A page handed over with its buddies in the largest order.', source: 'Arun KS 2018-10: less than 1 ms for 256 MiB' },
  build_all_zonelists: { use: 'charged', kind: 'cpu', per: '', default: 1e6, min: 0, max: 1e9, doc: 'The zonelists of all nodes.', source: assumed },
  notifier: { use: 'charged', kind: 'cpu', per: 'event', default: 1e4, min: 0, max: 1e9, doc: 'The memory notifier chain, once.', source: assumed },
  synchronize_rcu: { use: 'charged', kind: 'wait', per: '', default: 10e6, min: 0, max: 1e9, published: [1e6, 20e6], doc: 'A grace period.', source: `${assumed}, 1-20 ms` },
  percpu_ref_kill: { use: 'charged', kind: 'wait', per: '', default: 10e6, min: 0, max: 1e9, doc: 'The counter of a page map goes to atomic mode: a grace period.', source: `${assumed}, 1-20 ms` },
  'static key switch': { use: 'charged', kind: 'cpu', per: '', default: 1e5, min: 0, max: 1e9, doc: 'static_branch_disable(): code is patched on all CPUs.', source: assumed },
  'kthread start': { use: 'charged', kind: 'cpu', per: 'thread', default: 1e5, min: 0, max: 1e9, doc: 'kthread_run().', source: assumed },

  'percpu-rwsem write': {
    use: 'machine', unit: 'ns', default: 10e6, min: 0, max: 1e9, published: [1e6, 20e6],
    doc: 'A writer makes the readers of a percpu rwsem take the slow path: a grace period, which writers soon after one another share (rcu_sync).', source: `${assumed}, 1-20 ms`,
  },
  'sysfs retry sleep': { use: 'machine', unit: 'ns', default: 5e6, min: 1e3, max: 1e9, doc: 'lock_device_hotplug_sysfs(): sleep before the system call starts again.', source: 'drivers/base/core.c: 5 ms' },
  'lock acquire': { use: 'machine', unit: 'ns', default: 0, min: 0, max: 1e9, doc: 'Taking any lock once nobody is in the way.', source: assumed },
  'remote node factor': { use: 'machine', unit: 'x', default: 1.4, min: 1, max: 10, published: [1, 1.6], doc: 'Writing struct pages of another node takes so much longer.', source: 'Duyck 2018-09-10: 23-37 s anywhere, 23-26 s on the local CPU' },
  'memory bandwidth ceiling': {
    use: 'machine', unit: 'GB/s', default: 43, min: 0, max: 1e5, published: [19, 47], off: { value: 0, means: 'no ceiling' },
    doc: 'Struct pages that all CPUs together can write to the RAM of a node. Demand d slows down by sqrt(1 + (d/ceiling)²).', source: 'Jordan v2 2020-05: 12 times one thread on a Xeon 8167M',
  },
  'device bandwidth ceiling': {
    use: 'machine', unit: 'GB/s', default: 12, min: 0, max: 1e5, off: { value: 0, means: 'no ceiling' },
    doc: 'The same for struct pages on the device itself (an altmap).', source: `${assumed}: six modules of persistent memory at 2 GB/s`,
  },
  'device init workers': {
    use: 'machine', unit: 'workers', default: 1, min: 1, max: 4096,
    doc: 'What if memmap_init_zone_device() split a range among so many workers of its node; no kernel does.', source: 'the question of 2019-08-29',
  },
  'padata workers': {
    use: 'machine', unit: 'workers', default: 0, min: 0, max: 4096, off: { value: 0, means: 'all CPUs of the node' },
    doc: 'Most workers of a node thread at boot (v5.8+).', source: 'deferred_page_init_max_threads(), x86: all CPUs of the node',
  },
} as const satisfies Readonly<Record<string, CostParameter>>

export type CostName = keyof typeof COSTS
export const COST_NAMES = Object.keys(COSTS) as readonly CostName[]

/** A parameter of which only the name is known at run time. */
export const parameterOf = (name: string): CostParameter | undefined => (Object.hasOwn(COSTS, name) ? COSTS[name as CostName] : undefined)

/** "ns/page", "ns", "x", "GB/s", "workers" */
export const unitOf = (p: CostParameter): string => (p.use === 'machine' ? p.unit : p.per === '' ? 'ns' : `ns/${p.per}`)

/** Values by name; what is absent takes its default. Names of a device type's own costs may be among them. */
export type CostValues = Readonly<Record<string, number>>

export const valueOf = (values: CostValues, name: CostName): number => values[name] ?? COSTS[name].default
