/**
 * Whether two machines differ, kept up to date from their journals: after each step only what was written is looked at. It answers
 * for what a snapshot shows, and says nothing (`blind`) where handles of the two machines do not mean the same.
 */
import type { Booted } from '../boot/boot.ts'
import { zoneOfOnlineBlock } from '../kernel/zone-of-block.ts'
import { MEM } from '../state/block.ts'
import type { Device } from '../state/device.ts'
import { Cell, type Field, type Ref } from '../state/handles.ts'
import type { JournalEntry } from '../state/journal.ts'
import type { HeldForEver, Kernel } from '../state/kernel.ts'
import type { Pgmap } from '../state/pgmap.ts'
import { RangeMap } from '../state/range-map.ts'
import type { Resource } from '../state/resource-tree.ts'
import type { Zone } from '../state/zone.ts'
import { alignDown } from '../units.ts'

export type StateVerdict = 'same' | 'parts' | 'as-before'

export class StateTracker {
  /** Values that differ, as text of both. */
  private readonly cells = new Map<number, string>()
  private readonly refs = new Set<number>()
  /** By field: 1 where the two differ. */
  private readonly fields = new Map<number, RangeMap>()
  /** What a step touched, until it is looked at. */
  private readonly cellsTouched = new Set<number>()
  private readonly refsTouched = new Set<number>()
  private readonly rangesTouched = new Map<number, number[]>()
  private readonly shownCells: ReadonlySet<number>
  private readonly sameRef: ReadonlyMap<number, (a: unknown, b: unknown) => boolean>
  private readonly top: number
  private aligned: boolean
  private readonly zonesOfBlocks: BlockZones | undefined

  constructor(private readonly a: Booted, private readonly b: Booted) {
    const [ka, kb] = [a.kernel, b.kernel]
    this.shownCells = shownCells(ka)
    this.sameRef = shownRefs(ka)
    this.top = Math.max(ka.pluggableEnd, kb.pluggableEnd) / ka.pageSize
    this.aligned = alike(ka, kb)
    if (!this.aligned) return
    this.zonesOfBlocks = ka.profile.decisions.blockZone === kb.profile.decisions.blockZone ? undefined : new BlockZones(a, b)
    this.zonesOfBlocks?.touch(0, this.top)
    this.zonesOfBlocks?.settle()
    for (const id of this.shownCells) this.compareCell(id)
    for (const id of this.sameRef.keys()) this.compareRef(id)
    const shown = new Set(shownFields(kb).map((f) => f.id))
    for (const field of shownFields(ka).filter((f) => shown.has(f.id))) {
      this.fields.set(field.id, new RangeMap())
      this.compareField(field.id, 0, Math.ceil(this.top / field.unit))
    }
  }

  /** True when only snapshots can tell. */
  get blind(): boolean {
    return !this.aligned
  }

  get differs(): boolean {
    if (this.cells.size > 0 || this.refs.size > 0 || this.zonesOfBlocks?.differs === true) return true
    for (const map of this.fields.values()) if (map.runCount > 1) return true
    return false
  }

  /** Takes in what a step wrote: journal entries from these positions on. */
  step(fromA: number, fromB: number): StateVerdict {
    const [ja, jb] = [this.a.store.journal, this.b.store.journal]
    const { zonesOfBlocks, cellsTouched, refsTouched, rangesTouched } = this
    const touch = (e: JournalEntry): void => {
      zonesOfBlocks?.take(e)
      switch (e.kind) {
        case 'cell': if (this.shownCells.has(e.h.id)) cellsTouched.add(e.h.id); break
        case 'ref': if (this.sameRef.has(e.h.id)) refsTouched.add(e.h.id); break
        case 'field': if (this.fields.has(e.h.id)) touchRange(rangesTouched, e.h.id, e.start, e.end); break
        case 'log': break
      }
    }
    let i = fromA
    let j = fromB
    // where both write the same, only what differed before can have changed; what only one writes has to be looked at
    while (i < ja.applied && j < jb.applied) {
      const ea = ja.entries[i]!
      const eb = jb.entries[j]!
      if (sameWrite(ea, eb)) {
        zonesOfBlocks?.take(ea)
        if (ea.kind === 'ref' || (ea.kind === 'cell' && this.cells.has(ea.h.id)) || (ea.kind === 'field' && (this.fields.get(ea.h.id)?.runCount ?? 0) > 1)) touch(ea)
        i++
        j++
      } else if (j + 1 < jb.applied && sameWrite(ea, jb.entries[j + 1]!)) touch(jb.entries[j++]!)
      else if (i + 1 < ja.applied && sameWrite(ja.entries[i + 1]!, eb)) touch(ja.entries[i++]!)
      else {
        touch(ja.entries[i++]!)
        touch(jb.entries[j++]!)
      }
    }
    for (; i < ja.applied; i++) touch(ja.entries[i]!)
    for (; j < jb.applied; j++) touch(jb.entries[j]!)

    let changed = false
    for (const id of cellsTouched) changed = this.compareCell(id) || changed
    for (const id of refsTouched) changed = this.compareRef(id) || changed
    for (const [field, ranges] of rangesTouched) for (let at = 0; at < ranges.length; at += 2) changed = this.compareField(field, ranges[at]!, ranges[at + 1]!) || changed
    cellsTouched.clear()
    refsTouched.clear()
    rangesTouched.clear()
    changed = zonesOfBlocks?.settle() === true || changed
    // pages name their page map by its number
    if (this.a.store.cell(this.a.kernel.lastPgmap) !== this.b.store.cell(this.b.kernel.lastPgmap)) this.aligned = false
    return changed ? 'parts' : this.differs ? 'as-before' : 'same'
  }

