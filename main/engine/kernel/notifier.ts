/**
 * memory_notify(): the blocking notifier chain of memory hotplug. Only GOING_* answers matter; NOTIFY_BAD (0x8002) becomes
 * -EPERM through notifier_to_errno(). drivers/base/memory.c, v6.1.
 */
import { ERRNO } from '../errors.ts'
import { cost, fail, lock, op, readRef, unlock } from '../executors/step.ts'

export type MemoryEvent =
  | 'MEM_PREPARE_ONLINE' | 'MEM_FINISH_OFFLINE'
  | 'MEM_GOING_ONLINE' | 'MEM_ONLINE' | 'MEM_CANCEL_ONLINE' | 'MEM_GOING_OFFLINE' | 'MEM_OFFLINE' | 'MEM_CANCEL_OFFLINE'

/** Answers 0 or -EPERM. */
export const memoryNotify = op('memory_notify', 'drivers/base/memory.c, v6.1', function* (k, event: MemoryEvent) {
  yield lock(k.memoryChain, 'read')
  yield cost('notifier', 1)
  const chain = yield* readRef(k.notifiers)
  yield unlock(k.memoryChain)
  const veto = chain.find((n) => n.event === event)
  if (veto) return yield fail(ERRNO.EPERM, `notifier failure: ${veto.name} answers NOTIFY_BAD to ${event}`)
  return 0
})

export type NodeEvent =
  | 'NODE_ADDING_FIRST_MEMORY' | 'NODE_ADDED_FIRST_MEMORY' | 'NODE_CANCEL_ADDING_FIRST_MEMORY'
  | 'NODE_REMOVING_LAST_MEMORY' | 'NODE_REMOVED_LAST_MEMORY' | 'NODE_CANCEL_REMOVING_LAST_MEMORY'

/** node_notify(): the chain of node notifiers. Answers 0 or -EPERM. v6.17+. */
export const nodeNotify = op('node_notify', 'drivers/base/node.c, v6.17+', function* (k, event: NodeEvent) {
  yield lock(k.nodeChain, 'read')
  yield cost('notifier', 1)
  const chain = yield* readRef(k.notifiers)
  yield unlock(k.nodeChain)
  const veto = chain.find((n) => n.event === event)
  if (veto) return yield fail(ERRNO.EPERM, `notifier failure: ${veto.name} answers NOTIFY_BAD to ${event}`)
  return 0
})
