/**
 * A second, slow model of what commands do to zones, nodes and blocks: one array element a page, loops as the kernel's C has them,
 * no runs and no steps. Written from mm/memory_hotplug.c, mm/page_alloc.c, drivers/base/memory.c and drivers/acpi of 6.1 alone, so
 * that a mistake in the engine has to be made twice to go unseen. Starts from a booted engine; takes from it only what the
 * resource tree answers, which has its own tests.
 */
import type { Command, NotifierEvent } from '../../main/engine/command.ts'
import type { Engine } from '../../main/engine/engine.ts'
import type { ResourceSnapshot, Snapshot } from '../../main/engine/snapshot-types.ts'
import { TOP } from './arbitrary.ts'

const [EPERM, EINTR, E2BIG, EBUSY, EEXIST, ENODEV, EINVAL, ENOENT] = [-1, -4, -7, -16, -17, -19, -22, -2]
const PAGE = 4096
const SECTION = 32768
const SUBSECTION = 512
const PAGEBLOCK = 512
const PAGES = TOP / PAGE
const [NORMAL, MOVABLE] = [2, 3]
const WORDS = ['offline', 'online', 'online_kernel', 'online_movable']

interface NaiveZone { node: number; index: number; start: number; spanned: number; present: number; early: number; managed: number; contiguous: boolean }
interface NaiveNode { id: number; cpus: boolean; online: boolean; memory: boolean; normal: boolean; start: number; spanned: number }
interface NaiveBlock { online: boolean; zone: NaiveZone | undefined; nid: number; type: number; vmemmap: number; group: Group | undefined }
interface Group { readonly max: number; kernel: number; movable: number }
interface Dimm { readonly start: number; readonly size: number; readonly enabled: boolean; readonly group: Group }

/** Zone of a page + 1 (node * 8 + index + 1), 0 where the struct page says nothing. One buffer for all machines: they come one by one. */
const pageZone = new Int16Array(PAGES)
const reserved = new Uint8Array(PAGES)
const mark = new Uint8Array(PAGES)
const ram = new Uint8Array(PAGES)

export class NaiveKernel {
  readonly zones = new Map<number, NaiveZone>()
  readonly nodes = new Map<number, NaiveNode>()
  readonly blocks = new Map<number, NaiveBlock>()
  private readonly early = new Set<number>()
  private readonly valid = new Set<number>()
  private readonly online = new Set<number>()
  /** Sub-sections whose bit is set. */
  private readonly bits = new Uint8Array(PAGES / SUBSECTION)
  private readonly vetoes = new Map<string, NotifierEvent>()
  private readonly dimms = new Map<string, Dimm>()
  private readonly blockPages: number
  private policy = { auto: 0, autoMovable: false, ratio: 301, numaAware: true }
  private signal = false

  constructor(private readonly engine: Engine) {
    const s = engine.snapshot()
    const { cmdline } = engine.description
    this.blockPages = s.constants.blockSize / PAGE
    this.policy = {
      auto: Math.max(0, WORDS.indexOf(s.autoOnline)), autoMovable: cmdline.includes('online_policy=auto-movable'),
      ratio: cmdline.includes('auto_movable_ratio=100') ? 100 : 301, numaAware: true,
    }
    for (const n of s.nodes) {
      this.nodes.set(n.id, { id: n.id, cpus: n.hasCpu, online: n.online, memory: n.hasMemory, normal: n.hasNormalMemory, start: n.startPfn, spanned: n.spanned })
      for (const z of n.zones)
        this.zones.set(code(n.id, z.index), { node: n.id, index: z.index, start: z.startPfn, spanned: z.spanned, present: z.present, early: z.presentEarly, managed: z.managed, contiguous: z.contiguous })
    }
    pageZone.fill(0)
    reserved.fill(0)
    mark.fill(0)
    const index = (zone: string): number => ['DMA', 'DMA32', 'Normal', 'Movable'].indexOf(zone)
    for (const p of s.pages)
      if (p.node >= 0) {
        pageZone.fill(code(p.node, index(p.zone)), p.start, p.end)
        if (p.reserved) reserved.fill(1, p.start, p.end)
      }
    for (const run of s.sections)
      for (let nr = run.first; nr <= run.last; nr++) {
        this.early.add(nr)
        this.valid.add(nr)
        this.online.add(nr)
        const map = run.subsections === 'full' ? ~0n : run.subsections === 'empty' ? 0n : BigInt(run.subsections)
        for (let i = 0; i < 64; i++) this.bits[nr * 64 + i] = Number((map >> BigInt(i)) & 1n)
      }
    for (const run of s.blocks)
      for (let nr = run.first; nr <= run.last; nr++) {
        const nid = engine.booted.store.at(engine.booted.kernel.blockNode, nr * this.blockPages) - 1
        const zone = run.zone === undefined || run.zone === 'none' ? undefined : this.zones.get(code(nid, index(run.zone)))
        this.blocks.set(nr, { online: run.state === 'online', zone, nid, type: 0, vmemmap: 0, group: undefined })
      }
  }