  /** True when the difference changed. */
  private compareCell(id: number): boolean {
    const [a, b] = [this.a.store.cells[id], this.b.store.cells[id]]
    const before = this.cells.get(id)
    const now = a === b ? undefined : `${a} ${b}`
    if (now === undefined) this.cells.delete(id)
    else this.cells.set(id, now)
    return before !== now
  }

  private compareRef(id: number): boolean {
    const before = this.refs.has(id)
    const same = this.sameRef.get(id)!(this.a.store.refs[id], this.b.store.refs[id])
    if (same) this.refs.delete(id)
    else this.refs.add(id)
    return !same || before
  }

  /** Units of the field. */
  private compareField(id: number, start: number, end: number): boolean {
    const map = this.fields.get(id)!
    const [ra, rb] = [this.a.store.fields[id]!.runs(start, end), this.b.store.fields[id]!.runs(start, end)]
    const differed = map.runCount > 1 && map.runs(start, end).some((_, i, runs) => i % 3 === 2 && runs[i] === 1)
    let differs = false
    let [i, j, at] = [0, 0, start]
    while (at < end) {
      const next = Math.min(ra[i + 1]!, rb[j + 1]!)
      const same = ra[i + 2] === rb[j + 2]
      if (!same) differs = true
      if (!same || differed) map.set(at, next, same ? 0 : 1)
      at = next
      if (ra[i + 1]! <= at) i += 3
      if (rb[j + 1]! <= at) j += 3
    }
    return differs || differed
  }
}

/**
 * Zones that online blocks show, where one kernel finds them by walking pages and the other remembers them. Looked up again for blocks
 * whose pages or state were written, and where a span ends that was.
 */
class BlockZones {
  private readonly differing = new Map<number, string>()
  private ranges: [start: number, end: number][] = []
  /** By id: of both machines, whose handles are the same. */
  private readonly fields: readonly boolean[]
  /** Zones by the cells of their spans. */
  private readonly spans: Zone[] = []

  constructor(private readonly a: Booted, private readonly b: Booted) {
    const k = a.kernel
    const walked = [k.page, k.sectionFlags, k.blockState, k.blockZone]
    this.fields = k.allFields.map((field) => walked.includes(field))
    for (const node of k.nodes.values()) for (const zone of node.zones) for (const cell of [zone.startPfn, zone.spanned]) this.spans[cell.id] = zone
  }

  get differs(): boolean {
    return this.differing.size > 0
  }

  take(e: JournalEntry): void {
    if (e.kind === 'field' && this.fields[e.h.id] === true) this.touch(e.start * e.h.unit, e.end * e.h.unit)
    else if (e.kind === 'cell') {
      const zone = this.spans[e.h.id]
      if (!zone) return
      // a block behind whose end the span ends is in no zone, for some
      const end = this.a.store.cell(zone.startPfn) + this.a.store.cell(zone.spanned)
      if (end > 0) this.touch(end - 1, end)
    }
  }

  /** pfns. */
  touch(start: number, end: number): void {
    const last = this.ranges[this.ranges.length - 1]
    if (last && last[0] <= start && end <= last[1]) return
    if (last && start <= last[1] && last[0] <= end) this.ranges[this.ranges.length - 1] = [Math.min(start, last[0]), Math.max(end, last[1])]
    else this.ranges.push([start, end])
  }

  /** Looks at what was touched; true when what differs changed. Of blocks that are alike the first speaks for all. */
  settle(): boolean {
    const { kernel: k, store } = this.a
    const size = k.pagesPerBlock
    const blocks = new Set<number>()
    for (const [start, end] of this.ranges) {
      if (end - start <= 4 * size) for (let at = alignDown(start, size); at < end; at += size) blocks.add(at)
      else for (const side of [this.a, this.b])
        side.store.eachRun([side.kernel.page, side.kernel.blockState, side.kernel.blockZone], start, end, (s, e) => {
          blocks.add(alignDown(s, size)).add(alignDown(e - 1, size)).add(Math.min(alignDown(s, size) + size, alignDown(e - 1, size)))
        })
    }
    this.ranges = []
    let changed = false
    for (const block of blocks) {
      if (store.at(k.blockState, block) !== MEM.online || this.b.store.at(this.b.kernel.blockState, block) !== MEM.online) {
        changed = this.differing.delete(block) || changed
        continue
      }
      const [za, zb] = [zoneShown(this.a, block), zoneShown(this.b, block)]
      const now = za === zb ? undefined : `${za} ${zb}`
      if (now === this.differing.get(block)) continue
      changed = true
      if (now === undefined) this.differing.delete(block)
      else this.differing.set(block, now)
    }
    return changed
  }
}

