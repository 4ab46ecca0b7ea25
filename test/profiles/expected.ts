/**
 * What breaks in which kernel: the defects that these kernels and patches are known for. Conditions are decisions. A random sequence may break
 * nothing else, and each entry is met at least once under every kernel that it is for.
 */
import type { Decisions } from '../../main/engine/profiles/decisions.ts'

export interface Expected {
  /** An invariant, or an operation that ended in a BUG. */
  readonly id: `I${number}` | 'BUG'
  readonly in: (d: Decisions) => boolean
  /** Of the invariant's detail, or of what the kernel said. */
  readonly detail: RegExp
  readonly because: string
}

const atRemove = (d: Decisions): boolean => d.ramSpanShrinks === 'at-remove'
const pastTheEnd = (d: Decisions): boolean => d.deviceSpanShrinks === 'past-the-end'
const deviceShrinks = (d: Decisions): boolean => d.deviceSpanShrinks !== 'no'
const swallowed = (d: Decisions): boolean => d.sectionCollision === 'swallowed'

export const EXPECTED: readonly Expected[] = [
  // spans
  { id: 'I1', in: deviceShrinks, detail: /name zone \d+\/Device/, because: 'a shrink asks struct pages for their zone, also those that a live device keeps and nobody initialised; the RFC of 2018 asks for online sections' },
  { id: 'I28', in: deviceShrinks, detail: /^page map \d+ covers/, because: 'the same, seen from the page map' },
  { id: 'I1', in: pastTheEnd, detail: /name zone \d+\/(Normal|Movable)/, because: 'the release of a device shrinks the zone of what lies behind it' },
  { id: 'I2', in: pastTheEnd, detail: /node_present_pages/, because: 'and takes its pages off node_present_pages, which never counted device memory' },
  { id: 'I6', in: pastTheEnd, detail: /node_present_pages is -/, because: 'until it is negative' },
  { id: 'I3', in: (d) => d.nodeSpan === 'scan', detail: /^node \d+ spans/, because: 'the span of the node is searched for by node, those of its zones by zone: they need not agree' },
  { id: 'I12', in: (d) => d.nodeSpan === 'scan', detail: /nr_zones \d$/, because: 'a node goes offline whose zones still span something, and is initialised anew when memory comes' },
  { id: 'I21', in: (d) => atRemove(d) || d.failedOnline === 'leaves-spans', detail: /which is a hole$/, because: 'the removal of a DIMM looks at one zone, that of its first struct page, or at none' },
  { id: 'I21', in: (d) => d.failedOnline === 'leaves-spans', detail: /which is memory that is not online in it$/, because: 'a veto leaves the zone grown over memory that is offline, or comes online elsewhere later' },
  { id: 'I8', in: atRemove, detail: /\/(DMA32|Normal|Movable) says contiguous/, because: 'offline_pages() leaves the flag alone: it is computed anew when spans change, which is at the removal' },
  { id: 'I8', in: (d) => d.deviceSpanShrinks === 'yes' && d.onlinePageTest === 'section' && d.deviceGranularity === 'subsection', detail: /\/Device says contiguous/, because: 'device memory in an online section counts as online, and a shrink may leave ZONE_DEVICE with nothing else' },
  // struct pages
  { id: 'I9', in: (d) => atRemove(d) || deviceShrinks(d), detail: /^(page_zone|page_to_nid|find_\w+_section_pfn|shrink_\w+_span)\(\) read/, because: 'removal and shrink ask struct pages that may never have been initialised' },
  { id: 'I9', in: (d) => d.earlyRemoval === 'depopulates' && d.earlySections === 'marked', detail: /pfn_to_online_page\(\) finds .* garbage$/, because: 'the memmap that a device leaves in an early section is filled with 0xFD, while its section is online' },
  { id: 'I16', in: (d) => d.onlinePageTest === 'section' && d.deviceGranularity === 'subsection', detail: /of ZONE_DEVICE$/, because: 'pfn_to_online_page() asks the section only' },
  // one section, two owners
  { id: 'I7', in: swallowed, detail: /is RAM and belongs to no memory block$/, because: 'RAM on a section that a device had brought: added without a memory block' },
  { id: 'I11', in: swallowed, detail: /^page maps \d+ and \d+ both cover/, because: 'the test for a conflict looks at both ends, and HMM keeps a table of its own' },
  { id: 'I11', in: (d) => d.resourceRelease === 'without-altmap', detail: /does not give it any more$/, because: 'hot-remove gives the region back that the driver holds' },
  // the end of an operation
  { id: 'BUG', in: (d) => d.nodeData === 'at-hot-add', detail: /populate_section_memmap|NULL pointer dereference: NODE_DATA/, because: 'device memory on a node that has no structures yet' },
  { id: 'BUG', in: (d) => atRemove(d) || pastTheEnd(d) || d.releasePage === 'first', detail: /that was never initialised names no zone/, because: 'the zone of a struct page that nobody initialised is followed' },
  { id: 'BUG', in: (d) => d.removeOnline === 'bug', detail: /^kernel BUG at .* not offline/, because: 'remove_memory() of a block that is online' },
  { id: 'BUG', in: pastTheEnd, detail: /the struct page of pfn \w+ is not mapped \[page_zone\]/, because: 'the page behind the device is read' },
  { id: 'BUG', in: (d) => d.deviceGranularity === 'section', detail: /the struct page of pfn \w+ is not mapped \[(page_zone|page_to_nid|put_page)\]/, because: 'a device leaves, and takes the section of another along' },
  { id: 'BUG', in: (d) => d.releaseNode === 'of-the-device', detail: /NODE_DATA\(-1\)/, because: 'a device that names no node' },
]
