/** What a thread of a race does, as kernel operations with their arguments. */
import type { Command } from '../command.ts'
import type { Engine } from '../engine.ts'
import { ERRNO } from '../errors.ts'
import { call, fail, op, readRef } from '../executors/step.ts'
import { deferredInitMemmap, pageAllocInitLate } from '../kernel/deferred-init.ts'
import { onlineStore } from '../kernel/memory-block.ts'
import { memremapPages } from '../kernel/memremap-pages.ts'
import { memunmapPages } from '../kernel/memunmap-pages.ts'
import { allocateGrowing, pageOutsideZoneBoundaries, walkPfn, zoneSpansPfn } from '../kernel/pfn-readers.ts'
import { bind, operationOf, type Bound } from '../operation-of.ts'
import type { RaceForm } from '../scenario/schema.ts'
import { commandsOf, type DimmSlots } from '../scenario/steps.ts'
import { ZONE_NAMES, type Zone } from '../state/zone.ts'
import { hex } from '../units.ts'

export type ActionForm = RaceForm['threads'][number]['do'][number]

/** What a reader's answer means, where it means something: the invariant that it breaks, and how. */
export interface ReaderRule {
  readonly id: string
  readonly broken: (answer: number) => string | undefined
}

export interface Action {
  readonly text: string
  readonly bound: Bound
  /** Only reads. */
  readonly reads: boolean
  readonly rule?: ReaderRule
}

export type ReadAction = { readonly ok: true; readonly actions: readonly Action[] } | { readonly ok: false; readonly key: string; readonly found: string; readonly expected: string }

/** memunmap_pages() of whatever page map begins at a pfn when the thread gets there. */
const unmapAt = op('driver', 'a driver', function* (k, pfn: number) {
  const map = (yield* readRef(k.pgmaps)).find((p) => p.ranges[0]?.start === pfn)
  return map ? yield call(memunmapPages, map.id) : yield fail(ERRNO.ENOENT, `no page map begins at pfn ${hex(pfn)}`)
})

const one = (text: string, bound: Bound, reads = false, rule?: ReaderRule): ReadAction => ({ ok: true, actions: [{ text, bound, reads, ...(rule ? { rule } : {}) }] })

/** The operations of one action on a machine as its steps left it. */
export function actionOf(engine: Engine, form: ActionForm, slots: DimmSlots): ReadAction {
  const { kernel: k } = engine.booted
  const wrong = (key: string, found: string, expected: string): ReadAction => ({ ok: false, key, found, expected })
  const zoneOf = (text: string): Zone | undefined => {
    const [node, name] = text.split('/')
    return k.nodes.get(Number(node))?.zones.find((z) => z.name === ZONE_NAMES[z.index] && z.name === name)
  }
  const nodes = `a node of the machine: ${k.nodeIds.join(', ')}`

  const map = form['map-pages']
  if (map) {
    const start = Math.floor(map.at / k.pageSize)
    const end = start + Math.floor(map.size / k.pageSize)
    if (map.node !== undefined && map.node >= 0 && !k.nodes.has(map.node)) return wrong('map-pages.node', String(map.node), nodes)
    const altmap = map.altmap ? { altmap: { basePfn: start, reserve: map.altmap.reserve, free: map.altmap.free } } : {}
    return one(`map-pages ${hex(map.at)}`, bind(memremapPages, { type: map.type ?? 'generic', node: map.node ?? 0, owner: 'driver', ranges: [{ start, end }], ...altmap }))
  }
  const unmap = form['unmap-pages']
  if (unmap) return one(`unmap-pages ${hex(unmap.at)}`, bind(unmapAt, Math.floor(unmap.at / k.pageSize)))
  const file = form['online-file']
  if (file) return one(`online-file ${file.block} ${file.value}`, bind(onlineStore, file.block * k.pagesPerBlock, file.value))
  const walk = form['walk-pfn']
  if (walk) return one(`walk-pfn ${hex(walk.pfn)}`, bind(walkPfn, walk.pfn), true, { id: 'I17', broken: (answer) => (answer < 0 ? 'pfn_valid() reads the usage of the section after it was freed' : undefined) })
  const span = form['read-zone']
  if (span) {
    const zone = zoneOf(span.zone)
    if (!zone) return wrong('read-zone.zone', `'${span.zone}'`, nodes)
    return one(`read-zone ${span.zone}`, bind(span.protocol === 'seqlock' ? pageOutsideZoneBoundaries : zoneSpansPfn, zone, span.pfn), true, {
      id: 'I13', broken: (answer) => (answer === 0 ? undefined : `a reader takes pfn ${hex(span.pfn)} for outside zone ${span.zone}, which spans it all along: it saw a start and a span that never were together`),
    })
  }
  const allocate = form.allocate
  if (allocate) {
    const zone = zoneOf(allocate.zone)
    if (!zone) return wrong('allocate.zone', `'${allocate.zone}'`, nodes)
    return one(`allocate order ${allocate.order}`, bind(allocateGrowing, zone, allocate.order))
  }
  if (form['page-alloc-init-late']) return one('page-alloc-init-late', bind(pageAllocInitLate))
  const deferred = form['deferred-thread']
  if (deferred) {
    const node = k.nodes.get(deferred.node)
    return node ? one(`pgdatinit${deferred.node}`, bind(deferredInitMemmap, node)) : wrong('deferred-thread.node', String(deferred.node), nodes)
  }
  const actions: Action[] = []
  for (const command of commandsOf(form, slots)) {
    const of = operationOf(engine.booted, engine.types, command)
    if (!of.ok) return wrong('', `an action that the kernel never hears of: ${of.refused.reason ?? of.refused.errno ?? 'refused'}`, 'one that is possible when the threads start')
    actions.push({ text: textOf(command), bound: of.bound, reads: false })
  }
  return { ok: true, actions }
}

const textOf = (c: Command): string => {
  switch (c.op) {
    case 'block': return `${c.state} ${c.block}`
    case 'add_memory': case 'remove_memory': case 'offline_and_remove_memory': case 'request_region': case 'release_region': return `${c.op.replaceAll('_', '-')} ${hex(c.start)}`
    case 'plug_dimm': case 'unplug_dimm': return `${c.op.replaceAll('_', '-')} ${c.id}`
    case 'add_device': case 'remove_device': case 'device_action': return `${c.op.replaceAll('_', '-')} ${c.name}`
    default: return c.op
  }
}
