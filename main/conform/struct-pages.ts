/** What struct pages say, in the words of the recordings' probe, from a snapshot of the model. */
import type { Decisions } from '../engine/profiles/profile.ts'
import type { PageRun, PgmapSnapshot, SectionRun, Snapshot } from '../engine/snapshot-types.ts'
import type { ProbeRun } from './probe.ts'

const VALID = 2
const ONLINE = 4
const EARLY = 8
const TAINT = 16

/**
 * Stands for a struct page that was never initialised although somebody may read it (an altmap's reserved pages, what a failed add
 * left): it holds what the memory held, which is an input.
 */
export const UNINITIALISED = '?'

/** The probe's names of the kinds of device memory. */
const TYPE_NAMES: Readonly<Record<PgmapSnapshot['type'], string>> = {
  private: 'private', public: 'public', coherent: 'coherent', 'fs-dax': 'fsdax', generic: 'generic', 'pci-p2pdma': 'p2pdma',
}
export const typeName = (type: PgmapSnapshot['type']): string => TYPE_NAMES[type]

export const joined = (runs: readonly ProbeRun[]): string => {
  const out: { first: number; last: number; says: string }[] = []
  for (const run of runs) {
    const last = out.at(-1)
    if (last && last.says === run.says && last.last + 1 === run.first) last.last = run.last
    else out.push({ ...run })
  }
  return out.map((run) => `${run.first}-${run.last}:${run.says}`).join(';')
}

export function bitmap(subsections: string, perSection: number): bigint {
  if (subsections === 'empty') return 0n
  if (subsections === 'full') return (1n << BigInt(perSection)) - 1n
  return BigInt(subsections)
}

/** A pfn as the probe looks at it. */
interface Look {
  readonly bit: boolean
  /** pfn_valid() */
  readonly valid: boolean
  /** pfn_to_online_page() finds it. */
  readonly online: boolean
  /** The probe reads the struct page: a live page map is listed for it, or its section is or was marked. */
  readonly readable: boolean
  readonly listed: PgmapSnapshot | undefined
  readonly page: PageRun | undefined
}

/** How struct pages are seen. */
export interface Seen {
  /** What pfn_to_online_page() of the kernel asks. */
  readonly onlinePageTest: Decisions['onlinePageTest']
  /** The probe says which pages are PageOffline; older ones did not. */
  readonly offlineMarks: boolean
}

function look(snapshot: Snapshot, section: SectionRun | undefined, bit: boolean, pfn: number, { onlinePageTest }: Seen): Look {
  const flags = section?.flags ?? 0
  const pgmap = at(snapshot.listed, pfn)?.pgmap
  const listed = pgmap === undefined ? undefined : snapshot.pgmaps.find((p) => p.id === pgmap)
  const valid = (flags & VALID) !== 0 && (bit || (flags & EARLY) !== 0)
  return {
    bit, valid, listed,
    online: (flags & ONLINE) !== 0 && (onlinePageTest === 'section' || (bit && !((flags & TAINT) !== 0 && listed !== undefined))),
    readable: valid && (listed !== undefined || (flags & (ONLINE | TAINT)) !== 0),
    page: at(snapshot.pages, pfn),
  }
}

/**
 * What the first struct page of each sub-section of a section says: `none` without a memmap, `unread` where its struct pages mean
 * nothing, else node, zone and marks.
 */
export function pageRuns(snapshot: Snapshot, section: SectionRun, nr: number, map: bigint, perSection: number, seen: Seen): string {
  const { pageSize, sectionSize, subsectionSize } = snapshot.constants
  const perSubsection = subsectionSize / pageSize
  const firstPfn = (nr * sectionSize) / pageSize
  const runs: ProbeRun[] = []
  for (let i = 0; i < perSection; i++) {
    const pfn = firstPfn + i * perSubsection
    runs.push({ first: i, last: i, says: runText(look(snapshot, section, ((map >> BigInt(i)) & 1n) === 1n, pfn, seen), pfn, seen) })
  }
  return joined(runs)
}