const zoneShown = ({ kernel: k, store, executor }: Booted, block: number): number =>
  k.profile.decisions.blockZone === 'remembered' ? store.at(k.blockZone, block) : store.observe(() => executor.run(zoneOfOnlineBlock, block).ret)

/** Adds a range to flat ones, joined with the last where they meet: writes come in neighbourhoods, and often twice. */
function touchRange(ranges: Map<number, number[]>, field: number, start: number, end: number): void {
  const known = ranges.get(field)
  if (!known) return void ranges.set(field, [start, end])
  const last = known.length - 2
  if (start > known[last + 1]! || end < known[last]!) known.push(start, end)
  else {
    if (start < known[last]!) known[last] = start
    if (end > known[last + 1]!) known[last + 1] = end
  }
}

/** The same write, but for what stands behind a reference. */
export function sameWrite(a: JournalEntry, b: JournalEntry): boolean {
  if (a.kind !== b.kind) return false
  switch (a.kind) {
    case 'log': return true
    case 'cell': return a.h.id === (b as typeof a).h.id && a.after === (b as typeof a).after
    case 'ref': return a.h.id === (b as typeof a).h.id
    case 'field': {
      const other = b as typeof a
      return a.h.id === other.h.id && a.start === other.start && a.end === other.end && a.after === other.after
    }
  }
}

/** Same handles for the same things. */
const alike = (a: Kernel, b: Kernel): boolean =>
  a.allCells.length === b.allCells.length && a.allCells.every((cell, i) => cell.name === b.allCells[i]!.name) && a.pagesPerBlock === b.pagesPerBlock &&
  a.nodeSets.length === b.nodeSets.length && a.nodeSets.every((set, i) => set.join() === b.nodeSets[i]!.join())

/** All of nodes and zones, but what no snapshot has. */
const shownCells = (k: Kernel): ReadonlySet<number> => {
  const cells: Cell[] = [k.maxPfn, k.highestPresentSection, k.autoOnline]
  const cellsOf = (of: object, hidden: readonly Cell[]): Cell[] => Object.values(of).filter((value): value is Cell => value instanceof Cell && !hidden.includes(value))
  for (const n of k.nodes.values()) {
    cells.push(...cellsOf(n, [n.nrZones]))
    for (const z of n.zones) cells.push(...cellsOf(z, [z.nrIsolatePageblock]))
  }
  return new Set(cells.map((c) => c.id))
}

/** blockZone is what the model notes down: of blocks that walk their pages it is not shown. */
const shownFields = (k: Kernel): readonly Field[] => [
  k.sectionFlags, k.sectionNode, k.subsectionMap, k.page, k.directMap, k.pgmapIndex,
  k.blockState, ...(k.profile.decisions.blockZone === 'remembered' ? [k.blockZone] : []), k.blockNode, k.blockNodes, k.blockOnlineType, k.blockVmemmapPages,
]

function shownRefs(k: Kernel): ReadonlyMap<number, (a: unknown, b: unknown) => boolean> {
  const entry = <T>(ref: Ref<T>, same: (a: T, b: T) => boolean): readonly [number, (a: unknown, b: unknown) => boolean] => [ref.id, same as (a: unknown, b: unknown) => boolean]
  return new Map([
    entry(k.iomem, sameResource),
    entry(k.pgmaps, (a, b) => texts(a.filter((p) => p.live), pgmapText) === texts(b.filter((p) => p.live), pgmapText)),
    entry(k.devices, (a, b) => texts(a, deviceText) === texts(b, deviceText)),
    entry(k.heldForEver, (a, b) => texts(a, heldText) === texts(b, heldText)),
  ])
}

const sameResource = (a: Resource, b: Resource): boolean =>
  a === b ||
  (a.start === b.start && a.end === b.end && a.name === b.name && a.busy === b.busy && a.children.length === b.children.length && a.children.every((c, i) => sameResource(c, b.children[i]!)))

const texts = <T>(list: readonly T[], text: (value: T) => string): string => list.map(text).join('\n')
const pgmapText = ({ type, ranges, node, altmap, vmemmapShift, owner }: Pgmap): string => JSON.stringify([type, ranges, node, altmap, vmemmapShift, owner])
const deviceText = ({ name, type, node, params, data }: Device): string => JSON.stringify([name, type, node, params, data])
const heldText = ({ lock, mode, by }: HeldForEver): string => `${lock.name} ${mode} ${by}`
