/** Published figures of boot (7.3): deferred struct pages, freeing to the buddy allocator included. */
import type { Row } from './row.ts'

const GiB = 2 ** 18 // in pages
const init = 'deferred struct page init'
const ceiling = 'memory bandwidth ceiling'

const xeon = 'Xeon with two sockets, 2014-17'
const epyc = 'guests on EPYC 7551, 2020'
const large2015 = 'large Xeon servers, 2015'
const NO_CEILING = { [ceiling]: 0 } as const

/** A machine whose node threads were measured with one CPU and with more. `channels`: GB/s of the memory channels of a node, by its data sheet. */
interface Machine {
  readonly id: string
  readonly hardware: string
  readonly title: string
  readonly pages: number
  readonly nodes: number
  readonly cpus: number
  readonly channels: number | undefined
  readonly before: number
  /** Time by number of threads. */
  readonly threads: Readonly<Record<number, number>>
}

const MACHINES: readonly Machine[] = [
  {
    id: '8167M', hardware: xeon, title: 'Xeon 8167M, 2 x 384 GiB', pages: 384 * GiB, nodes: 2, cpus: 52, channels: 128, before: 1.779,
    threads: { 1: 1.718, 6: 0.341, 13: 0.193, 19: 0.175, 26: 0.194, 39: 0.173, 52: 0.143 },
  },
  {
    id: '2699C v4', hardware: xeon, title: 'Xeon E5-2699C v4, 192 GiB', pages: 192 * GiB, nodes: 1, cpus: 32, channels: 76.8, before: 1.104,
    threads: { 1: 1.075, 4: 0.305, 8: 0.174, 12: 0.145, 16: 0.133, 24: 0.128, 32: 0.126 },
  },
  { id: '2699 v3', hardware: xeon, title: 'Xeon E5-2699 v3, 2 x 128 GiB', pages: 128 * GiB, nodes: 2, cpus: 36, channels: 68.3, before: 0.63, threads: { 36: 0.09 } },
  { id: 'Haswell guest', hardware: xeon, title: 'guest on a Haswell, 14 GiB', pages: 14 * GiB, nodes: 1, cpus: 4, channels: 68.3, before: 0.057, threads: { 4: 0.021 } },
  { id: 'EPYC 64', hardware: epyc, title: 'guest on an EPYC 7551, 64 GiB', pages: 64 * GiB, nodes: 1, cpus: 16, channels: undefined, before: 0.243, threads: { 16: 0.057 } },
  { id: 'EPYC 16', hardware: epyc, title: 'guest on an EPYC 7551, 16 GiB', pages: 16 * GiB, nodes: 1, cpus: 4, channels: undefined, before: 0.0507, threads: { 4: 0.0223 } },
]

const source = 'Jordan v2, 2020-05'
const idOf = (m: Machine, threads: number): string => `${m.id}, ${threads} threads`

/** Threads of a machine, from the bandwidth of the others of its class and from its own time with one thread. */
function rowsOf(m: Machine): Row[] {
  const counts = Object.keys(m.threads).map(Number)
  const others = MACHINES.filter((o) => o.hardware === m.hardware && o !== m).flatMap((o) => Object.keys(o.threads).map(Number).filter((n) => n > 1).map((n) => idOf(o, n)))
  const share = { cost: ceiling, on: others, ...(m.channels === undefined ? {} : { of: m.channels }) } as const
  const experiment = { does: 'boot', profile: 'v5.10', pages: m.pages, nodes: m.nodes, cpus: m.cpus } as const
  return [
    {
      id: `${m.id}, before`, section: '7.3', hardware: m.hardware, what: `${m.title}, before (one thread)`, published: m.before, unit: 's', source,
      experiment: { ...experiment, profile: 'v5.5' }, fixed: NO_CEILING,
      ...(counts.includes(1) ? { free: [{ cost: init, on: [idOf(m, 1)] }] } : { cannot: 'the only figure of its machine with one thread: the others are fitted on it' }),
    },
    ...counts.map((n): Row => ({
      id: idOf(m, n), section: '7.3', hardware: m.hardware, what: `${m.title}, ${n} thread${n === 1 ? '' : 's'}`, published: m.threads[n]!, unit: 's', source,
      experiment: { ...experiment, threads: n },
      ...(n === 1 ? { fixed: NO_CEILING, free: [{ cost: init, on: [`${m.id}, before`] }] } : { free: [{ cost: init, on: [`${m.id}, before`] }, share] }),
    })),
  ]
}

const alone = (id: string, what: string, published: Row['published'], from: string, cannot: string): Row => ({ id, section: '7.3', hardware: what, what, published, unit: 's', source: from, cannot })

