/** What the user sets: marks on pages, policies in sysfs, notifiers. Not kernel functions, but journaled like them. */
import type { NotifierEvent, PageMark } from '../command.ts'
import { ERRNO } from '../errors.ts'
import { fail, fill, op, readRef, write, writeRef } from '../executors/step.ts'
import { ONLINE_TYPE_TEXT } from '../state/block.ts'
import { MARK, ONLINE_POLICY, UNINITIALISED } from '../state/kernel.ts'

/** Marks pages as the user's allocations. Whole pages are marked that the range touches. */
export const markPages = op('mark', 'user', function* (k, start: number, size: number, as: PageMark) {
  yield fill(k.mark, Math.floor(start / k.pageSize), Math.ceil((start + size) / k.pageSize), MARK[as])
  return 0
})

/** Parameters of memory_hotplug that came with the policy auto-movable. */
const AUTO_MOVABLE: ReadonlySet<string> = new Set(['online_policy', 'auto_movable_ratio', 'auto_movable_numa_aware'])

/** auto_online_blocks_store() and the parameters of memory_hotplug; unknown text is -EINVAL. drivers/base/memory.c, mm/memory_hotplug.c. */
export const setPolicy = op('auto_online_blocks_store', 'drivers/base/memory.c, v6.1', function* (k, name: string, text: string) {
  const value = text.replace(/\n$/, '')
  if (k.profile.decisions.autoMovable === 'none' && AUTO_MOVABLE.has(name)) return yield fail(ERRNO.ENOENT, `no parameter "${name}"`)
  switch (name) {
    case 'auto_online_blocks': {
      const words = k.profile.decisions.autoOnlineWords === 'any' ? ONLINE_TYPE_TEXT : ONLINE_TYPE_TEXT.slice(0, 2)
      const type = words.indexOf(value as (typeof ONLINE_TYPE_TEXT)[number])
      if (type < 0) return yield fail(ERRNO.EINVAL, `"${value}" is not one of ${words.join(', ')}`)
      yield write(k.autoOnline, type)
      return 0
    }
    case 'uninitialised_pages': {
      const says = UNINITIALISED.indexOf(value as (typeof UNINITIALISED)[number])
      if (says < 0) return yield fail(ERRNO.EINVAL, `"${value}" is not one of ${UNINITIALISED.join(', ')}`)
      yield write(k.uninitialised, says)
      return 0
    }
    case 'online_policy':
      if (value !== 'contig-zones' && value !== 'auto-movable') return yield fail(ERRNO.EINVAL, `"${value}" is not one of contig-zones, auto-movable`)
      yield write(k.onlinePolicy, value === 'auto-movable' ? ONLINE_POLICY.autoMovable : ONLINE_POLICY.contigZones)
      return 0
    case 'auto_movable_ratio':
      if (!/^\d{1,10}$/.test(value) || Number(value) >= 2 ** 32) return yield fail(ERRNO.EINVAL, `"${value}" is not an unsigned number`)
      yield write(k.autoMovableRatio, Number(value))
      return 0
    case 'auto_movable_numa_aware':
      if (!/^[yYnN01]/.test(value)) return yield fail(ERRNO.EINVAL, `"${value}" is not Y or N`)
      yield write(k.autoMovableNumaAware, /^[yY1]/.test(value) ? 1 : 0)
      return 0
  }
  return yield fail(ERRNO.ENOENT, `no parameter "${name}"`)
})

/** Adds a subscriber that answers NOTIFY_BAD to `event`, or takes it out. */
export const registerNotifier = op('register_memory_notifier', 'drivers/base/memory.c, v6.1', function* (k, name: string, event: NotifierEvent, veto: boolean) {
  const { prepareNotifier, nodeNotifiers } = k.profile.decisions
  const absent = event === 'MEM_PREPARE_ONLINE' ? prepareNotifier === 'none' : event.startsWith('NODE_') && nodeNotifiers === 'none'
  if (absent) return yield fail(ERRNO.EINVAL, `${k.profile.title} has no event ${event}`)
  const others = (yield* readRef(k.notifiers)).filter((n) => n.name !== name || n.event !== event)
  yield writeRef(k.notifiers, veto ? [...others, { name, event }] : others)
  return 0
})

/** A signal is pending for the writer while its command runs. */
export const setSignal = op('signal_pending', 'include/linux/sched/signal.h', function* (k, pending: boolean) {
  yield write(k.signalPending, pending ? 1 : 0)
  return 0
})