  /** Carries a command out; called before the engine does, because the resource tree is read from it. */
  execute(c: Command): number {
    switch (c.op) {
      case 'add_memory': return this.addMemory(c.node, c.start, c.size, undefined, 0)
      case 'block': {
        if (!this.blocks.has(c.block)) return ENOENT
        this.signal = c.signal === true
        const ret = this.stateStore(c.block, c.state)
        this.signal = false
        return ret
      }
      case 'remove_memory': return this.removeMemory(c.start, c.size)
      case 'offline_and_remove_memory': return this.offlineAndRemove(c.start, c.size)
      case 'plug_dimm': return this.plug(c.id, c.start, c.size, c.node)
      case 'unplug_dimm': return this.unplug(c.id)
      case 'mark':
        mark.fill({ none: 0, unmovable: 1, pinned: 2, hwpoison: 3 }[c.as], Math.floor(c.start / PAGE), Math.ceil((c.start + c.size) / PAGE))
        return 0
      case 'policy': return this.setPolicy(c.name, c.value)
      case 'notifier':
        if (c.answer === 'veto') this.vetoes.set(c.name + c.event, c.event)
        else this.vetoes.delete(c.name + c.event)
        return 0
      default: throw new Error(`${c.op} is not for the naive kernel: it knows ordinary RAM only`)
    }
  }

  private setPolicy(name: string, value: string): number {
    if (name === 'auto_online_blocks') {
      const type = WORDS.indexOf(value)
      if (type < 0) return EINVAL
      this.policy.auto = type
    } else if (name === 'online_policy') {
      if (value !== 'contig-zones' && value !== 'auto-movable') return EINVAL
      this.policy.autoMovable = value === 'auto-movable'
    } else if (name === 'auto_movable_ratio') {
      if (!/^\d+$/.test(value)) return EINVAL
      this.policy.ratio = Number(value)
    } else {
      if (!/^[yYnN01]/.test(value)) return EINVAL
      this.policy.numaAware = /^[yY1]/.test(value)
    }
    return 0
  }

  private vetoed(event: NotifierEvent): boolean {
    return [...this.vetoes.values()].includes(event)
  }

  // ---- physical phase

  private addMemory(nid: number, start: number, size: number, group: Group | undefined, vmemmap: number): number {
    if (size === 0 || start + size > 2 ** 46) return E2BIG
    if (!this.mayClaim(start, start + size)) return EEXIST
    const bytes = this.blockPages * PAGE
    if (start % bytes !== 0 || size % bytes !== 0) return EINVAL
    const node = this.nodes.get(nid)
    if (!node) return EINVAL
    if (!node.online) {
      node.start = 0
      for (const z of this.zones.values()) if (z.node === nid) z.managed = z.present = 0
    }
    const [pfn, end] = [start / PAGE, (start + size) / PAGE]
    for (let nr = pfn / SECTION; nr < end / SECTION; nr++) this.valid.add(nr)
    this.bits.fill(1, pfn / SUBSECTION, end / SUBSECTION)
    pageZone.fill(0, pfn, end)
    reserved.fill(0, pfn, end)
    const added: number[] = []
    for (let nr = pfn / this.blockPages; nr < end / this.blockPages; nr++) {
      this.blocks.set(nr, { online: false, zone: undefined, nid, type: 0, vmemmap, group })
      added.push(nr)
    }
    node.online = true
    // the claim that the engine makes in the tree a moment later
    this.claimed = { start, end: start + size }
    if (this.policy.auto !== 0)
      for (const nr of added) {
        this.blocks.get(nr)!.type = this.policy.auto
        if (this.deviceOnline(nr) !== 0) break
      }
    this.claimed = undefined
    return 0
  }
  private claimed: { start: number; end: number } | undefined

