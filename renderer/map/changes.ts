/** What a step changed on the map: which stretches of which row look different. From two sets of items, nothing else. */
import type { TrackId } from '../../preload/contract.ts'
import type { DrawItem, TrackData } from './items.ts'

export interface ChangedStretch { readonly track: TrackId; readonly lane: number; readonly start: number; readonly end: number }

const keyOf = (item: DrawItem): string => `${item.lane} ${item.start} ${item.end} ${item.zone} ${item.state} ${item.label} ${item.detail ?? ''}`

/** Stretches that have an item before which is not there after, or the other way round; touching ones join. */
export function changedStretches(before: TrackData, after: TrackData): readonly ChangedStretch[] {
  const out: ChangedStretch[] = []
  for (const [track, items] of after) {
    const old = before.get(track)
    if (!old) continue
    const oldKeys = new Set(old.map(keyOf))
    const newKeys = new Set(items.map(keyOf))
    const changed = [...old.filter((item) => !newKeys.has(keyOf(item))), ...items.filter((item) => !oldKeys.has(keyOf(item)))]
    const lanes = new Map<number, { start: number; end: number }[]>()
    for (const { lane, start, end } of changed) lanes.set(lane, [...(lanes.get(lane) ?? []), { start, end }])
    for (const [lane, list] of lanes) {
      let open: { start: number; end: number } | undefined
      for (const part of list.sort((a, b) => a.start - b.start)) {
        if (open && part.start <= open.end) open.end = Math.max(open.end, part.end)
        else {
          if (open) out.push({ track, lane, ...open })
          open = { ...part }
        }
      }
      if (open) out.push({ track, lane, ...open })
    }
  }
  return out
}
