/** Memory groups: the blocks of one device, which auto-movable treats as one. drivers/base/memory.c, v5.15+. */
import { ERRNO } from '../errors.ts'
import { fail, op, readRef, scan, writeRef } from '../executors/step.ts'

/** memory_group_register_static() and _dynamic(); for a dynamic group `maxPages` is its unit. Answers the new group's id (from 1), or -EINVAL when the node is not possible. */
export const memoryGroupRegisterStatic = op('memory_group_register_static', 'drivers/base/memory.c, v5.15+', function* (k, node: number, maxPages: number, dynamic?: boolean) {
  if (!k.nodes.has(node)) return yield fail(ERRNO.EINVAL, `node ${node} is not possible`)
  const groups = yield* readRef(k.groups)
  let id = 1
  while (groups.some((g) => g.id === id)) id++
  yield writeRef(k.groups, [...groups, { id, node, maxPages, dynamic: dynamic ?? false, presentKernel: 0, presentMovable: 0 }])
  return id
})

/** memory_group_unregister(): -EBUSY while blocks are in it. */
export const memoryGroupUnregister = op('memory_group_unregister', 'drivers/base/memory.c, v5.15+', function* (k, id: number) {
  const groups = yield* readRef(k.groups)
  if (!groups.some((g) => g.id === id)) return -ERRNO.EINVAL
  if ((yield scan([k.blockGroup, k.blockState], 0, k.pluggableEnd / k.pageSize, k.pagesPerBlock, (group, state) => group === id && state !== 0)) >= 0) return -ERRNO.EBUSY
  yield writeRef(k.groups, groups.filter((g) => g.id !== id))
  return 0
})

/** The group's part of adjust_present_page_count(). */
export const adjustGroup = op('adjust_present_page_count', 'mm/memory_hotplug.c, v5.15+', function* (k, id: number, movable: boolean, delta: number) {
  const groups = yield* readRef(k.groups)
  yield writeRef(k.groups, groups.map((g) =>
    g.id !== id ? g : movable ? { ...g, presentMovable: g.presentMovable + delta } : { ...g, presentKernel: g.presentKernel + delta },
  ))
  return 0
})