  /** Every resource that the range meets must be not busy and contain it. */
  private mayClaim(start: number, end: number): boolean {
    if (start < 0 || end > this.engine.description.iomemEnd) return false
    const every = (list: readonly ResourceSnapshot[]): boolean =>
      list.every((r) => r.end <= start || r.start >= end || (!r.busy && r.start <= start && r.end >= end && every(r.children)))
    return every(this.engine.snapshot().iomem)
  }

  private removeMemory(start: number, size: number): number {
    const bytes = this.blockPages * PAGE
    if (size === 0 || start % bytes !== 0 || size % bytes !== 0) return EINVAL
    const [first, last] = [start / bytes, (start + size) / bytes - 1]
    let nid = -1
    let selfHosted = false
    for (let nr = first; nr <= last; nr++) {
      const b = this.blocks.get(nr)
      if (!b) continue
      if (b.online) return EBUSY
      nid = b.nid
      selfHosted ||= b.vmemmap > 0
    }
    if (selfHosted && first !== last) return EINVAL
    for (let nr = first; nr <= last; nr++) this.blocks.delete(nr)
    const [pfn, end] = [start / PAGE, (start + size) / PAGE]
    for (let nr = pfn / SECTION; nr < end / SECTION; nr++) {
      if (!this.valid.has(nr)) continue
      // section_deactivate(): a section with gaps in its map stays as it is
      if (this.bits.subarray(nr * 64, nr * 64 + 64).some((bit) => bit === 0)) continue
      this.valid.delete(nr)
      this.early.delete(nr)
      this.online.delete(nr)
      this.bits.fill(0, nr * 64, nr * 64 + 64)
      pageZone.fill(0, nr * SECTION, (nr + 1) * SECTION)
      reserved.fill(0, nr * SECTION, (nr + 1) * SECTION)
    }
    mark.fill(0, pfn, end)
    const node = this.nodes.get(nid)
    if (node && node.spanned === 0 && !node.cpus && ![...this.blocks.values()].some((b) => b.nid === nid)) node.online = false
    return 0
  }

  // ---- logical phase

  private stateStore(nr: number, word: string): number {
    const type = WORDS.indexOf(word.replace(/\n$/, ''))
    if (type < 0) return EINVAL
    const b = this.blocks.get(nr)!
    if (type > 0) b.type = type
    const ret = type === 0 ? this.deviceOffline(nr) : this.deviceOnline(nr)
    return ret > 0 ? EINVAL : ret
  }

  private deviceOnline(nr: number): number {
    const b = this.blocks.get(nr)!
    if (b.online) return 1
    const zone = this.zoneFor(b, nr * this.blockPages)
    b.type = 0
    const pfn = nr * this.blockPages
    if (b.vmemmap) this.moveToZone(zone, pfn, b.vmemmap)
    const [start, pages] = [pfn + b.vmemmap, this.blockPages - b.vmemmap]
    this.moveToZone(zone, start, pages)
    if (this.vetoed('MEM_GOING_ONLINE')) {
      this.removeFromZone(zone, start, pages)
      if (b.vmemmap) this.removeFromZone(zone, pfn, b.vmemmap)
      return EPERM
    }
    reserved.fill(0, start, start + pages)
    zone.managed += pages
    for (let s = Math.floor(start / SECTION); s < (start + pages) / SECTION; s++) this.online.add(s)
    this.account(zone, start, b.group, pages)
    const node = this.nodes.get(zone.node)!
    node.memory = true
    if (zone.index <= NORMAL) node.normal = true
    if (b.vmemmap) this.account(zone, pfn, b.group, b.vmemmap)
    b.zone = zone
    b.online = true
    return 0
  }

