/**
 * The table by which a pfn finds its page map: a radix tree until v4.20 (kernel/memremap.c), an XArray since. The difference is what an
 * occupied slot means. Entries stand for the range that the driver gave, whatever it was expanded to.
 */
import { ERRNO } from '../errors.ts'
import { bug, call, cost, fail, fill, get, KERN_ERR, lock, op, print, readRef, scan, unlock } from '../executors/step.ts'
import { hex } from '../units.ts'

/** get_dev_pagemap(): 1 when a live page map is listed for the pfn. One whose reference is a NULL pointer by now is an oops. */
export const getDevPagemap = op('get_dev_pagemap', 'mm/memremap.c', function* (k, pfn: number) {
  const id = yield get(k.pgmapIndex, pfn)
  if (id === 0) return 0
  const maps = yield* readRef(k.pgmaps)
  const map = maps.find((p) => p.id === id)
  if (map?.refCleared) yield bug('BUG: kernel NULL pointer dereference, address: 0000000000000000')
  return map?.live ? 1 : 0
})

/** order_at(): pages of the entry at `pfn`, the largest aligned power of two that still fits. */
function chunk(pfn: number, end: number): number {
  let pages = 1
  while (pfn % (pages * 2) === 0 && pfn + pages * 2 <= end) pages *= 2
  return pages
}

/** Lists page map `id` for [start, end): 0, or -EEXIST where the table is a radix tree and has something there. */
export const storePgmap = op('pgmap_array store', 'mm/memremap.c', function* (k, start: number, end: number, id: number) {
  if (k.profile.decisions.pgmapIndex === 'xarray') {
    yield fill(k.pgmapIndex, start, end, id)
    return 0
  }
  yield lock(k.pgmapLock)
  let err = 0
  let pfn = start
  while (pfn < end) {
    const next = pfn + chunk(pfn, end)
    const taken = yield scan([k.pgmapIndex], pfn, next, 1, (there) => there !== 0)
    if (taken >= 0) {
      err = yield fail(ERRNO.EEXIST, `pfn ${hex(taken)} is in the table of page maps already`)
      yield print(KERN_ERR, `devm_memremap_pages: failed: -${ERRNO.EEXIST}`)
      break
    }
    yield fill(k.pgmapIndex, pfn, next, id)
    pfn = next
  }
  yield unlock(k.pgmapLock)
  if (err) yield call(pgmapRadixRelease, start, pfn)
  return err
})

/** pgmap_radix_release(): takes the entries of [start, end) out, each at its key, then waits for RCU readers. */
const pgmapRadixRelease = op('pgmap_radix_release', 'kernel/memremap.c, until v4.20', function* (k, start: number, end: number) {
  yield lock(k.pgmapLock)
  for (let pfn = start; pfn < end; ) {
    const next = pfn + chunk(pfn, end)
    yield fill(k.pgmapIndex, pfn, next, 0)
    pfn = next
  }
  yield unlock(k.pgmapLock)
  yield cost('synchronize_rcu', 1)
  return 0
})

/** pgmap_array_delete(): clears the table over the range, whoever's entries stand there, then waits for RCU readers. */
export const deletePgmap = op('pgmap_array_delete', 'mm/memremap.c', function* (k, start: number, end: number) {
  if (k.profile.decisions.pgmapIndex === 'radix') return yield call(pgmapRadixRelease, start, end)
  yield fill(k.pgmapIndex, start, end, 0)
  yield cost('synchronize_rcu', 1)
  return 0
})
