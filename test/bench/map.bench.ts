/** The map's answers on a machine that is large and cut into many pieces: `columns()` of the issue is `map` with a limit of 0. */
import type { TrackId } from '../../preload/contract.ts'
import { X86_64, X86_64_ZONES } from '../../main/engine/machine/description.ts'
import { GiB, TiB } from '../../main/engine/units.ts'
import { Document } from '../../main/lab/document.ts'
import { map } from '../../main/lab/map.ts'
import { median, type Figure } from './figure.ts'

const TRACKS: readonly TrackId[] = ['resources', 'nodes', 'zones', 'blocks', 'sections', 'subsections', 'pages', 'pagemaps', 'directmap']

/** 62 TiB in one DIMM, every fourth memory block online, alternately in Normal and Movable, cut further by marks: 10,000 runs and more. */
function document(): Document {
  const doc = new Document('64 TiB', {
    title: '64 TiB', arch: 'x86_64', constants: X86_64, zoneLimits: X86_64_ZONES, cmdline: '', iomemEnd: 2 ** 46, resources: [], nodes: [{ id: 0, cpus: 1 }],
    firmware: [{ start: 0, end: 2 * GiB, type: 'usable' }, { start: 4 * GiB, end: 128 * GiB, type: 'usable' }], affinity: [],
  }, [], undefined)
  doc.run({ op: 'plug_dimm', id: 'd0', start: TiB, size: 62 * TiB, node: 0 })
  const block = doc.kernel.blockBytes
  const first = TiB / block
  for (let i = 0; i < 2000; i++) doc.run({ op: 'block', block: first + i * 4, state: i % 2 ? 'online_movable' : 'online_kernel' })
  for (let i = 0; i < 1200; i++) doc.run({ op: 'mark', start: TiB + i * 4 * block, size: doc.kernel.pageSize, as: 'unmovable' })
  return doc
}

const figure = (name: string, range: (doc: Document) => { start: number; end: number }): Figure => ({
  name, unit: 'ms', goal: '≤ 4',
  run: async () => {
    const doc = document()
    const at = range(doc)
    const times: number[] = []
    for (let i = 0; i < 25; i++) {
      const before = performance.now()
      map(doc, at, 1600, TRACKS, 0)
      if (i >= 5) times.push(performance.now() - before)
    }
    const value = median(times)
    return { value, holds: value <= 4, beside: `${doc.store.runCount} distinct runs, all ${TRACKS.length} tracks` }
  },
})

export default [
  figure('columns-64tib-whole', () => ({ start: 0, end: 64 * TiB })),
  figure('columns-64tib-middle', () => ({ start: 2 * TiB, end: 6 * TiB })),
  figure('columns-64tib-close', () => ({ start: 3 * TiB, end: 3 * TiB + 16 * GiB })),
]
