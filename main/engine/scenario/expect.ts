/** `expect:` blocks held against what came of a step: the result, its log lines and the snapshot after it. */
import type { InvariantResult } from '../checks/result.ts'
import type { LogLine } from '../command.ts'
import type { ResourceSnapshot, Snapshot } from '../snapshot-types.ts'
import { hex } from '../units.ts'
import type { ExpectForm } from './schema.ts'
import { checkZoneinfo } from './zoneinfo-expect.ts'

/** An expectation that did not hold. `path` leads to it inside the expect block. */
export interface Failure {
  readonly path: readonly (string | number)[]
  readonly expected: string
  readonly found: string
}

/** What a step came to, as far as expectations ask. */
export interface Outcome {
  /** `ok`, or the errno of the first command that failed; BUG or HANGS when it did not return. */
  readonly result: string
  readonly reason?: string
  readonly log: readonly LogLine[]
}

export interface Checks { readonly checked: number; readonly failures: readonly Failure[] }

/** `invariants` is asked only when something is expected of them. */
export function checkExpect(expect: ExpectForm, outcome: Outcome, snapshot: Snapshot, invariants: () => readonly InvariantResult[] = () => []): Checks {
  let checked = 0
  const failures: Failure[] = []
  const hold = (path: readonly (string | number)[], expected: unknown, found: unknown): void => {
    if (expected === undefined) return
    checked++
    if (expected !== found) failures.push({ path, expected: shown(path, expected), found: found === undefined ? 'nothing' : shown(path, found) })
  }
  const holdThat = (path: readonly (string | number)[], holds: boolean, expected: string, found: string): void => {
    checked++
    if (!holds) failures.push({ path, expected, found })
  }

  hold(['result'], expect.result, outcome.result)
  if (expect.reason !== undefined) {
    holdThat(['reason'], outcome.reason?.includes(expect.reason) === true, `a reason with '${expect.reason}'`, outcome.reason ?? 'no reason')
  }
  expect.log?.forEach((line, i) => {
    const printed = outcome.log.map((entry) => entry.text)
    holdThat(['log', i], printed.some((text) => text.includes(line)), `a log line with '${line}'`, printed.length === 0 ? 'no log line' : printed.join(' | '))
  })

  for (const [key, fields] of Object.entries(expect.zones ?? {})) {
    const [nid, name] = key.split('/')
    const zone = snapshot.nodes.find((node) => node.id === Number(nid))?.zones.find((z) => z.name === name)
    const found: Record<string, unknown> = zone
      ? { start_pfn: zone.startPfn, spanned: zone.spanned, present: zone.present, present_early: zone.presentEarly, managed: zone.managed, contiguous: zone.contiguous }
      : {}
    for (const [field, value] of Object.entries(fields)) hold(['zones', key, field], value, found[field])
  }
  for (const [key, fields] of Object.entries(expect.nodes ?? {})) {
    const node = snapshot.nodes.find((n) => n.id === Number(key))
    const found: Record<string, unknown> = node
      ? {
          online: node.online, start_pfn: node.startPfn, spanned: node.spanned, present: node.present,
          has_cpu: node.hasCpu, has_memory: node.hasMemory, has_normal_memory: node.hasNormalMemory,
        }
      : { online: false }
    for (const [field, value] of Object.entries(fields)) hold(['nodes', key, field], value, found[field])
  }
  for (const [key, fields] of Object.entries(expect.blocks ?? {})) {
    const nr = Number(key)
    const run = snapshot.blocks.find((block) => block.first <= nr && nr <= block.last)
    hold(['blocks', key, 'state'], fields.state, run?.state ?? 'absent')
    hold(['blocks', key, 'valid_zones'], fields.valid_zones, run?.validZones)
    hold(['blocks', key, 'nodes'], fields.nodes?.join(','), run?.nodes.join(','))
  }
  for (const [key, fields] of Object.entries(expect.sections ?? {})) {
    const nr = Number(key)
    const run = snapshot.sections.find((section) => section.first <= nr && nr <= section.last)
    hold(['sections', key, 'flags'], fields.flags, run ? sectionFlags(run.flags) : 'absent')
    hold(['sections', key, 'subsections'], fields.subsections, run?.subsections ?? 'absent')
  }
  for (const [key, fields] of Object.entries(expect.devices ?? {})) {
    const device = snapshot.devices.find((d) => d.name === key)
    const maps = snapshot.pgmaps.filter((p) => device?.pgmaps.includes(p.id))
    const [map] = maps
    const [range] = map?.ranges ?? []
    const size = range ? range.end - range.start : undefined
    hold(['devices', key, 'there'], fields.there, device !== undefined)
    hold(['devices', key, 'page_maps'], fields.page_maps, maps.length)
    hold(['devices', key, 'memory'], fields.memory, map?.type)
    hold(['devices', key, 'node'], fields.node, map?.node)
    hold(['devices', key, 'start_pfn'], fields.start_pfn, range?.start)
    hold(['devices', key, 'pages'], fields.pages, size)
    hold(['devices', key, 'device_pages'], fields.device_pages, size === undefined ? undefined : size - (map?.altmap ? map.altmap.reserve + map.altmap.free : 0))
    for (const [field, value] of Object.entries(fields.altmap ?? {})) hold(['devices', key, 'altmap', field], value, map?.altmap?.[field as 'reserve' | 'free' | 'align' | 'alloc'])
  }
  for (const [key, fields] of Object.entries(expect.pages ?? {})) {
    const page = snapshot.pages.find((run) => run.start <= Number(key) && Number(key) < run.end)
    const map = snapshot.pgmaps.find((p) => p.id === page?.pgmap)
    hold(['pages', key, 'state'], fields.state, page?.state ?? 'absent')
    hold(['pages', key, 'node'], fields.node, page?.node)
    hold(['pages', key, 'zone'], fields.zone, page?.zone)
    hold(['pages', key, 'reserved'], fields.reserved, page?.reserved)
    hold(['pages', key, 'device'], fields.device, map?.owner ?? 'none')
    hold(['pages', key, 'mapped'], fields.mapped, snapshot.directMap.some((run) => run.start <= Number(key) && Number(key) < run.end))
  }
  const iomem = expect.iomem || expect['not-in-iomem'] ? iomemLines(snapshot.iomem) : []
  expect.iomem?.forEach((line, i) => holdThat(['iomem', i], iomem.includes(line.trim()), line.trim(), 'no such line'))
  expect['not-in-iomem']?.forEach((line, i) => holdThat(['not-in-iomem', i], !iomem.includes(line.trim()), `no line '${line.trim()}'`, line.trim()))
  if (expect.masks) {
    const masks = nodeMasks(snapshot)
    for (const [name, text] of Object.entries(expect.masks)) hold(['masks', name], text, masks[name as keyof typeof masks])
  }
  hold(['max_pfn'], expect.max_pfn, snapshot.maxPfn)
  hold(['highest_present_section'], expect.highest_present_section, snapshot.highestPresentSection)
  hold(['auto_online_blocks'], expect.auto_online_blocks, snapshot.autoOnline)
  if (expect.zoneinfo !== undefined) for (const { holds, expected, found } of checkZoneinfo(expect.zoneinfo, snapshot)) holdThat(['zoneinfo'], holds, expected, found)
  if (expect['locks-held']) {
    const names = (locks: readonly string[]): string => (locks.length === 0 ? 'none' : locks.toSorted().join(', '))
    hold(['locks-held'], names(expect['locks-held']), names(snapshot.heldForEver.map((l) => l.lock)))
  }
  if (expect.invariants) {
    const results = invariants()
    const { broken = [], held = [] } = expect.invariants
    const judged = (id: string): InvariantResult | undefined => results.find((r) => r.id === id)
    const found = (r: InvariantResult | undefined): string =>
      r === undefined ? 'no such invariant' : !r.modelled ? `not modelled: ${r.detail ?? ''}` : r.holds ? 'it holds' : `broken: ${r.detail ?? r.title}`
    const said = (id: string): string => `${id} (${judged(id)?.title ?? 'unknown'})`
    for (const id of broken) holdThat(['invariants', 'broken'], judged(id)?.holds === false, `${said(id)} broken`, found(judged(id)))
    const ids = held === 'all' ? results.filter((r) => r.modelled && !broken.includes(r.id)).map((r) => r.id) : held
    for (const id of ids) holdThat(['invariants', 'held'], judged(id)?.modelled === true && judged(id)?.holds === true, `${said(id)} to hold`, found(judged(id)))
  }
  return { checked, failures }
}

