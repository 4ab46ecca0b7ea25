/**
 * Memmap by whole sections, from before there was a sub-section map. mm/sparse.c, until v5.2. As in sparse.ts, [pfn, end) is one section, or
 * several in equal state.
 */
import { ERRNO } from '../errors.ts'
import { bug, call, cost, fail, fill, get, lock, map, op, read, unlock, write } from '../executors/step.ts'
import { PAGE } from '../state/page.ts'
import { SECTION, USAGE } from '../state/section.ts'
import { depopulateSectionMemmap, noMemmap, populateSectionMemmap } from './sparse.ts'

/**
 * sparse_add_one_section(): -EEXIST when the section is present by now (its memmap is given back then), -ENOMEM when an altmap is used up;
 * sections in front of that one are there then.
 */
export const sparseAddOneSection = op('sparse_add_one_section', 'mm/sparse.c, until v5.2', function* (k, node: number, pfn: number, end: number, pgmap: number) {
  const locked = k.profile.decisions.sectionLock === 'node-size-lock'
  const { sizeLock } = k.node(node)
  const reached = yield call(populateSectionMemmap, pfn, end, pgmap, node)
  if (reached > pfn) {
    if (locked) yield lock(sizeLock)
    if ((yield get(k.sectionFlags, pfn)) & SECTION.present) {
      if (locked) yield unlock(sizeLock)
      yield call(depopulateSectionMemmap, pfn, reached, true)
      return -ERRNO.EEXIST
    }
    yield fill(k.sectionUsage, pfn, reached, USAGE.slab)
    yield fill(k.subsectionMap, pfn, reached, 1)
    yield fill(k.sectionNode, pfn, reached, node + 1)
    const last = Math.floor((reached - 1) / k.pagesPerSection)
    if (last > (yield read(k.highestPresentSection))) yield write(k.highestPresentSection, last)
    yield map(k.sectionFlags, pfn, reached, (flags) => flags | SECTION.present | SECTION.valid)
    if (locked) yield unlock(sizeLock)
    yield cost('section add', (reached - pfn) / k.pagesPerSection)
  }
  if (reached < end) return yield fail(ERRNO.ENOMEM, noMemmap(k))
  return 0
})

/**
 * sparse_remove_one_section(): clears the section, then frees what it held; boot memory goes back page by page. `nid` is the node of whose
 * node_size_lock it takes: one that there is not is a page fault.
 */
export const sparseRemoveOneSection = op('sparse_remove_one_section', 'mm/sparse.c, until v5.2', function* (k, nid: number, pfn: number, end: number) {
  const locked = k.profile.decisions.sectionLock === 'node-size-lock'
  const node = k.nodes.get(nid)
  if (locked && !node) return yield bug(`BUG: unable to handle page fault: NODE_DATA(${nid})`)
  if (locked) yield lock(node!.sizeLock)
  const usage = yield get(k.sectionUsage, pfn)
  yield fill(k.sectionFlags, pfn, end, 0)
  yield fill(k.sectionUsage, pfn, end, USAGE.none)
  yield fill(k.subsectionMap, pfn, end, 0)
  if (locked) yield unlock(node!.sizeLock)
  // free_section_usemap(); nothing of the model reads the node of a section that is not there
  yield fill(k.sectionNode, pfn, end, 0)
  if (usage === USAGE.boot) yield fill(k.page, pfn, end, PAGE.absent)
  else yield call(depopulateSectionMemmap, pfn, end, true)
  yield cost('section remove', (end - pfn) / k.pagesPerSection)
  return 0
})