export const BOOT_ROWS: readonly Row[] = [
  ...MACHINES.flatMap(rowsOf),
  ...([[23_400_000, 0.292, 0.028, 'node 0'], [24_200_000, 0.304, 0.028, 'node 1']] as const).flatMap(([pages, before, after, node], i, both): Row[] => [
    {
      id: `96 CPUs, ${node}, before`, section: '7.3', hardware: 'server with 96 CPUs, 192 GiB', what: `96 CPUs, 192 GiB, ${node}: ${pages} pages, one thread`, published: before, unit: 's', source: 'Triplett, in the same thread',
      experiment: { does: 'boot', profile: 'v5.5', pages, cpus: 48 }, fixed: NO_CEILING, free: [{ cost: init, on: [`96 CPUs, ${both[1 - i]![3]}, before`] }],
    },
    {
      id: `96 CPUs, ${node}, after`, section: '7.3', hardware: 'server with 96 CPUs, 192 GiB', what: `the same, 48 threads`, published: after, unit: 's', source: 'Triplett, in the same thread',
      experiment: { does: 'boot', profile: 'v5.10', pages, cpus: 48 }, free: [{ cost: init, on: [`96 CPUs, ${node}, before`] }, { cost: ceiling, on: [`96 CPUs, ${both[1 - i]![3]}, after`] }],
    },
  ]),
  {
    id: 'Gorman 1 TiB', section: '7.3', hardware: large2015, what: '1 TiB, 4 nodes, one thread a node', published: [1.116, 1.148], unit: 's', source: 'Gorman, 2015-04',
    experiment: { does: 'boot', profile: 'v4.18', pages: 256 * GiB, nodes: 4, cpus: 18 }, fixed: NO_CEILING, free: [{ cost: init, on: ['Long 24 TB'] }],
  },
  {
    id: 'Gorman 1 TiB, earlier', section: '7.3', hardware: large2015, what: 'the same, an earlier version of the series', published: [1.168, 1.528], unit: 's', source: 'Gorman, 2015-04',
    experiment: { does: 'boot', profile: 'v4.18', pages: 256 * GiB, nodes: 4, cpus: 18 }, fixed: NO_CEILING, free: [{ cost: init, on: ['Gorman 1 TiB'] }],
  },
  {
    id: 'Gorman 1 TiB, saved', section: '7.3', hardware: large2015, what: 'the same: 16 s less of boot', published: 16, unit: 's', source: 'Gorman, 2015-04',
    experiment: { does: 'boot saved', profile: 'v4.18', pages: 256 * GiB, nodes: 4, cpus: 18 }, fixed: NO_CEILING, free: [{ cost: init, on: ['Gorman 1 TiB'] }], same: { 'struct page init': init },
    note: 'boot before the series also freed page by page and searched memblock; that is not modelled',
  },
  {
    id: 'Long 24 TB', section: '7.3', hardware: large2015, what: '24 TB DragonHawk, node 0: 396 098 436 pages', published: 6.024, unit: 's', source: 'Long, 2015',
    experiment: { does: 'boot', profile: 'v4.18', pages: 396_098_436, cpus: 15 }, fixed: NO_CEILING, free: [{ cost: init, on: ['Gorman 1 TiB'] }],
  },
  {
    id: 'Tatashin 12M', section: '7.3', hardware: 'guest, interrupts on, 2020', what: '12 051 227 pages', published: 0.436, unit: 's', source: 'Tatashin, 2020-04',
    experiment: { does: 'boot', profile: 'v5.5', pages: 12_051_227, cpus: 8 }, fixed: NO_CEILING, free: [{ cost: init, on: ['Tatashin 10M'] }],
  },
  {
    id: 'Tatashin 10M', section: '7.3', hardware: 'guest, interrupts on, 2020', what: '10 256 176 pages', published: 0.3736, unit: 's', source: 'same thread',
    experiment: { does: 'boot', profile: 'v5.5', pages: 10_256_176, cpus: 8 }, fixed: NO_CEILING, free: [{ cost: init, on: ['Tatashin 12M'] }],
  },
  alone('Gorman 64 GiB', '64 GiB, 4 nodes, one thread a node', [0.188, 0.216], 'Gorman, 2015', 'four threads of one figure: the machine has no other'),
  alone('Zhang 32M', '32 203 456 pages', 0.894, 'Zhang, 2020', 'the only figure of its machine'),
  alone('Wei 4 TiB', 'guest of 4 TiB, 1 055 935 372 pages', 88.65, 'Wei, 2020', 'the only figure of its machine; 84 ns a page are the host backing the memory'),
  alone('Zimmer 8 TB', '8 TB, 128 nodes: boot 1484 s, then 1000 s', [1000, 1484], 'Zimmer, 2015', 'a whole boot, of which struct pages are a part that is not published'),
  alone('Zimmer 32 TB', '32 TB, 128 nodes: boot 4890 s, then 1240 s', [1240, 4890], 'Zimmer, 2015', 'a whole boot, of which struct pages are a part that is not published'),
  alone('Zimmer 12 TB', '12 TB, 32 nodes: boot 598 s, then 450 s', [450, 598], 'Zimmer, 2015', 'a whole boot, of which struct pages are a part that is not published'),
  alone('Blueman 7 TB', '7 TB, 108 nodes: boot 7136 s, then 2159 s', [1045, 7136], 'Blueman, 2015', 'a whole boot, of which struct pages are a part that is not published'),
]