/** Page frame numbers in hex, as the kernel's own messages have them; counts in decimal. */
const shown = (path: Failure['path'], value: unknown): string => (typeof value === 'number' && String(path.at(-1)).endsWith('_pfn') ? hex(value) : String(value))

const SECTION_FLAGS = [[1, 'present'], [2, 'valid'], [4, 'online'], [8, 'early'], [16, 'taint_zone_device']] as const
/** Flags of a section by name, in the order of their bits: `present,valid,online`. */
export const sectionFlags = (flags: number): string => SECTION_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name).join(',')

/** Lines of /proc/iomem without their indent: `100000000-107ffffff : System RAM`. */
function iomemLines(entries: readonly ResourceSnapshot[]): string[] {
  return entries.flatMap((entry) => [`${address(entry.start)}-${address(entry.end - 1)} : ${entry.name}`, ...iomemLines(entry.children)])
}
const address = (n: number): string => n.toString(16).padStart(8, '0')

/** The node masks under /sys/devices/system/node as sysfs prints them. */
export function nodeMasks(snapshot: Snapshot): { possible: string; online: string; has_cpu: string; has_memory: string; has_normal_memory: string } {
  const of = (test: (node: Snapshot['nodes'][number]) => boolean): string => maskText(snapshot.nodes.filter(test).map((node) => node.id))
  return {
    possible: of(() => true),
    online: of((n) => n.online),
    has_cpu: of((n) => n.hasCpu),
    has_memory: of((n) => n.hasMemory),
    has_normal_memory: of((n) => n.hasNormalMemory),
  }
}

/** `0-1,3` */
export function maskText(ids: readonly number[]): string {
  const runs: [number, number][] = []
  for (const id of [...ids].sort((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last && last[1] === id - 1) last[1] = id
    else runs.push([id, id])
  }
  return runs.map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`)).join(',')
}
