/** From the engine's zones and pages to the keys that the window draws by. */
import type { MapState, ZoneKey } from '../../preload/contract.ts'
import { MARK } from '../engine/state/kernel.ts'
import { PAGE, pageInitialised, pageReserved, pageState, pageZone } from '../engine/state/page.ts'
import { ZONE_NAMES, zoneIdIndex } from '../engine/state/zone.ts'

export const zoneKeyOf = (index: number): ZoneKey => (ZONE_NAMES[index] ?? 'none') as ZoneKey
/** Key of a memory_block.zone; NULL of an online block means several. */
export const zoneKeyOfBlock = (zid: number, online: boolean): ZoneKey => (zid ? zoneKeyOf(zoneIdIndex(zid)) : online ? 'several' : 'none')
export const zoneKeyOfPage = (page: number): ZoneKey => (pageInitialised(page) ? zoneKeyOf(pageZone(page)) : 'none')

export function mapStateOfPage(page: number): MapState {
  switch (pageState(page)) {
    case PAGE.garbage: return 'garbage'
    case PAGE.poisoned: return 'poisoned'
    case PAGE.initialised: return pageReserved(page) ? 'reserved' : 'initialised'
    case PAGE.online: return 'online'
    case PAGE.device: return 'device'
    case PAGE.offline: return 'offline'
    default: return 'none'
  }
}

export const PAGE_LABEL: Record<number, string> = {
  [PAGE.garbage]: 'garbage', [PAGE.poisoned]: 'poisoned', [PAGE.initialised]: 'reserved', [PAGE.online]: 'online', [PAGE.device]: 'device', [PAGE.offline]: 'offline',
}
export const MARK_LABEL: Record<number, string> = { [MARK.none]: '', [MARK.unmovable]: 'unmovable', [MARK.pinned]: 'pinned', [MARK.hwpoison]: 'hwpoison' }

/** The five letters that `kmem -n` of crash prints: P present, M memmap, O online, E early, D device taint. */
export const sectionLetters = (flags: number): string => ['P', 'M', 'O', 'E', 'D'].map((c, i) => (flags & (1 << i) ? c : '·')).join('')
