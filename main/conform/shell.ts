/**
 * The little of the shell that recordings use: which writes to sysfs a command line makes. What only reads is nothing; what
 * is not understood is said to be so, never guessed.
 */
import type { Command } from '../engine/command.ts'
import { readNdctl } from './ndctl.ts'

export type ShellReading =
  | { readonly kind: 'writes'; readonly commands: readonly Command[] }
  | { readonly kind: 'reads' }
  | { readonly kind: 'unknown'; readonly what: string }

const READERS = /^(?:cat|ls|grep|head|tail|wc|sort|uniq|cut|find|test|\[|true|false|:|sleep|sync|pwd|dmesg|free|lsmem|uname|printf|echo|seq|daxctl list|ndctl list|cd)(?:\s|$)/
const PARAMETERS = ['online_policy', 'auto_movable_ratio', 'auto_movable_numa_aware'] as const

export function readShell(line: string): ShellReading {
  const commands: Command[] = []
  for (const statement of statements(line)) {
    const reading = readStatement(statement)
    if (reading.kind === 'unknown') return reading
    if (reading.kind === 'writes') commands.push(...reading.commands)
  }
  return commands.length > 0 ? { kind: 'writes', commands } : { kind: 'reads' }
}

/** Statements of a line: split at `;`, `&&`, `||` and line ends outside quotes; a `for` loop stays in one piece. */
function statements(line: string): string[] {
  const parts: string[] = []
  let part = ''
  let quote = ''
  let loops = 0
  const flush = (): void => {
    if (part.trim() !== '') parts.push(part.trim())
    part = ''
  }
  for (let i = 0; i < line.length; i++) {
    const c = line[i] ?? ''
    if (quote !== '') {
      if (c === quote) quote = ''
    } else if (c === "'" || c === '"') quote = c
    else if (/\bfor$/.test(part) && /\s/.test(c)) loops++
    else if (loops > 0 && /(?:^|[\s;])done$/.test(part) && /[\s;&|]|$/.test(c)) loops--
    const two = line.slice(i, i + 2)
    if (quote === '' && loops === 0 && (c === ';' || c === '\n' || two === '&&' || two === '||')) {
      flush()
      if (two === '&&' || two === '||') i++
      continue
    }
    part += c
  }
  flush()
  return parts
}

function readStatement(statement: string): ShellReading {
  const loop = /^for\s+(\w+)\s+in\s+([^;]+);\s*do\s+([\s\S]*?);?\s*done$/.exec(statement)
  if (loop) {
    const [, name = '', words = '', body = ''] = loop
    const values = words.trim().split(/\s+/)
    if (values.some((value) => /[`$*?({]/.test(value))) return { kind: 'unknown', what: statement }
    return readShell(values.map((value) => body.replaceAll(`\${${name}}`, value).replaceAll(`$${name}`, value)).join('; '))
  }
  const timed = /^timeout\s+(?:-\w+\s+\S+\s+|-\w+\s+)*[\d.]+[smh]?\s+([\s\S]+)$/.exec(statement)
  if (timed) return signalled(readShell(timed[1] ?? ''))
  const inner = /^(?:sh|bash)\s+-c\s+(['"])([\s\S]*)\1$/.exec(statement)
  if (inner) return readShell(inner[2] ?? '')
  const tool = /^blk\s+(\d+)\s+(\S+)$/.exec(statement)
  if (tool) return { kind: 'writes', commands: [{ op: 'block', block: Number(tool[1]), state: tool[2] ?? '' }] }

  const nvdimm = readNdctl(statement)
  if (nvdimm) return nvdimm
  const write = /^(?:echo|printf)\s+(?:-n\s+)?(['"]?)([^'"<>|]*?)\1\s*>\s*(\/\S+)$/.exec(statement)
  if (write) {
    const command = writeOf(write[2] ?? '', write[3] ?? '')
    return command ? { kind: 'writes', commands: [command] } : { kind: 'unknown', what: statement }
  }
  // what is left must only read: no redirection into a file, every part of a pipe a reader
  const plain = statement.replaceAll(/\d?>&\d|\d?>\s*\/dev\/null/g, '')
  const reads = !plain.includes('>') && plain.split('|').every((part) => READERS.test(part.trim()))
  return reads ? { kind: 'reads' } : { kind: 'unknown', what: statement }
}

function writeOf(word: string, path: string): Command | undefined {
  const block = /^\/sys\/devices\/system\/memory\/memory(\d+)\/(state|online)$/.exec(path)
  if (block) {
    const nr = Number(block[1])
    if (block[2] === 'state') return { op: 'block', block: nr, state: word }
    if (word === '0') return { op: 'block', block: nr, state: 'offline' }
    return word === '1' ? { op: 'block', block: nr, state: 'online' } : undefined
  }
  if (path === '/sys/devices/system/memory/auto_online_blocks') return { op: 'policy', name: 'auto_online_blocks', value: word }
  const parameter = PARAMETERS.find((name) => path === `/sys/module/memory_hotplug/parameters/${name}`)
  return parameter ? { op: 'policy', name: parameter, value: word } : undefined
}

const signalled = (reading: ShellReading): ShellReading =>
  reading.kind === 'writes' ? { kind: 'writes', commands: reading.commands.map((c) => (c.op === 'block' ? { ...c, signal: true } : c)) } : reading
