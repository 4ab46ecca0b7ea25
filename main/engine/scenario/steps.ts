/** Steps as they are written, and the commands they stand for; both ways. */
import type { Command } from '../command.ts'
import { alignUp, formatSize, hex } from '../units.ts'
import type { MachineDescription } from '../machine/description.ts'
import { dimmBase } from './q35.ts'
import type { StepForm, StepKey } from './schema.ts'

/** End of the memory that the machine boots with. */
const endOfRam = (machine: MachineDescription): number =>
  machine.firmware.reduce((end, range) => (range.type === 'usable' ? Math.max(end, range.end) : end), 0)

/** Gives DIMMs without an address theirs: above all RAM and above all DIMMs of earlier steps. */
export class DimmSlots {
  #next: number

  constructor(machine: MachineDescription) {
    this.#next = dimmBase(endOfRam(machine))
  }

  place(size: number, at: number | undefined): number {
    const start = at ?? this.#next
    this.#next = Math.max(this.#next, alignUp(start + size, 128 * 2 ** 20))
    return start
  }
}

/** The commands of one step, in order. */
export function commandsOf(step: StepForm, slots: DimmSlots): Command[] {
  const plug = step['plug-dimm']
  if (plug) return [{ op: 'plug_dimm', id: plug.id, start: slots.place(plug.size, plug.at), size: plug.size, node: plug.node ?? 0 }]
  const unplugged = step['unplug-dimm']
  if (unplugged !== undefined) return [{ op: 'unplug_dimm', id: unplugged }]
  for (const word of BLOCK_WORDS) {
    const blocks = step[word]
    if (blocks) return blocks.map((block) => ({ op: 'block', block, state: word }))
  }
  const write = step['write-state']
  if (write) return [{ op: 'block', block: write.block, state: write.word, ...(write.signal === undefined ? {} : { signal: write.signal }), ...(write.file === undefined ? {} : { file: write.file }) }]
  const add = step['add-memory']
  if (add) {
    const { merge, 'memmap-on-memory': memmapOnMemory } = add
    return [{ op: 'add_memory', node: add.node ?? 0, start: add.at, size: add.size, ...(merge === undefined ? {} : { merge }), ...(memmapOnMemory === undefined ? {} : { memmapOnMemory }) }]
  }
  const remove = step['remove-memory']
  if (remove) return [{ op: 'remove_memory', start: remove.at, size: remove.size }]
  const offlineAndRemove = step['offline-and-remove-memory']
  if (offlineAndRemove) return [{ op: 'offline_and_remove_memory', start: offlineAndRemove.at, size: offlineAndRemove.size }]
  if (step.mark) return [{ op: 'mark', start: step.mark.at, size: step.mark.size, as: step.mark.as }]
  if (step.policy) {
    const entries = Object.entries(step.policy) as [PolicyName, string][]
    return entries.map(([name, value]) => ({ op: 'policy', name, value }))
  }
  const device = step['add-device']
  if (device) return [{ op: 'add_device', name: device.name, type: device.type, params: device.params ?? {} }]
  const removed = step['remove-device']
  if (removed !== undefined) return [{ op: 'remove_device', name: removed }]
  const action = step['device-action']
  if (action) return [{ op: 'device_action', name: action.name, action: action.action, params: action.params ?? {} }]
  const request = step['request-region']
  if (request) return [{ op: 'request_region', start: request.at, size: request.size, name: request.name }]
  const release = step['release-region']
  if (release) return [{ op: 'release_region', start: release.at, size: release.size }]
  if (step.notifier) return [{ op: 'notifier', ...step.notifier }]
  return []
}
type PolicyName = Extract<Command, { op: 'policy' }>['name']

