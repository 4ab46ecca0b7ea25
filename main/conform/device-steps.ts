/** The probe's commands about device memory, as commands of the engine. */
import type { Command } from '../engine/command.ts'
import type { DeviceMemoryType } from '../engine/state/pgmap.ts'
import { parseSize } from '../engine/units.ts'
import { probeDevice } from './picture.ts'
import type { RecordedStep } from './recording.ts'
import type { PageLine, StressWorker, Translation } from './translate.ts'

/** `key=value` words of a probe command. */
export type Fields = ReadonlyMap<string, string>

/** memparse(): a number as the probe reads it, a minus sign included; NaN when it is none. */
export const number = (fields: Fields, key: string, fallback: number): number => {
  const text = fields.get(key)
  if (text === undefined) return fallback
  return text.startsWith('-') ? -(parseSize(text.slice(1)) ?? Number.NaN) : (parseSize(text) ?? Number.NaN)
}

/** Kinds of device memory by the probe's names. */
const MEMORY: Readonly<Record<string, DeviceMemoryType>> = { private: 'private', coherent: 'coherent', generic: 'generic', fsdax: 'fs-dax', p2pdma: 'pci-p2pdma' }

/** Device types by the probe's names, with the parameters that make the difference. */
const TYPES: Readonly<Record<string, { readonly type: string; readonly params?: Readonly<Record<string, string>> }>> = {
  private: { type: 'hmm-private' },
  coherent: { type: 'hmm-coherent' },
  generic: { type: 'generic' },
  fsdax: { type: 'generic', params: { memory: 'fs-dax' } },
  p2pdma: { type: 'pci-p2pdma' },
}

/** The probe itself refused, before it asked the kernel: no such type, no such id, an id in use. */
const refusedByProbe = ({ result: { ok, output = '' } }: RecordedStep): boolean => !ok && /^(?:stage=probe\b|errno=)/m.test(output) && !/\bstage=(?!probe\b)/.test(output)

export function devAdd(fields: Fields, text: string, step: RecordedStep): Translation {
  const known = TYPES[fields.get('type') ?? '']
  if (refusedByProbe(step)) return { kind: 'nothing', why: 'probe', text }
  if (!known) return { kind: 'unmodelled', what: `device memory of type ${fields.get('type') ?? ''}` }
  return { kind: 'actions', actions: [{ command: addDevice(fields, known, probeDevice(fields.get('id') ?? '0')), answer: answerOf(step) }] }
}

function addDevice(fields: Fields, known: (typeof TYPES)[string], name: string): Command {
  const start = fields.get('start')
  const optional = (key: string): Record<string, number> => (fields.has(key) ? { [key]: number(fields, key, 0) } : {})
  const altmap = fields.has('reserve') || fields.has('free') ? { ...optional('reserve'), ...optional('free'), ...optional('base') } : {}
  return {
    op: 'add_device', name, type: known.type,
    params: {
      ...known.params, size: number(fields, 'size', 0), node: number(fields, 'nid', 0), region: 'zoneprobe',
      ...(start === 'auto' ? {} : { at: number(fields, 'start', 0), claim: number(fields, 'res', 1) !== 0 }),
      ...altmap, ...optional('shift'),
    },
  }
}

export function devDel(fields: Fields, text: string, step: RecordedStep): Translation {
  if (refusedByProbe(step)) return { kind: 'nothing', why: 'probe', text }
  return { kind: 'actions', actions: [{ command: { op: 'remove_device', name: probeDevice(fields.get('id') ?? '0') }, answer: answerOf(step) }] }
}

/** 137: the kernel killed the probe's process, as it does to a thread that ran into a BUG. */
export const answerOf = ({ result: { ok, exit, errno, guest } }: RecordedStep): string => (ok ? 'ok' : guest !== undefined ? 'HANGS' : exit === 137 ? 'BUG' : (errno ?? 'refused'))

/** What the probe printed of single struct pages. */
export function pageLines(output: string): PageLine[] {
  return [...output.matchAll(/^page pfn=(0x[0-9a-f]+) (.*)$/gm)].map((m) => ({
    pfn: Number(m[1]),
    fields: Object.fromEntries((m[2] ?? '').split(' ').filter((word) => word.includes('=')).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])),
  }))
}

/** Two threads that add and remove device memory without claiming it, each in a loop. */
export function stress(fields: Fields, step: RecordedStep): Translation {
  const memory = MEMORY[fields.get('type') ?? '']
  const workers = [...(step.result.output ?? '').matchAll(/^worker=\d+ start=(0x[0-9a-f]+) size=(0x[0-9a-f]+) loops=(\d+) ok=(\d+)(.*)$/gm)].flatMap((m): StressWorker[] =>
    memory === undefined ? [] : [{
      memory, node: number(fields, 'nid', 0), start: Number(m[1]), size: Number(m[2]), loops: Number(m[3]), ok: Number(m[4]),
      errors: Object.fromEntries([...(m[5] ?? '').matchAll(/err(\d+)=(\d+)/g)].map((e) => [Number(e[1]), Number(e[2])])),
    }],
  )
  // of a guest that died on it there is only what it was told to do
  if (workers.length === 0 && step.result.guest !== undefined && memory !== undefined)
    for (const offset of [0, number(fields, 'off', 0)])
      workers.push({ memory, node: number(fields, 'nid', 0), start: number(fields, 'start', 0) + offset, size: number(fields, 'size', 0), loops: number(fields, 'loops', 1), ok: 0, errors: {}, lost: true })
  return workers.length === 2 ? { kind: 'stress', workers } : { kind: 'unmodelled', what: 'probe command stress' }
}
