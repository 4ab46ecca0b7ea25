/** A recorded step as commands of the engine, with what the kernel answered to each. */
import type { Command } from '../engine/command.ts'
import type { DeviceMemoryType } from '../engine/state/pgmap.ts'
import { answerOf, devAdd, devDel, number, pageLines, stress } from './device-steps.ts'
import type { RecordedStep } from './recording.ts'
import { blockRefused, didNothing } from './ndctl.ts'
import { plugNvdimm } from './persistent.ts'
import { readShell } from './shell.ts'
import { vmemSize } from './virtio-mem.ts'

/**
 * What the kernel answered: `ok`, an errno, `refused` where the recording does not tell which, BUG where it ended the thread, or HANGS where the guest
 * never answered.
 */
export type Answer = string

export interface Action {
  readonly command: Command
  /** Absent where the recording does not tell. */
  readonly answer?: Answer
  /** A memory block that a tool says it could not take offline. */
  readonly refusedBlock?: number
  /** Bytes that a virtio-mem device has plugged afterwards. */
  readonly plugged?: number
  /** The answer is the emulator's: a kernel that hangs over it says nothing. */
  readonly emulator?: true
}

export type Translation =
  | { readonly kind: 'actions'; readonly actions: readonly Action[] }
  /** Nothing that the kernel's memory would notice: a step that reads, or that the emulator or the probe itself refused. */
  | { readonly kind: 'nothing'; readonly why: 'boot' | 'reads' | 'host' | 'probe'; readonly text: string }
  /** Single struct pages that the probe printed. */
  | { readonly kind: 'pages'; readonly lines: readonly PageLine[] }
  /** Two threads at once. */
  | { readonly kind: 'stress'; readonly workers: readonly StressWorker[] }
  /** Pages that the recording's probe allocated, or gave back. */
  | { readonly kind: 'hold'; readonly pages: readonly { readonly pfn: number; readonly zone: string }[] }
  | { readonly kind: 'unhold' }
  /** What the model has no command for. */
  | { readonly kind: 'unmodelled'; readonly what: string }

export interface PageLine { readonly pfn: number; readonly fields: Readonly<Record<string, string>> }

/** One thread of the probe's stress: memremap_pages() and, when that succeeded, memunmap_pages(), in a loop. */
export interface StressWorker {
  readonly memory: DeviceMemoryType
  readonly node: number
  readonly start: number
  readonly size: number
  readonly loops: number
  readonly ok: number
  /** By errno number. */
  readonly errors: Readonly<Record<string, number>>
  /** Nothing came back: the guest was gone. */
  readonly lost?: true
}

export function translate(step: RecordedStep): Translation {
  const { args, result } = step
  if (result.error) return { kind: 'nothing', why: 'host', text: result.error.desc ?? result.error.class ?? 'the emulator refused' }
  switch (step.op) {
    case 'boot':
      return { kind: 'nothing', why: 'boot', text: 'boot' }
    case 'wait':
      return { kind: 'nothing', why: 'reads', text: 'wait' }
    case 'vmem-size':
      return vmemSize(step)
    case 'plug-nvdimm':
      return plugNvdimm(step)
    case 'plug-dimm':
      return plug(step)
    case 'unplug':
      return { kind: 'actions', actions: [{ command: { op: 'unplug_dimm', id: String(args['id']) }, answer: result.ok ? 'ok' : 'refused' }] }
    case 'block':
      return { kind: 'actions', actions: blockActions([Number(args['block'])], String(args['state']), step) }
    case 'blocks':
      return { kind: 'actions', actions: blockActions(args['blocks'] as number[], String(args['state']), step) }
    case 'probe':
      return probeCommand(String(args['cmd']), step)
    case 'sh':
      return shell(String(args['cmd']), step)
    default:
      return { kind: 'unmodelled', what: step.op }
  }
}

/** Where the emulator put the DIMM is the emulator's decision: its list of memory devices tells. */
function plug(step: RecordedStep): Translation {
  const id = String(step.args['id'])
  const size = Number(step.args['size'])
  const device = step.result.memory_devices?.find((d) => d.id === id)
  const start = device?.addr ?? (typeof step.args['addr'] === 'number' ? step.args['addr'] : undefined)
  if (start === undefined) return { kind: 'unmodelled', what: `plug-dimm ${id}: its address is not told` }
  const node = device?.node ?? Number(step.args['node'] ?? 0)
  // the emulator's "ok" is only that the device is there; whether the kernel took it is in its log
  const failed = step.capture?.dmesg.some((line) => /add_memory failed|acpi_memory_enable_device\(\) error/.test(line)) ?? false
  return { kind: 'actions', actions: [{ command: { op: 'plug_dimm', id, start, size, node }, answer: failed ? 'refused' : 'ok', emulator: true }] }
}

