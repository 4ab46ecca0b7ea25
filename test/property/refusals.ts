/**
 * What a refused command may have changed, by command and errno: names of cells, references and fields. Everything else is as before,
 * values compared whole. What is listed here is what 6.1 leaves, with the reason.
 */
import type { Command } from '../../main/engine/command.ts'

export interface Leftover {
  readonly change: RegExp
  readonly because: string
}

const LOG: Leftover = { change: /^log$/, because: 'it says why' }
const WARNED: Leftover = { change: /^WARN_ON_ONCE flags$/, because: 'a WARN_ON_ONCE prints once' }

/** A range that entered a zone and left it again, and what of that stays. */
const BACK_OUT_OF_A_ZONE: readonly Leftover[] = [
  { change: /^zone \d+\/\w+ (contiguous|initialized)$/, because: 'remove_pfn_range_from_zone() computes the flag anew; an empty zone was initialised' },
  { change: /^zone \d+\/\w+ (zone_start_pfn|spanned_pages)$/, because: 'a shrink ends at the next online sub-section, which boot need not have: a hole, or a piece of one, drops out of the span' },
  { change: /^node \d+ (nr_zones|node_start_pfn|node_spanned_pages)$/, because: 'update_pgdat_span() takes the hull of the zones; boot had added up their spans' },
]
const ONLINE_TYPE: Leftover = { change: /^memory_block\.online_type$/, because: 'state_store() sets it before it looks at the state; memory_subsys_online() clears it' }

/** Blocks that went offline and came back, maybe to another zone, maybe not (a veto). */
const BACK_AND_FORTH: readonly Leftover[] = [
  ...BACK_OUT_OF_A_ZONE, ONLINE_TYPE, WARNED,
  { change: /^zone \d+\/\w+ (present_pages|present_early_pages|managed_pages)$/, because: 'a plain online may choose another zone' },
  { change: /^node \d+ (node_present_pages|N_MEMORY|N_NORMAL_MEMORY)$/, because: 'a block may come back Movable, or not at all' },
  { change: /^(struct page|memory_block\.zone|memory_block\.state|section_mem_map flags|memory_groups)$/, because: 'pages and block follow the zone' },
]

export function leftovers(command: Command, errno: string): readonly Leftover[] {
  const { op } = command
  switch (op) {
    case 'block':
      if (errno === 'ENOENT') return []
      if (command.state.startsWith('online')) return errno === 'EPERM' ? [LOG, ONLINE_TYPE, ...BACK_OUT_OF_A_ZONE] : [ONLINE_TYPE]
      return [LOG, WARNED]
    case 'add_memory': return [LOG]
    case 'plug_dimm':
      return [LOG,
        { change: /^ACPI memory devices$/, because: 'the device is there, bound (-EEXIST: firmware had its range) or not' },
        { change: /^memory_groups$/, because: 'a bound device has its group' }]
    case 'remove_memory': return [LOG]
    case 'offline_and_remove_memory':
    case 'unplug_dimm':
      return errno === 'ENODEV' ? [] : [LOG, ...BACK_AND_FORTH]
    default: return []
  }
}