function runText({ bit, online, readable, listed, page }: Look, pfn: number, { offlineMarks }: Seen): string {
  if (!readable) return bit ? 'unread' : 'none'
  if (page === undefined || page.node < 0) return page?.state === 'garbage' || page?.state === 'poisoned' ? UNINITIALISED : `absent${bit ? '' : '/nobit'}`
  // in a tail of a compound page the place of the pgmap pointer holds its head
  const owner = page.zone !== 'Device' ? '' : listed === undefined ? '/unlisted' : page.pgmap === listed.id && isHead(listed, pfn) ? `/${typeName(listed.type)}` : '/no-pgmap'
  return `n${page.node}/${page.zone}${bit ? '' : '/nobit'}${page.reserved ? '/reserved' : ''}${online ? '/online' : ''}${offlineMarks && page.state === 'offline' ? '/offline' : ''}${owner}`
}

/** Is a device page the head of its compound page? Base pages are heads of their own. */
function isHead(map: PgmapSnapshot, pfn: number): boolean {
  const first = (map.ranges[0]?.start ?? 0) + (map.altmap ? map.altmap.reserve + map.altmap.free : 0)
  return (pfn - first) % 2 ** map.vmemmapShift === 0
}

/** One line of the probe's `page` command, as far as the model knows: by the names that the probe prints. */
export function pageFields(snapshot: Snapshot, pfn: number, seen: Seen): Readonly<Record<string, string>> {
  const { pageSize, sectionSize, subsectionSize } = snapshot.constants
  const nr = Math.floor((pfn * pageSize) / sectionSize)
  const section = snapshot.sections.find((s) => s.first <= nr && nr <= s.last)
  const index = Math.floor((pfn * pageSize - nr * sectionSize) / subsectionSize)
  const bit = section !== undefined && ((bitmap(section.subsections, sectionSize / subsectionSize) >> BigInt(index)) & 1n) === 1n
  const { valid, online, readable, listed, page } = look(snapshot, section, bit, pfn, seen)
  if (!valid) return { valid: '0' }
  if (!readable) return { valid: '1', online: '0' }
  const fields: Record<string, string> = { valid: '1', online: online ? '1' : '0' }
  if (page === undefined || page.node < 0) return fields
  fields['nid'] = String(page.node)
  fields['zone'] = page.zone
  // what is allocated where is not the model's to know, nor which single pages boot reserved
  if (page.state !== 'device' && page.state !== 'initialised') return fields
  Object.assign(fields, { reserved: page.reserved ? '1' : '0', buddy: '0', slab: '0', lru: '0' })
  const map = listed?.id === page.pgmap ? listed : undefined
  if (map && map.vmemmapShift > 0) {
    // compound device pages: the head holds the reference
    fields['head'] = isHead(map, pfn) ? '1' : '0'
    fields['refcount'] = isHead(map, pfn) ? String(page.refcount ?? '') : '0'
  } else if (page.state !== 'device' || map) {
    fields['head'] = '0'
    fields['refcount'] = String(page.refcount ?? '')
  } else fields['refcount'] = String(page.refcount ?? '')
  return fields
}

/** Leaves out of two texts of runs the sub-sections whose struct pages the model calls uninitialised. Answers how many. */
export function withoutUninitialised(recorded: string, model: string): { readonly recorded: string; readonly model: string; readonly inputs: number } {
  if (!model.includes(`:${UNINITIALISED}`)) return { recorded, model, inputs: 0 }
  const theirs = split(recorded)
  const ours = split(model)
  let inputs = 0
  const blanked = theirs.map((says, i) => {
    if (ours[i] !== UNINITIALISED || says === 'none' || says === 'unread') return says
    inputs++
    return UNINITIALISED
  })
  return { recorded: joined(blanked.map((says, i) => ({ first: i, last: i, says }))), model, inputs }
}

const split = (text: string): string[] =>
  text.split(';').flatMap((part) => {
    const m = /^(\d+)-(\d+):(.*)$/.exec(part)
    return m ? Array.from({ length: Number(m[2]) - Number(m[1]) + 1 }, () => m[3] ?? '') : []
  })

/** The run that holds a pfn, of sorted disjoint runs. */
function at<R extends { readonly start: number; readonly end: number }>(runs: readonly R[], pfn: number): R | undefined {
  let low = 0
  let high = runs.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const run = runs[middle]
    if (run === undefined) return undefined
    if (pfn < run.start) high = middle - 1
    else if (pfn >= run.end) low = middle + 1
    else return run
  }
  return undefined
}
