/**
 * The two lives of every device: its claim on the resource tree and its struct pages, as stretches of the history. Derived from
 * the journal: what the devices, the page maps and the tree were after each step, undone ones included.
 */
import type { LifeSpan, Lifetime } from '../../preload/contract.ts'
import type { Device } from '../engine/state/device.ts'
import type { Ref } from '../engine/state/handles.ts'
import type { Pgmap } from '../engine/state/pgmap.ts'
import type { Resource } from '../engine/state/resource-tree.ts'
import type { Document } from './document.ts'

interface Moment { readonly devices: readonly Device[]; readonly pgmaps: readonly Pgmap[]; readonly iomem: Resource }
interface Held { readonly start: number; readonly end: number; readonly name: string; readonly release?: string }

/** A device, or a region that somebody claimed by hand, while it is followed. */
class Life {
  readonly device = new Spans()
  readonly resource = new Spans()
  readonly pages = new Spans()
  readonly held: Held[] = []
  start = Infinity
  end = 0
  constructor(readonly name: string, readonly type: string | undefined) {}

  covers(range: { readonly start: number; readonly end: number }): void {
    this.start = Math.min(this.start, range.start)
    this.end = Math.max(this.end, range.end)
  }
  holds(region: Held): void {
    this.covers(region)
    if (!this.held.some((h) => h.start === region.start && h.end === region.end && h.name === region.name)) this.held.push(region)
  }
}

/** Stretches during which something was so. */
class Spans {
  readonly list: { from: number; to?: number }[] = []
  at(position: number, holds: boolean): void {
    const open = this.list[this.list.length - 1]
    const isOpen = open !== undefined && open.to === undefined
    if (holds && !isOpen) this.list.push({ from: position })
    else if (!holds && isOpen) open.to = position
  }
  get alive(): boolean {
    const last = this.list[this.list.length - 1]
    return last !== undefined && last.to === undefined
  }
}

export function lifetimes(doc: Document): Lifetime[] {
  const lives: Life[] = []
  const current = new Map<string, Life>()
  eachMoment(doc, (position, now) => {
    for (const d of now.devices) {
      let life = current.get(d.name)
      if (!life || life.type !== d.type || !life.device.alive) current.set(d.name, (life = again(lives, d) ?? start(lives, d.name, d.type)))
      for (const r of d.regions) life.holds(r)
      for (const r of d.ram) life.covers(r)
    }
    const command = position > 0 ? doc.steps[position - 1]!.command : undefined
    if (command?.op === 'request_region' && doc.steps[position - 1]!.result.ret >= 0) {
      const region: Held = { start: command.start, end: command.start + command.size, name: command.name }
      if (!lives.some((l) => l.held.some((h) => same(h, region)))) start(lives, command.name, undefined).holds(region)
    }
    for (const life of lives) {
      const device = now.devices.find((d) => d.name === life.name && d.type === life.type)
      const isCurrent = life.type === undefined || current.get(life.name) === life
      const maps = isCurrent && life.type !== undefined ? now.pgmaps.filter((p) => p.owner === life.name) : []
      for (const p of maps) for (const r of p.ranges) life.covers({ start: r.start * doc.kernel.pageSize, end: r.end * doc.kernel.pageSize })
      life.device.at(position, isCurrent && device !== undefined)
      life.pages.at(position, maps.length > 0 || (isCurrent && (device?.ram.length ?? 0) > 0))
      life.resource.at(position, life.held.some((h) => stands(now.iomem, h)))
    }
  })
  return lives.map((life) => {
    const release = life.held.find((h) => h.release !== undefined)?.release
    return {
      name: life.name, ...(life.type === undefined ? {} : { type: life.type }), title: (life.type === undefined ? 'claimed region' : doc.engine.types.get(life.type)?.title) ?? life.type ?? '',
      start: life.start === Infinity ? 0 : life.start, end: life.end, ...(release === undefined ? {} : { release }),
      device: life.device.list, resource: life.resource.list, pages: life.pages.list, notes: notes(life, lives),
    }
  })
}

function start(lives: Life[], name: string, type: string | undefined): Life {
  const life = new Life(name, type)
  lives.push(life)
  return life
}
/** A device of the same name and type that comes again goes on in its old row. */
const again = (lives: readonly Life[], d: Device): Life | undefined => lives.find((l) => l.name === d.name && l.type === d.type)

const same = (a: Held, b: Held): boolean => a.start === b.start && a.end === b.end && a.name === b.name

/** A busy region of these bounds and this name is in the tree. */
function stands(root: Resource, held: Held): boolean {
  for (const r of root.children) {
    if (r.end <= held.start || r.start >= held.end) continue
    if (r.start === held.start && r.end === held.end && r.name === held.name) return true
    if (stands(r, held)) return true
  }
  return false
}

/** Visits what there was after boot and after each step of the history. */
function eachMoment(doc: Document, visit: (position: number, now: Moment) => void): void {
  const { kernel: k, store } = doc
  const { entries } = store.journal
  const refs: readonly Ref<unknown>[] = [k.devices as Ref<unknown>, k.pgmaps as Ref<unknown>, k.iomem as Ref<unknown>]
  const values = refs.map((h) => {
    const first = entries.find((e) => e.kind === 'ref' && e.h === h)
    return first?.kind === 'ref' ? first.before : store.ref(h)
  })
  const now = (): Moment => ({ devices: values[0] as readonly Device[], pgmaps: values[1] as readonly Pgmap[], iomem: values[2] as Resource })
  visit(0, now())
  doc.steps.forEach((step, i) => {
    for (let at = step.from; at < step.to; at++) {
      const e = entries[at]!
      if (e.kind !== 'ref') continue
      const index = refs.indexOf(e.h)
      if (index >= 0) values[index] = e.after
    }
    visit(i + 1, now())
  })
}

/** Where the two lives part, and what that means. */
function notes(life: Life, all: readonly Life[]): string[] {
  const out: string[] = []
  if (life.type === undefined) return out
  const ends = (list: readonly LifeSpan[]): readonly number[] => list.flatMap((s) => (s.to === undefined ? [] : [s.to]))
  for (const at of ends(life.pages.list)) {
    const region = life.resource.list.find((s) => s.from <= at && (s.to === undefined || s.to > at))
    if (region) out.push(`the resource outlives the struct pages ${region.to === undefined ? `since step ${at}` : `from step ${at} to ${region.to}`}`)
  }
  for (const at of ends(life.resource.list)) {
    const pages = life.pages.list.find((s) => s.from <= at && (s.to === undefined || s.to > at))
    if (pages) out.push(`the struct pages are there without a claim ${pages.to === undefined ? `since step ${at}` : `from step ${at} to ${pages.to}`}`)
  }
  // claimed by somebody else while the device still has it
  for (const at of ends(life.resource.list)) {
    const there = life.device.list.find((s) => s.from <= at && (s.to === undefined || s.to > at))
    const thief = there && all.find((o) => o !== life && o.start < life.end && life.start < o.end && o.resource.list.some((s) => s.from >= at && (there.to === undefined || s.from < there.to)))
    if (thief) out.push(`${thief.name} claims the range while ${life.name} is still there`)
  }
  return out
}
