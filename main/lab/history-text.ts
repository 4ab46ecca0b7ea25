/** The history list: what each command was about and what it changed, in the kernel's words, read off the journal. */
import type { HistoryEntry, Selection } from '../../preload/contract.ts'
import type { Command } from '../engine/command.ts'
import type { Cell } from '../engine/state/handles.ts'
import { formatSize, hex } from '../engine/units.ts'
import { answerOf, type Document, type HistoryStep } from './document.ts'
import { plainReason } from './plain-reason.ts'

export function history(doc: Document): HistoryEntry[] {
  const { kernel: k } = doc
  const ram = [...k.nodes.values()].reduce((n, node) => n + presentAtBoot(doc, node.present), 0)
  const boot: HistoryEntry = {
    n: 0, op: 'boot', target: doc.description.title, effect: `${formatSize(ram * k.pageSize)} present`, log: 0, selection: { kind: 'machine' },
  }
  return [boot, ...doc.steps.map((step, i) => entry(doc, step, i + 1, formerAnswer(doc, i)))]
}

/** Value of a cell at boot: the first journal entry's `before`, else the present value. */
function presentAtBoot(doc: Document, cell: Cell): number {
  for (const e of doc.store.journal.entries) if (e.kind === 'cell' && e.h === cell) return e.before
  return doc.store.cell(cell)
}

/** "v6.1: ok" where the kernel before answered something else. */
function formerAnswer(doc: Document, i: number): string | undefined {
  const was = doc.formerly?.answers[i]
  return was === undefined || was === answerOf(doc.steps[i]!.result) ? undefined : `${doc.formerly!.kernel}: ${was === 'ok' ? 'ok' : answerText(was)}`
}

/** "-EBUSY"; a BUG and a wait for ever are no errnos. */
export const answerText = (answer: string): string => (answer === 'ok' || answer === 'BUG' || answer === 'HANGS' ? answer : `-${answer}`)

function entry(doc: Document, step: HistoryStep, n: number, was: string | undefined): HistoryEntry {
  const { command, result } = step
  const failed = result.ret < 0
  return {
    n, op: opText(command), target: targetText(command),
    effect: failed ? `${answerText(answerOf(result))} ${shortReason(result.reason ?? '')}`.trim() : effect(doc, step),
    ...(failed ? { errno: answerOf(result) } : {}), ...(was === undefined ? {} : { was }),
    log: result.log.length, selection: selectionOf(command),
  }
}

const shortReason = (reason: string): string => plainReason(reason).split(/[:;]/)[0]!

export const opText = (c: Command): string => {
  switch (c.op) {
    case 'block': return c.state
    case 'plug_dimm': return 'plug'
    case 'unplug_dimm': return 'unplug'
    case 'device_action': return c.action
    default: return c.op
  }
}

export const targetText = (c: Command): string => {
  switch (c.op) {
    case 'block': return `block ${c.block}`
    case 'plug_dimm': return `${c.id} ${formatSize(c.size)} @ ${hex(c.start)}`
    case 'unplug_dimm': return c.id
    case 'policy': return `${c.name} = ${c.value}`
    case 'notifier': return `${c.name}: ${c.answer} ${c.event}`
    case 'mark': return `${formatSize(c.size)} @ ${hex(c.start)} ${c.as}`
    case 'add_device': return `${c.name} (${c.type})`
    case 'remove_device':
    case 'device_action': return c.name
    default: return `${formatSize(c.size)} @ ${hex(c.start)}`
  }
}

export const selectionOf = (c: Command): Selection => {
  switch (c.op) {
    case 'block': return { kind: 'block', block: c.block }
    case 'plug_dimm':
    case 'unplug_dimm': return { kind: 'dimm', id: c.id }
    case 'policy':
    case 'notifier': return { kind: 'machine' }
    case 'add_device':
    case 'remove_device':
    case 'device_action': return { kind: 'device', name: c.name }
    default: return { kind: 'range', start: c.start, end: c.start + c.size }
  }
}

/** What a command changed: the counts of zones first, then blocks added or gone, then policies. */
function effect(doc: Document, step: HistoryStep): string {
  const { kernel: k, store } = doc
  const first = new Map<unknown, number>()
  const last = new Map<unknown, number>()
  let added = 0
  let gone = 0
  for (let i = step.from; i < step.to; i++) {
    const e = store.journal.entries[i]!
    if (e.kind === 'cell') {
      if (!first.has(e.h)) first.set(e.h, e.before)
      last.set(e.h, e.after)
    } else if (e.kind === 'field' && e.h === k.blockState) {
      for (let r = 0; r < e.before.length; r += 3) {
        if (e.before[r + 2] === 0 && e.after !== 0) added += e.before[r + 1]! - e.before[r]!
        if (e.before[r + 2] !== 0 && e.after === 0) gone += e.before[r + 1]! - e.before[r]!
      }
    }
  }
  const delta = (cell: Cell): number => (last.get(cell) ?? 0) - (first.get(cell) ?? 0)
  const signed = (n: number): string => (n > 0 ? `+${n}` : `−${-n}`)
  const many = k.nodeIds.length > 1
  const parts: string[] = []
  for (const node of k.nodes.values())
    for (const z of node.zones) {
      const present = delta(z.present)
      const spanned = delta(z.spanned)
      if (!present && !spanned) continue
      const name = many ? `${node.id}/${z.name}` : z.name
      parts.push(`${name} ${[present ? `present ${signed(present)}` : '', spanned ? `spanned ${signed(spanned)}` : ''].filter(Boolean).join(', ')}`)
    }
  if (added) parts.push(`${added} memory ${added === 1 ? 'block' : 'blocks'} added`)
  if (gone) parts.push(`${gone} memory ${gone === 1 ? 'block' : 'blocks'} gone`)
  for (const node of k.nodes.values()) {
    const online = delta(node.online)
    if (online) parts.push(`node ${node.id} ${online > 0 ? 'online' : 'offline'}`)
  }
  return parts.length ? parts.join(' · ') : 'no count changed'
}
