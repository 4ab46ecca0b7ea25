/**
 * The invariants of kernel-behaviour 8, judged on a store at rest (no operation in flight). The whole list always appears, in
 * order; what the state cannot say yet is listed as not modelled, with the reason.
 */
import type { Kernel } from '../state/kernel.ts'
import type { Reader } from '../state/reader.ts'
import { blockStates, selfHostedMemmap } from './blocks.ts'
import { deviceSpan, devicesOwnTheirRanges, pgmapIndex } from './page-maps.ts'
import { ramHasOwner, resourceTree } from './resources.ts'
import type { Check, InvariantResult } from './result.ts'
import { linearMap, memmapWhereValid, onlineSectionsAreRam, sameNode, subsectionMaps } from './sections.ts'
import { contiguousFlag, counts, deviceZoneCounts, initialisedZones, nodeSpan, noNegativeCounter, spanEnds } from './spans.ts'
import { pagesInsideSpan, presentPagesByZone, readablePagesInitialised } from './struct-pages.ts'

export type { InvariantResult } from './result.ts'

/** RAM, then devices. */
const owners: Check = (k, store) => {
  const ram = ramHasOwner(k, store)
  return ram.broken === undefined ? devicesOwnTheirRanges(k, store) : ram
}

const RACES = 'concerns steps that interleave: a machine at rest does not show it'

/** `check` judges the state; a text says why the state cannot be judged. */
interface Invariant { readonly id: string; readonly title: string; readonly check: Check | string }

const INVARIANTS: readonly Invariant[] = [
  { id: 'I1', title: 'pages that name a zone lie inside its span', check: pagesInsideSpan },
  { id: 'I2', title: 'managed <= present <= spanned, early <= present; node_present_pages is the sum of the zones', check: counts },
  { id: 'I3', title: "a node's span covers the spans of its zones", check: nodeSpan },
  { id: 'I4', title: 'resources are inside their parents, sorted and disjoint', check: resourceTree },
  { id: 'I5', title: 'a pfn has a memmap exactly where it is valid', check: memmapWhereValid },
  { id: 'I6', title: 'no counter is negative; nothing stays isolated', check: noNegativeCounter },
  { id: 'I7', title: 'a block is online exactly when its present sections are, in one zone; an offline one has no page in the buddy', check: blockStates },
  { id: 'I8', title: 'contiguous means that every pageblock of the span is online and in the zone', check: contiguousFlag },
  { id: 'I9', title: 'no zone, node or flags are read from a struct page that was never initialised', check: readablePagesInitialised },
  { id: 'I10', title: 'the pgmap index finds exactly the live pgmap of a pfn', check: pgmapIndex },
  { id: 'I11', title: 'a physical range has one owner until the owner releases it', check: owners },
  { id: 'I12', title: 'init_currently_empty_zone() runs on empty zones only', check: initialisedZones },
  { id: 'I13', title: 'a reader sees a zone start and span that existed together', check: RACES },
  { id: 'I14', title: 'a struct page is initialised once a life and freed to the buddy once an online', check: RACES },
  { id: 'I15', title: 'nothing sleeps under a spinlock, node_size_lock or resource_lock', check: RACES },
  { id: 'I16', title: 'pfn_to_online_page() finds pages of onlined RAM only', check: onlineSectionsAreRam },
  { id: 'I17', title: "a section's usage is not used after it was freed", check: RACES },
  { id: 'I18', title: 'a pgmap is referenced once and once for each page in use', check: 'references of pages are not counted: what is pinned is said by the user' },
  { id: 'I19', title: 'a sub-section bit is set exactly where one add, or boot, brought memory', check: subsectionMaps },
  { id: 'I20', title: 'the linear map covers RAM and device memory that the CPU reaches, private memory never', check: linearMap },
  { id: 'I21', title: 'spans begin and end at memory of the zone', check: spanEnds },
  { id: 'I22', title: 'first_deferred_pfn parts initialised from deferred pages', check: 'deferred initialisation is not modelled yet' },
  { id: 'I23', title: 'locks are taken in the legal order and none is left held', check: '' },
  { id: 'I24', title: 'pages that hold a memmap are never handed out', check: selfHostedMemmap },
  { id: 'I25', title: 'a pfn belongs to one zone: present_pages counts the RAM pages that name the zone', check: presentPagesByZone },
  { id: 'I26', title: 'section, block, pages and zone agree on the node', check: sameNode },
  { id: 'I27', title: 'ZONE_DEVICE has no present and no managed pages', check: deviceZoneCounts },
  { id: 'I28', title: 'the span of ZONE_DEVICE never shrinks: it covers every live page map', check: deviceSpan },
]

/** The check of one invariant, where a state shows whether it holds. */
export function checkOf(id: string): { readonly title: string; readonly check: Check } | undefined {
  const found = INVARIANTS.find((i) => i.id === id)
  return found && typeof found.check !== 'string' ? { title: found.title, check: found.check } : undefined
}

/**
 * Judges all invariants. `lockFaults` are those of the run executor (RunOutcome.lockFaults): the lock order is a matter of steps, which
 * the state does not keep.
 */
export function checkInvariants(k: Kernel, store: Reader, lockFaults: readonly string[] = []): readonly InvariantResult[] {
  return INVARIANTS.map(({ id, title, check }): InvariantResult => {
    if (id === 'I23') {
      const [fault] = lockFaults
      return fault === undefined ? { id, title, holds: true, modelled: true } : { id, title, holds: false, detail: fault, modelled: true }
    }
    if (typeof check === 'string') return { id, title, holds: true, detail: check, modelled: false }
    const { broken, byDesign, unknown } = check(k, store)
    if (unknown !== undefined) return { id, title, holds: true, detail: unknown, modelled: false }
    if (broken !== undefined) return { id, title, holds: false, detail: broken, modelled: true }
    return byDesign === undefined ? { id, title, holds: true, modelled: true } : { id, title, holds: true, byDesign, modelled: true }
  })
}
