/** A driver's dev_pagemap, which the model keeps in a list: nobody else sees it come. */
import { ERRNO } from '../errors.ts'
import { fail, op, read, readRef, updateRef, write } from '../executors/step.ts'
import { MAX_PGMAPS } from '../state/page.ts'
import type { Pgmap } from '../state/pgmap.ts'

/** Answers the id of the page map. */
export const newPgmap = op('memremap_pages', 'mm/memremap.c', function* (k, pgmap: Omit<Pgmap, 'id'>) {
  const maps = yield* readRef(k.pgmaps)
  if (maps.length >= MAX_PGMAPS) return yield fail(ERRNO.ENOMEM, `more than ${MAX_PGMAPS} page maps`)
  // an id is not used again at once: stale struct pages still point to the page map that is gone
  let id = yield read(k.lastPgmap)
  do id = (id % MAX_PGMAPS) + 1
  while (maps.some((p) => p.id === id))
  yield write(k.lastPgmap, id)
  yield updateRef(k.pgmaps, (all) => [...all, { ...pgmap, id }])
  return id
})