const STRERROR: readonly (readonly [RegExp, string])[] = [
  [/Operation not permitted/i, 'EPERM'], [/No such file or directory/i, 'ENOENT'], [/Interrupted system call/i, 'EINTR'], [/I\/O error|Input\/output error/i, 'EIO'],
  [/No such device or address/i, 'ENXIO'], [/Argument list too long/i, 'E2BIG'], [/Resource temporarily unavailable/i, 'EAGAIN'],
  [/Out of memory|Cannot allocate memory/i, 'ENOMEM'], [/Device or resource busy|Resource busy/i, 'EBUSY'], [/File exists/i, 'EEXIST'],
  [/No such device/i, 'ENODEV'], [/Invalid argument/i, 'EINVAL'], [/No space left/i, 'ENOSPC'], [/out of range/i, 'ERANGE'], [/not supported/i, 'EOPNOTSUPP'],
]
const errnoOf = (text: string): string | undefined => STRERROR.find(([pattern]) => pattern.test(text))?.[1]

/** The tool that writes a block's state prints one line a block. */
function blockActions(blocks: readonly number[], state: string, step: RecordedStep): Action[] {
  const lines = (step.result.output ?? '').split('\n')
  return blocks.map((block) => {
    const line = lines.find((l) => l.startsWith(`memory${block} <- `) || new RegExp(`/memory${block}: `).test(l))
    const said = line === undefined ? undefined : / <- [^:]*: ok;/.test(line) ? 'ok' : (errnoOf(line) ?? 'refused')
    const answer = said ?? (blocks.length === 1 ? (step.result.ok ? 'ok' : (step.result.errno ?? 'refused')) : undefined)
    return { command: { op: 'block', block, state }, ...(answer === undefined ? {} : { answer }) }
  })
}

/** include/linux/memory_hotplug.h, v6.1. The third, MHP_NID_IS_MGID, needs a group of a driver's own. */
const MHP_MERGE_RESOURCE = 1
const MHP_MEMMAP_ON_MEMORY = 2

function probeCommand(text: string, step: RecordedStep): Translation {
  const [name = '', ...words] = text.trim().split(/\s+/)
  const field = new Map(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]))
  const range = { start: number(field, 'start', 0), size: number(field, 'size', 0) }
  const node = number(field, 'nid', 0)
  const answer: Answer = answerOf(step)
  switch (name) {
    case 'ram_add': {
      const flags = Number(field.get('flags') ?? 0)
      if ((flags & ~(MHP_MERGE_RESOURCE | MHP_MEMMAP_ON_MEMORY)) !== 0) return { kind: 'unmodelled', what: `add_memory with flags ${flags}` }
      const merge = (flags & MHP_MERGE_RESOURCE) !== 0 ? { merge: true } : {}
      const memmapOnMemory = (flags & MHP_MEMMAP_ON_MEMORY) !== 0 ? { memmapOnMemory: true } : {}
      return { kind: 'actions', actions: [{ command: { op: 'add_memory', node, ...range, ...merge, ...memmapOnMemory }, answer }] }
    }
    case 'ram_del':
      return { kind: 'actions', actions: [{ command: { op: 'remove_memory', ...range }, answer }] }
    case 'ram_offdel':
      return { kind: 'actions', actions: [{ command: { op: 'offline_and_remove_memory', ...range }, answer }] }
    case 'hold': {
      const held = [...(step.result.output ?? '').matchAll(/held pfn=(0x[0-9a-f]+) zone=(\w+)/g)]
      return { kind: 'hold', pages: held.map((m) => ({ pfn: Number(m[1]), zone: m[2] ?? '' })) }
    }
    case 'unhold':
      return { kind: 'unhold' }
    case 'page':
      return { kind: 'pages', lines: pageLines(step.result.output ?? '') }
    case 'nop':
      return { kind: 'nothing', why: 'reads', text }
    case 'dev_add':
      return devAdd(field, text, step)
    case 'dev_del':
      return devDel(field, text, step)
    case 'stress':
      return stress(field, step)
    default:
      return { kind: 'unmodelled', what: `probe command ${name}` }
  }
}

function shell(text: string, step: RecordedStep): Translation {
  const reading = readShell(text)
  const output = step.result.output ?? ''
  if (reading.kind === 'reads') return { kind: 'nothing', why: 'reads', text }
  if (reading.kind === 'unknown') {
    // a file that this kernel does not have: nothing was written
    const absent = /^echo .*> ?\/sys\//.test(reading.what) && /nonexistent|can't create|No such file|Permission denied/i.test(output)
    return absent ? { kind: 'nothing', why: 'reads', text: `${text} (no such file)` } : { kind: 'unmodelled', what: `shell: ${reading.what}` }
  }
  const [only] = reading.commands
  if (reading.commands.length > 1 || only === undefined) return { kind: 'actions', actions: reading.commands.map((command) => ({ command })) }
  const killed = only.op === 'block' && only.signal === true && /Terminated|Killed|\b(?:124|137|143)\b/.test(output)
  const refusedBlock = blockRefused(output)
  const failed = errnoOf(output) ?? (step.result.ok && !didNothing(output) ? undefined : (step.result.errno ?? 'refused'))
  return { kind: 'actions', actions: [{ command: only, answer: killed && errnoOf(output) === undefined ? 'EINTR' : (failed ?? 'ok'), ...(refusedBlock === undefined ? {} : { refusedBlock }) }] }
}
