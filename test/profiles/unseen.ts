/**
 * Pairs of values that no sequence of commands tells apart: what they change shows only between the steps of operations that run at the
 * same time (scenarios/races), in how long they take (scenarios/timeline), or together with another decision. "decision: value / value", with the reason.
 */
export const UNSEEN: Readonly<Record<string, string>> = {
  'shrinkWrites: start-first / spanned-first': 'a reader without a lock sees a span between the two writes',
  'emptyZoneInit: before-span-locks / inside-span-locks': 'two adds into one empty zone have to meet',
  'deviceGrowth: under-hotplug-lock / after-hotplug-lock': 'somebody else has to take the lock in between',
  'zoneChoicePlace: inside-hotplug-lock / before-hotplug-lock': 'spans have to change between the choice and the lock',
  'pgmapReference: cleared / stays': 'a look-up has to come while the page map goes',
  'usageFree: at-once / after-rcu': 'a pfn walker has to hold the pointer',
  'freeRegionLock: each-look / whole-search': 'somebody else has to claim the region between search and request',
  'nodeOnline: after-blocks / before-sections': 'a failed add undoes it: only somebody who looks meanwhile sees the node',
  'maskClearing: after-zonelists / before-zonelists': 'who reads node masks while zonelists are rebuilt',
  'blockNid: at-link / at-creation': 'who reads memory_block.nid while memory is added',
  'deferredInit: under-node-lock / claimed': 'node threads of boot against an allocation; and how long interrupts are off',
  'deferredThreads: one / padata': 'how long boot takes',
  'deferredGrow: none / node-size-lock': 'an allocation against the node threads of boot',
  'onlineFree: order-0 / max-order': 'how long onlining takes',
  'offlineManaged: all-pages / not-offline': 'before v6.11 virtio-mem adds to managed_pages what offline_pages() takes off too much: the same sum',
  'pfnValid: section / subsection': 'differs only where parts of sections are there, which needs deviceGranularity: subsection, and that in turn pfnValid: subsection',
}
