/** The kernels and patches that Zonelab knows by name. kernel-behaviour 5; recordings/KERNELS.md for v5.10, v6.1, v6.12 and v7.2. */
import { changed, decisionsIn, type Decisions, type Profile, type Release } from './profile.ts'

const mainline = (release: Release, title: string, date: string, parent?: string, backports: Partial<Decisions> = {}): Profile => ({
  id: release, title, release, date, ...(parent === undefined ? {} : { parent }), decisions: { ...decisionsIn(release), ...backports },
})

export const V4_18 = mainline('v4.18', 'Linux 4.18', '2018-08-12')
export const RFC_2018_08 = changed(V4_18, {
  id: 'rfc-2018-08', title: 'v4.18 with "Create __shrink_pages and move it to offline_pages"', date: '2018-08-07',
  source: 'linux-mm, [RFC PATCH 2/3], O. Salvador, as posted, with its defects',
}, {
  ramSpanShrinks: 'at-offline', shrinkTest: 'online-section', deviceSpanShrinks: 'past-the-end', resourceRelease: 'without-altmap', releaseNode: 'of-the-device',
})
export const BLIND_2018_09 = changed(V4_18, {
  id: 'blind-2018-09', title: 'v4.18 with the blind shot of 2018-09-28', date: '2018-09-28',
  source: 'linux-mm, re: [PATCH v5 4/4] Defer ZONE_DEVICE page initialization, O. Salvador: move_pfn_range_to_zone() without mem_hotplug_lock',
}, {
  emptyZoneInit: 'inside-span-locks', deviceGrowth: 'after-hotplug-lock', devicePageInit: 'outside',
})
export const V4_20 = mainline('v4.20', 'Linux 4.20', '2018-12-23', 'v4.18')
export const V5_0 = mainline('v5.0', 'Linux 5.0', '2019-03-03', 'v4.20')
export const V5_2 = mainline('v5.2', 'Linux 5.2', '2019-07-07', 'v5.0')
export const V5_3 = mainline('v5.3', 'Linux 5.3', '2019-09-15', 'v5.2')
export const V3_2019_08 = changed(V5_3, {
  id: 'v3-2019-08', title: 'v5.3 with "Shrink zones before removing memory" v3', date: '2019-08-29',
  source: 'linux-mm, [PATCH v3 01..11/11], D. Hildenbrand',
}, {
  ramSpanShrinks: 'at-offline', failedOnline: 'restores-spans', shrinkTest: 'online-or-device', holesRescan: 'shrinks-again', shrinkWrites: 'spanned-first', nodeSpan: 'from-zones', devicePageInit: 'under-lock',
})
export const V5_4 = mainline('v5.4', 'Linux 5.4', '2019-11-24', 'v5.3')
export const V5_5 = mainline('v5.5', 'Linux 5.5', '2020-01-26', 'v5.4')
/** 5.10.262: the stable tree has the fixes of release_mem_region_adjustable() and region_intersects(). */
export const V5_10 = mainline('v5.10', 'Linux 5.10.262', '2020-12-13', 'v5.5', { releaseSysram: 'any', usageFree: 'after-rcu', regionIntersects: 'descendants' })
/** 6.1.192: the stable tree has those fixes, and leaves max_pfn to RAM. */
export const V6_1 = mainline('v6.1', 'Linux 6.1.192', '2022-12-11', 'v5.10', { releaseSysram: 'any', usageFree: 'after-rcu', regionIntersects: 'descendants', maxPfn: 'ram' })
/** 6.12.107: the stable tree leaves max_pfn to RAM. */
export const V6_12 = mainline('v6.12', 'Linux 6.12.107', '2024-11-17', 'v6.1', { maxPfn: 'ram' })
export const V7_2 = mainline('v7.2', 'Linux 7.2.13', '2026', 'v6.12')

/** Every profile by id, in the order of the kernels; a patch stands behind the release that it is on top of. */
export const PROFILES: ReadonlyMap<string, Profile> = new Map(
  [V4_18, RFC_2018_08, BLIND_2018_09, V4_20, V5_0, V5_2, V5_3, V3_2019_08, V5_4, V5_5, V5_10, V6_1, V6_12, V7_2].map((p) => [p.id, p]),
)

/** The profile of documents and scenarios that name none. */
export const DEFAULT_PROFILE = V6_1