  private deviceOffline(nr: number): number {
    const b = this.blocks.get(nr)!
    if (!b.online) return 1
    const zone = b.zone
    if (!zone) return EINVAL
    const pfn = nr * this.blockPages
    const [start, pages] = [pfn + b.vmemmap, this.blockPages - b.vmemmap]
    if (b.vmemmap) this.account(zone, pfn, b.group, -b.vmemmap)
    const err = this.offlinePages(zone, start, pages, b.group)
    if (err) {
      if (b.vmemmap) this.account(zone, pfn, b.group, b.vmemmap)
      return err
    }
    if (b.vmemmap) this.removeFromZone(zone, pfn, b.vmemmap)
    b.zone = undefined
    b.online = false
    return 0
  }

  private offlinePages(zone: NaiveZone, start: number, pages: number, group: Group | undefined): number {
    const end = start + pages
    this.readRam()
    for (let pfn = start; pfn < end; pfn++) if (!ram[pfn]) return EINVAL
    if (pageZone[start] !== code(zone.node, zone.index) || pageZone[end - 1] !== code(zone.node, zone.index)) return EINVAL
    for (let pfn = start; pfn < end; pfn++) if (reserved[pfn] || (zone.index !== MOVABLE && mark[pfn] === 1)) return EBUSY
    if (this.vetoed('MEM_GOING_OFFLINE')) return EPERM
    if (this.signal) return EINTR
    for (let pfn = start; pfn < end; pfn++) if (mark[pfn]) return EINTR
    const node = this.nodes.get(zone.node)!
    const present = (from: number, to: number): number => {
      let n = 0
      for (let i = from; i <= to; i++) n += this.zones.get(code(zone.node, i))!.present
      return n
    }
    const [normal, all] = [present(0, NORMAL), present(0, MOVABLE)]
    for (let s = Math.floor(start / SECTION); s < end / SECTION; s++) this.online.delete(s)
    zone.managed -= pages
    this.account(zone, start, group, -pages)
    if (zone.index <= NORMAL && pages >= normal) node.normal = false
    if (pages >= all) node.memory = false
    this.removeFromZone(zone, start, pages)
    return 0
  }

  private account(zone: NaiveZone, pfn: number, group: Group | undefined, pages: number): void {
    if (this.early.has(Math.floor(pfn / SECTION))) zone.early += pages
    zone.present += pages
    if (group) {
      if (zone.index === MOVABLE) group.movable += pages
      else group.kernel += pages
    }
  }

  private moveToZone(zone: NaiveZone, start: number, pages: number): void {
    zone.contiguous = false
    const grow = (span: { start: number; spanned: number }): void => {
      const end = Math.max(span.spanned === 0 ? 0 : span.start + span.spanned, start + pages)
      if (span.spanned === 0 || start < span.start) span.start = start
      span.spanned = end - span.start
    }
    grow(zone)
    grow(this.nodes.get(zone.node)!)
    pageZone.fill(code(zone.node, zone.index), start, start + pages)
    reserved.fill(1, start, start + pages)
    zone.contiguous = this.contiguous(zone)
  }

  private removeFromZone(zone: NaiveZone, start: number, pages: number): void {
    const end = start + pages
    pageZone.fill(0, start, end)
    reserved.fill(0, start, end)
    zone.contiguous = false
    const zoneEnd = zone.start + zone.spanned
    const here = (pfn: number): boolean => this.onlinePage(pfn) && pageZone[pfn] === code(zone.node, zone.index)
    if (zone.start === start) {
      let pfn = end
      while (pfn < zoneEnd && !here(pfn)) pfn += SUBSECTION
      zone.start = pfn < zoneEnd ? pfn : 0
      zone.spanned = pfn < zoneEnd ? zoneEnd - pfn : 0
    } else if (zoneEnd === end) {
      let pfn = start - 1
      while (pfn >= zone.start && !here(pfn)) pfn -= SUBSECTION
      zone.spanned = pfn >= zone.start ? pfn - zone.start + 1 : 0
      if (zone.spanned === 0) zone.start = 0
    }
    const node = this.nodes.get(zone.node)!
    const spans = [...this.zones.values()].filter((z) => z.node === zone.node && z.spanned > 0)
    node.start = spans.length ? Math.min(...spans.map((z) => z.start)) : 0
    node.spanned = spans.length ? Math.max(...spans.map((z) => z.start + z.spanned)) - node.start : 0
    zone.contiguous = this.contiguous(zone)
  }

