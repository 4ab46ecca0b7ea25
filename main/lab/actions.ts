/**
 * What can be done to a selection. Every action with a ready command is tried out on the model, so what stands beside it is
 * what the kernel would answer now. Refused as a matter of state (-EINVAL, -ENOENT): disabled. Would be tried and fail: enabled.
 */
import type { Action, Command, Selection } from '../../preload/contract.ts'
import { MEM } from '../engine/state/block.ts'
import { MARK, UNINITIALISED } from '../engine/state/kernel.ts'
import { formatSize, hex } from '../engine/units.ts'
import { addDeviceActions } from './device-types.ts'
import type { Document } from './document.ts'
import { freeAddress, paramForm } from './param-form.ts'
import { plainReason } from './plain-reason.ts'

export function actionsFor(doc: Document, s: Selection): Action[] {
  const { kernel: k, store } = doc
  switch (s.kind) {
    case 'block': return blockActions(doc, s.block)
    case 'blocks': return s.first === s.last ? blockActions(doc, s.first) : [...blocksActions(doc, s.first, s.last), ...rangeActions(doc, s.first * k.blockBytes, (s.last + 1) * k.blockBytes)]
    case 'section': return blockActions(doc, Math.floor((s.section * k.pagesPerSection) / k.pagesPerBlock))
    case 'subsection': {
      const start = s.subsection * k.pagesPerSubsection * k.pageSize
      return markActions(doc, start, start + k.pagesPerSubsection * k.pageSize)
    }
    case 'page': return markActions(doc, s.pfn * k.pageSize, (s.pfn + 1) * k.pageSize)
    case 'dimm': {
      const d = store.ref(k.dimms).find((x) => x.id === s.id)
      return d ? [tried(doc, 'unplug', `unplug ${s.id}`, { op: 'unplug_dimm', id: s.id }), ...blocksActions(doc, Math.floor(d.start / k.blockBytes), Math.ceil((d.start + d.size) / k.blockBytes) - 1)] : []
    }
    case 'device': return deviceActions(doc, s.name)
    case 'range': return [...rangeActions(doc, s.start, s.end), ...addDeviceActions(doc, s)]
    case 'resource': return store.ref(k.dimms).filter((d) => d.start === s.start && d.start + d.size === s.end).map((d) => tried(doc, 'unplug', `unplug ${d.id}`, { op: 'unplug_dimm', id: d.id }))
    case 'node':
    case 'zone': return [plugForm(doc, s.node), addForm(doc, s.node), ...addDeviceActions(doc, s)]
    case 'machine': return [plugForm(doc, k.nodeIds[0] ?? 0), addForm(doc, k.nodeIds[0] ?? 0), ...addDeviceActions(doc, s), ...policyForms(doc)]
  }
}

/** An action with a ready command, tried out. */
function tried(doc: Document, id: string, label: string, command: Command): Action {
  const result = doc.engine.tryOut(command)
  if (result.ret >= 0) return { id, label, enabled: true, command }
  const enabled = !(result.errno === 'EINVAL' || result.errno === 'ENOENT' || result.errno === 'ENODEV')
  return { id, label, enabled, command, ...(result.errno ? { errno: result.errno } : {}), ...(result.reason ? { reason: plainReason(result.reason) } : {}) }
}

function blockActions(doc: Document, block: number): Action[] {
  const { kernel: k, store } = doc
  const pfn = block * k.pagesPerBlock
  if (store.at(k.blockState, pfn) === MEM.none) return []
  const start = block * k.blockBytes
  const end = start + k.blockBytes
  const words = ['online', 'online_kernel', 'online_movable', 'offline'] as const
  const dimm = store.ref(k.dimms).find((d) => d.start < end && start < d.start + d.size)
  return [
    ...words.map((state) => tried(doc, state, state, { op: 'block', block, state })),
    ...(dimm ? [tried(doc, 'unplug', `unplug ${dimm.id}`, { op: 'unplug_dimm', id: dimm.id })] : [tried(doc, 'remove', 'remove', { op: 'remove_memory', start, size: k.blockBytes })]),
    ...markActions(doc, start, end),
  ]
}