/** A step as it is written for one command. Addresses and sizes are numbers here; export.ts writes them in hex and units. */
export function stepOf(command: Command): { readonly key: StepKey; readonly value: unknown } {
  switch (command.op) {
    case 'plug_dimm':
      return { key: 'plug-dimm', value: { id: command.id, size: command.size, at: command.start, node: command.node } }
    case 'unplug_dimm':
      return { key: 'unplug-dimm', value: command.id }
    case 'block':
      return command.signal === undefined && command.file === undefined && isBlockWord(command.state)
        ? { key: command.state, value: command.block }
        : { key: 'write-state', value: { block: command.block, word: command.state, ...(command.signal === undefined ? {} : { signal: command.signal }), ...(command.file === undefined ? {} : { file: command.file }) } }
    case 'add_memory':
      return {
        key: 'add-memory',
        value: {
          at: command.start, size: command.size, node: command.node,
          ...(command.merge === undefined ? {} : { merge: command.merge }), ...(command.memmapOnMemory === undefined ? {} : { 'memmap-on-memory': command.memmapOnMemory }),
        },
      }
    case 'remove_memory':
      return { key: 'remove-memory', value: { at: command.start, size: command.size } }
    case 'offline_and_remove_memory':
      return { key: 'offline-and-remove-memory', value: { at: command.start, size: command.size } }
    case 'mark':
      return { key: 'mark', value: { at: command.start, size: command.size, as: command.as } }
    case 'policy':
      return { key: 'policy', value: { [command.name]: command.value } }
    case 'notifier':
      return { key: 'notifier', value: { name: command.name, event: command.event, answer: command.answer } }
    case 'add_device':
      return { key: 'add-device', value: { name: command.name, type: command.type, ...some(command.params) } }
    case 'remove_device':
      return { key: 'remove-device', value: command.name }
    case 'device_action':
      return { key: 'device-action', value: { name: command.name, action: command.action, ...some(command.params) } }
    case 'request_region':
      return { key: 'request-region', value: { at: command.start, size: command.size, name: command.name } }
    case 'release_region':
      return { key: 'release-region', value: { at: command.start, size: command.size } }
  }
}

const some = (params: object): object => (Object.keys(params).length === 0 ? {} : { params })

const BLOCK_WORDS = ['online', 'online_kernel', 'online_movable', 'offline'] as const
type BlockWord = (typeof BLOCK_WORDS)[number]
export const isBlockWord = (word: string): word is BlockWord => (BLOCK_WORDS as readonly string[]).includes(word)

/** A command in one line: `online_movable 32`, `plug-dimm d0 512 MiB at 0x100000000`. */
export function commandText(command: Command): string {
  const range = (start: number, size: number): string => `${formatSize(size)} at ${hex(start)}`
  switch (command.op) {
    case 'plug_dimm':
      return `plug-dimm ${command.id}, ${range(command.start, command.size)}, node ${command.node}`
    case 'unplug_dimm':
      return `unplug-dimm ${command.id}`
    case 'block':
      return `${command.file === undefined ? command.state : `${command.file}=${command.state}`} ${command.block}${command.signal === true ? ', ended by a signal' : ''}`
    case 'add_memory':
      return `add-memory ${range(command.start, command.size)}, node ${command.node}${command.merge ? ', merge' : ''}${command.memmapOnMemory ? ', memmap on memory' : ''}`
    case 'remove_memory':
      return `remove-memory ${range(command.start, command.size)}`
    case 'offline_and_remove_memory':
      return `offline-and-remove-memory ${range(command.start, command.size)}`
    case 'mark':
      return `mark ${range(command.start, command.size)} ${command.as}`
    case 'policy':
      return `policy ${command.name}=${command.value}`
    case 'notifier':
      return `notifier ${command.name}: ${command.answer} ${command.event}`
    case 'add_device':
      return `add-device ${command.name} (${command.type})`
    case 'remove_device':
      return `remove-device ${command.name}`
    case 'device_action':
      return `${command.action} ${command.name}`
    case 'request_region':
      return `request-region ${range(command.start, command.size)}, ${command.name}`
    case 'release_region':
      return `release-region ${range(command.start, command.size)}`
  }
}

/** Several commands of one step in one line: `online 32, 33, 35`. */
export function stepText(commands: readonly Command[]): string {
  const [first, ...rest] = commands
  if (first === undefined) return 'nothing'
  const states = rest.every((c) => c.op === 'block' && first.op === 'block' && c.state === first.state)
  return states && rest.length > 0
    ? `${commandText(first)}, ${rest.map((c) => (c.op === 'block' ? c.block : '')).join(', ')}`
    : commands.map(commandText).join('; ')
}