  private onlinePage(pfn: number): boolean {
    return this.online.has(Math.floor(pfn / SECTION)) && this.bits[Math.floor(pfn / SUBSECTION)] === 1
  }
  private validPage(pfn: number): boolean {
    const section = Math.floor(pfn / SECTION)
    return this.valid.has(section) && (this.early.has(section) || this.bits[Math.floor(pfn / SUBSECTION)] === 1)
  }

  private contiguous(zone: NaiveZone): boolean {
    const zoneEnd = zone.start + zone.spanned
    const mine = code(zone.node, zone.index)
    for (let start = zone.start; start < zoneEnd; ) {
      const end = Math.min(Math.floor(start / PAGEBLOCK + 1) * PAGEBLOCK, zoneEnd)
      if (!this.validPage(start) || !this.validPage(end - 1) || !this.onlinePage(start)) return false
      if (pageZone[start] !== mine || pageZone[end - 1] !== mine) return false
      start = end
    }
    return true
  }

  // ---- zone choice

  private meets(zone: NaiveZone, start: number, pages: number): boolean {
    return zone.spanned > 0 && start < zone.start + zone.spanned && start + pages > zone.start
  }

  private kernelZone(nid: number, start: number, pages: number): NaiveZone {
    for (let i = 0; i < NORMAL; i++) if (this.meets(this.zones.get(code(nid, i))!, start, pages)) return this.zones.get(code(nid, i))!
    return this.zones.get(code(nid, NORMAL))!
  }

  private zoneFor(b: NaiveBlock, pfn: number): NaiveZone {
    const pages = this.blockPages
    const movable = this.zones.get(code(b.nid, MOVABLE))!
    const kernel = this.kernelZone(b.nid, pfn, pages)
    if (b.type === 2) return kernel
    if (b.type === 3) return movable
    if (this.policy.autoMovable) {
      if (this.policy.ratio === 0 || (b.group && b.group.kernel > 0)) return kernel
      // nr_pages is overwritten before the label kernel_zone is reached
      const left = b.group ? b.group.max - b.group.movable : pages
      const fits = (nid: number): boolean => {
        let [early, mov] = [0, left]
        for (const z of this.zones.values())
          if ((nid < 0 || z.node === nid) && z.present > 0) {
            if (z.index === MOVABLE) mov += z.present
            else early += z.early
          }
        return early > 0 && mov <= Math.floor((this.policy.ratio * early) / 100)
      }
      return fits(-1) && (!this.policy.numaAware || fits(b.nid)) ? movable : this.kernelZone(b.nid, pfn, left)
    }
    const [inKernel, inMovable] = [this.meets(kernel, pfn, pages), this.meets(movable, pfn, pages)]
    if (inKernel !== inMovable) return inKernel ? kernel : movable
    return /(^| )movable_node( |$)/.test(this.engine.description.cmdline) ? movable : kernel
  }

  // ---- callers of both phases

  private offlineAndRemove(start: number, size: number): number {
    const bytes = this.blockPages * PAGE
    if (size === 0 || start % bytes !== 0 || size % bytes !== 0) return EINVAL
    const taken: [number, number][] = []
    let ret = 0
    for (let nr = start / bytes; nr < (start + size) / bytes; nr++) {
      if (!this.blocks.has(nr)) continue
      const first = nr * this.blockPages
      const type = this.onlinePage(first) && (pageZone[first]! - 1) % 8 === MOVABLE ? 3 : 2
      const rc = this.deviceOffline(nr)
      if (rc === 0) taken.push([nr, type])
      if (rc < 0) {
        ret = rc
        break
      }
    }
    if (ret === 0) ret = this.removeMemory(start, size)
    if (ret !== 0)
      for (const [nr, type] of taken) {
        this.blocks.get(nr)!.type = type
        this.deviceOnline(nr)
      }
    return ret
  }