/** The words for all blocks of a selection that they can apply to, in ascending order; at most as many as one request carries. */
function blocksActions(doc: Document, first: number, last: number): Action[] {
  const { kernel: k, store } = doc
  const inState = (wanted: number): number[] => {
    const out: number[] = []
    store.eachRun([k.blockState], first * k.pagesPerBlock, (last + 1) * k.pagesPerBlock, (s, e, state) => {
      if (state !== wanted) return
      for (let nr = s / k.pagesPerBlock; nr < e / k.pagesPerBlock && out.length < MAX_COMMANDS; nr++) out.push(nr)
      return out.length < MAX_COMMANDS
    })
    return out
  }
  const offline = inState(MEM.offline)
  const online = inState(MEM.online)
  const all = (state: 'online' | 'online_kernel' | 'online_movable' | 'offline', blocks: readonly number[], none: string): Action => ({
    id: `${state}-all`, label: `${state} ${blocks.length} ${blocks.length === 1 ? 'block' : 'blocks'}`, enabled: blocks.length > 0,
    ...(blocks.length > 0 ? { commands: blocks.map((block): Command => ({ op: 'block', block, state })) } : { errno: 'EINVAL', reason: none }),
  })
  return [
    all('online', offline, 'no block is offline'), all('online_kernel', offline, 'no block is offline'), all('online_movable', offline, 'no block is offline'),
    all('offline', online, 'no block is online'),
  ]
}
/** Most commands of one `runAll`. */
const MAX_COMMANDS = 65536

function markActions(doc: Document, start: number, end: number): Action[] {
  const { kernel: k, store } = doc
  const from = start / k.pageSize
  const to = end / k.pageSize
  const has = store.scan([k.mark], from, to, 1, (m) => m !== MARK.none) >= 0
  const size = end - start
  const first: Command = { op: 'mark', start, size: Math.min(size, k.pageSize), as: 'unmovable' }
  const single = to - from === 1
  return [
    { id: 'mark-unmovable', label: single ? 'mark unmovable' : 'mark first page unmovable', enabled: true, command: first, reason: 'as if a kernel allocation sat there' },
    { id: 'mark-pinned', label: single ? 'mark pinned' : 'mark first page pinned', enabled: true, command: { ...first, as: 'pinned' }, reason: 'as if a driver held a long-term pin' },
    ...(has ? [{ id: 'mark-none', label: 'clear marks', enabled: true, command: { op: 'mark', start, size, as: 'none' } } satisfies Action] : []),
  ]
}

function rangeActions(doc: Document, start: number, end: number): Action[] {
  const { kernel: k } = doc
  const size = end - start
  const nodes = k.nodeIds.map(String)
  return [
    {
      id: 'add', label: 'add_memory', op: 'add_memory', ...probe(doc, { op: 'add_memory', node: k.nodeIds[0] ?? 0, start, size }),
      form: [{ name: 'node', label: 'node', kind: 'node', value: nodes[0] ?? '0', choices: nodes }, { name: 'start', label: 'start', kind: 'bytes', value: hex(start) }, { name: 'size', label: 'size', kind: 'bytes', value: formatSize(size) }],
    },
    tried(doc, 'remove', 'remove_memory', { op: 'remove_memory', start, size }),
    tried(doc, 'offline-remove', 'offline_and_remove_memory', { op: 'offline_and_remove_memory', start, size }),
    {
      id: 'mark', label: 'mark', enabled: true, op: 'mark',
      form: [{ name: 'start', label: 'start', kind: 'bytes', value: hex(start) }, { name: 'size', label: 'size', kind: 'bytes', value: formatSize(size) }, { name: 'as', label: 'as', kind: 'choice', value: 'unmovable', choices: ['unmovable', 'pinned', 'hwpoison', 'none'] }],
    },
  ]
}
/** Removing a device, and what else its type can do. */
function deviceActions(doc: Document, name: string): Action[] {
  const d = doc.store.ref(doc.kernel.devices).find((x) => x.name === name)
  if (!d) return []
  const type = doc.engine.types.get(d.type)
  return [
    tried(doc, 'remove-device', `unplug ${name}`, { op: 'remove_device', name }),
    ...Object.entries(type?.actions ?? {}).map(([action, spec]): Action =>
      Object.keys(spec.params).length === 0
        ? { ...tried(doc, action, spec.title, { op: 'device_action', name, action, params: {} }) }
        : { id: action, label: spec.title, enabled: true, op: 'device_action', reason: spec.doc, base: { op: 'device_action', name, action, params: {} }, form: paramForm(doc, spec.params) }),
  ]
}

/** What a form's default would come to. The form can be opened whatever it is: its values may change. */
function probe(doc: Document, command: Command): { enabled: boolean; errno?: string; reason?: string } {
  const r = doc.engine.tryOut(command)
  return r.ret >= 0 ? { enabled: true } : { enabled: true, ...(r.errno ? { errno: r.errno } : {}), ...(r.reason ? { reason: plainReason(r.reason) } : {}) }
}