  private plug(id: string, start: number, size: number, nid: number): number {
    if (this.dimms.has(id)) return EEXIST
    if (size <= 0 || start % PAGE !== 0 || size % PAGE !== 0) return EINVAL
    if (!this.nodes.has(nid)) return EINVAL
    const group: Group = { max: size / PAGE, kernel: 0, movable: 0 }
    const selfHosted = this.engine.description.cmdline.includes('memmap_on_memory=1') && size === this.blockPages * PAGE
    const ret = this.addMemory(nid, start, size, group, selfHosted ? (this.blockPages * 64) / PAGE : 0)
    this.dimms.set(id, { start, size, enabled: ret === 0 || ret === EEXIST, group })
    return ret
  }

  private unplug(id: string): number {
    const dimm = this.dimms.get(id)
    if (!dimm) return ENODEV
    if (dimm.enabled) {
      const bytes = this.blockPages * PAGE
      const mine: number[] = []
      for (let nr = Math.floor(dimm.start / bytes); nr * bytes < dimm.start + dimm.size; nr++) if (this.blocks.has(nr)) mine.push(nr)
      const putOnline = new Set<number>()
      let failed = false
      for (const nr of mine) {
        const ret = this.deviceOffline(nr)
        if (ret === 0) putOnline.add(nr)
        if (ret < 0) failed = true
      }
      if (failed) {
        failed = false
        for (const nr of mine) {
          if (putOnline.has(nr)) continue
          const ret = this.deviceOffline(nr)
          if (ret === 0) putOnline.add(nr)
          if (ret < 0) {
            failed = true
            break
          }
        }
      }
      if (failed) {
        for (const nr of mine) if (putOnline.has(nr)) this.deviceOnline(nr)
        return EBUSY
      }
      const ret = this.removeMemory(dimm.start, dimm.size)
      if (ret !== 0) return ret
    }
    this.dimms.delete(id)
    return 0
  }

  /** Pages of busy System RAM, from the engine's tree as it is before the command, and what this command has claimed. */
  private readRam(): void {
    ram.fill(0)
    const walk = (list: readonly ResourceSnapshot[]): void => {
      for (const r of list)
        if (r.busy && r.sysram) ram.fill(1, Math.ceil(r.start / PAGE), Math.floor(r.end / PAGE))
        else walk(r.children)
    }
    walk(this.engine.snapshot().iomem)
    if (this.claimed) ram.fill(1, this.claimed.start / PAGE, this.claimed.end / PAGE)
  }

  /** What a snapshot says of zones, nodes and blocks, in this model's terms; for comparison. */
  static view(s: Snapshot): string[] {
    return [
      ...s.nodes.map((n) => `node ${n.id} online=${n.online} memory=${n.hasMemory} normal=${n.hasNormalMemory} ${n.startPfn}+${n.spanned}`),
      ...s.nodes.flatMap((n) => n.zones.map((z) => `zone ${n.id}/${z.index} ${z.startPfn}+${z.spanned} present=${z.present} early=${z.presentEarly} managed=${z.managed} contiguous=${z.contiguous}`)),
      ...s.blocks.flatMap((b) => Array.from({ length: b.last - b.first + 1 }, (_, i) => `block ${b.first + i} ${b.state} ${b.zone ?? 'none'}`)),
    ]
  }

  view(): string[] {
    const names = ['DMA', 'DMA32', 'Normal', 'Movable', 'Device']
    return [
      ...[...this.nodes.values()].map((n) => `node ${n.id} online=${n.online} memory=${n.memory} normal=${n.normal} ${n.start}+${n.spanned}`),
      ...[...this.zones.values()].map((z) => `zone ${z.node}/${z.index} ${z.start}+${z.spanned} present=${z.present} early=${z.early} managed=${z.managed} contiguous=${z.contiguous}`),
      ...[...this.blocks].sort((a, b) => a[0] - b[0]).map(([nr, b]) => `block ${nr} ${b.online ? 'online' : 'offline'} ${b.zone ? names[b.zone.index] : 'none'}`),
    ]
  }
}

const code = (node: number, index: number): number => node * 8 + index + 1