function plugForm(doc: Document, node: number): Action {
  const { kernel: k, store } = doc
  let n = 0
  while (store.ref(k.dimms).some((d) => d.id === `dimm${n}`)) n++
  const nodes = k.nodeIds.map(String)
  return {
    id: 'plug-dimm', label: 'plug DIMM', enabled: true, op: 'plug_dimm',
    form: [
      { name: 'id', label: 'name', kind: 'text', value: `dimm${n}` }, { name: 'size', label: 'size', kind: 'bytes', value: formatSize(Math.max(k.blockBytes * 4, 512 * 2 ** 20)) },
      { name: 'start', label: 'start', kind: 'bytes', value: hex(freeAddress(doc)) }, { name: 'node', label: 'node', kind: 'node', value: String(node), choices: nodes },
    ],
  }
}

function addForm(doc: Document, node: number): Action {
  const { kernel: k } = doc
  return {
    id: 'add-memory', label: 'add_memory', enabled: true, op: 'add_memory',
    form: [
      { name: 'size', label: 'size', kind: 'bytes', value: formatSize(k.blockBytes) }, { name: 'start', label: 'start', kind: 'bytes', value: hex(freeAddress(doc)) },
      { name: 'node', label: 'node', kind: 'node', value: String(node), choices: k.nodeIds.map(String) },
    ],
  }
}

/** What an uninitialised struct page says: no file of the kernel's, but chance; the user decides it. */
function uninitialisedPages(doc: Document): Action {
  const { kernel: k, store } = doc
  const help = 'What a struct page says that nobody initialised, where the kernel asks it for zone or node. zone-0: zone 0 of the right node, as zeroed memory does. device: ZONE_DEVICE of the right node. wild: anything; following it is a page fault.'
  return {
    id: 'policy-uninitialised_pages', label: 'uninitialised_pages', enabled: true, op: 'policy', doc: help,
    ...(k.profile.decisions.debugVm === 'on' ? { reason: 'without effect: a kernel with DEBUG_VM poisons struct pages, and reading one is a BUG' } : {}),
    form: [
      { name: 'name', label: 'parameter', kind: 'choice', value: 'uninitialised_pages', choices: ['uninitialised_pages'] },
      { name: 'value', label: 'says', kind: 'choice', value: UNINITIALISED[store.cell(k.uninitialised)] ?? 'zone-0', choices: UNINITIALISED, doc: help },
    ],
  }
}

function policyForms(doc: Document): Action[] {
  const { kernel: k, store } = doc
  const choice = (name: string, value: string, choices: readonly string[]): Action => ({
    id: `policy-${name}`, label: name, enabled: true, op: 'policy',
    form: [{ name: 'name', label: 'parameter', kind: 'choice', value: name, choices: [name] }, { name: 'value', label: 'value', kind: 'choice', value, choices }],
  })
  return [
    choice('auto_online_blocks', ['offline', 'online', 'online_kernel', 'online_movable'][store.cell(k.autoOnline)] ?? 'offline', ['offline', 'online', 'online_kernel', 'online_movable']),
    choice('online_policy', store.cell(k.onlinePolicy) ? 'auto-movable' : 'contig-zones', ['contig-zones', 'auto-movable']),
    {
      id: 'policy-auto_movable_ratio', label: 'auto_movable_ratio', enabled: true, op: 'policy',
      form: [{ name: 'name', label: 'parameter', kind: 'choice', value: 'auto_movable_ratio', choices: ['auto_movable_ratio'] }, { name: 'value', label: 'percent', kind: 'text', value: String(store.cell(k.autoMovableRatio)) }],
    },
    uninitialisedPages(doc),
    {
      id: 'notifier', label: 'notifier', enabled: true, op: 'notifier', reason: 'answers NOTIFY_BAD to an event',
      form: [
        { name: 'name', label: 'name', kind: 'text', value: 'my-driver' }, { name: 'event', label: 'event', kind: 'choice', value: 'MEM_GOING_ONLINE', choices: ['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE', ...(doc.kernel.profile.decisions.prepareNotifier === 'sent' ? ['MEM_PREPARE_ONLINE'] : []), ...(doc.kernel.profile.decisions.nodeNotifiers === 'own' ? ['NODE_ADDING_FIRST_MEMORY', 'NODE_REMOVING_LAST_MEMORY'] : [])] },
        { name: 'answer', label: 'answer', kind: 'choice', value: 'veto', choices: ['veto', 'allow'] },
      ],
    },
  ]
}
