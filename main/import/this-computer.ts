/**
 * This computer, as captured text: its /proc and /sys, in the forms that a user would paste. Parts that are missing, as in
 * a container, or that may not be read are left out, and say so.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { machine } from 'node:os'
import { join } from 'node:path'
import type { InputText } from '../engine/machine/facts.ts'

export interface ReadSource {
  readonly path: string
  readonly ok: boolean
  /** What was read, or why it was not, in a few words. */
  readonly text: string
}
export interface ThisComputerTexts { readonly texts: readonly InputText[]; readonly sources: readonly ReadSource[] }

/** More than this of the kernel log is no boot log any more. */
const LOG_LIMIT = 64 * 2 ** 20

/** `root` stands for "/", for tests and for the folder of another machine's capture; then nothing is run. */
export function readThisComputer(root = '/'): ThisComputerTexts {
  const texts: InputText[] = []
  const sources: ReadSource[] = []
  const at = (path: string): string => join(root, path)
  const say = (path: string, ok: boolean, text: string): void => void sources.push({ path, ok, text })
  const file = (path: string): string | undefined => {
    try {
      return readFileSync(at(path), 'utf8')
    } catch {
      return undefined
    }
  }

  const zoneinfo = file('/proc/zoneinfo')
  if (zoneinfo === undefined || !/^Node /m.test(zoneinfo)) say('/proc/zoneinfo', false, zoneinfo === undefined ? 'cannot be read' : 'empty')
  else {
    texts.push({ name: '/proc/zoneinfo', text: zoneinfo })
    say('/proc/zoneinfo', true, count(new Set(zoneinfo.match(/^Node +\d+/gm)).size, 'node'))
  }

  const iomem = file('/proc/iomem')
  if (iomem === undefined || iomem.trim() === '') say('/proc/iomem', false, iomem === undefined ? 'cannot be read' : 'empty')
  else {
    const hidden = !/[1-9a-f]/.test(iomem.replace(/ : .*$/gm, ''))
    // hidden addresses are kept: the import explains them
    texts.push({ name: '/proc/iomem', text: iomem })
    say('/proc/iomem', !hidden, hidden ? 'addresses are hidden from this user' : count(iomem.trim().split('\n').length, 'resource'))
  }

  const { text: listing, blocks, nodes } = listBlocks(at, file)
  if (blocks === 0) say('/sys/devices/system/memory', false, 'no memory blocks')
  else say('/sys/devices/system/memory', true, count(blocks, 'memory block'))
  if (nodes === 0) say('/sys/devices/system/node', false, 'no nodes')
  else say('/sys/devices/system/node', true, count(nodes, 'node'))
  if (listing !== '') texts.push({ name: '/sys/devices/system', text: listing })

  const log = root === '/' ? kernelLog() : file('/var/log/dmesg')
  const complete = log !== undefined && /Linux version \d/.test(log) && /Early memory node ranges|BIOS-e820/.test(log)
  if (complete) texts.push({ name: 'dmesg', text: log })
  say('dmesg', complete, complete ? 'boot log' : log === undefined ? 'cannot be read' : 'the boot messages are gone')

  const version = file('/proc/version')
  const cmdline = file('/proc/cmdline')?.trim()
  say('/proc/cmdline', cmdline !== undefined, cmdline === undefined ? 'cannot be read' : cmdline === '' ? 'empty' : count(cmdline.split(/\s+/).length, 'word'))
  if (!complete && texts.length > 0 && (version ?? cmdline) !== undefined) {
    // in the words of a boot log, which is what says these things elsewhere
    texts.push({ name: '/proc/cmdline', text: `${version?.trim() ?? ''}\nKernel command line: ${cmdline ?? ''}\n` })
  }
  return { texts: texts.some((t) => t.name !== '/proc/cmdline') ? texts : [], sources }
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

/** Memory blocks and nodes as PATH:VALUE lines; see engine/text/blocks.ts. */
function listBlocks(at: (path: string) => string, file: (path: string) => string | undefined): { text: string; blocks: number; nodes: number } {
  const lines: string[] = []
  const folder = (path: string): string[] => {
    try {
      return readdirSync(at(path))
    } catch {
      return []
    }
  }
  const attribute = (path: string): void => {
    const value = file(path)
    if (value !== undefined) lines.push(`${path}:${value.trim()}`)
  }
  const memory = '/sys/devices/system/memory'
  attribute(`${memory}/block_size_bytes`)
  attribute(`${memory}/auto_online_blocks`)
  const numbered = (path: string, prefix: string): string[] => folder(path).filter((d) => new RegExp(`^${prefix}\\d+$`).test(d))
    .sort((a, b) => Number(a.slice(prefix.length)) - Number(b.slice(prefix.length)))
  const blocks = numbered(memory, 'memory')
  // two small files a block: a machine of terabytes has tens of thousands of blocks
  for (const block of blocks) for (const name of ['state', 'valid_zones']) attribute(`${memory}/${block}/${name}`)
  const node = '/sys/devices/system/node'
  const nodes = numbered(node, 'node')
  attribute(`${node}/online`)
  for (const n of nodes) {
    attribute(`${node}/${n}/cpulist`)
    for (const block of numbered(`${node}/${n}`, 'memory')) lines.push(`${node}/${n}/${block}`)
  }
  if (lines.length > 0) {
    const arch = file('/proc/sys/kernel/arch')?.trim() ?? machine()
    lines.push(`/proc/sys/kernel/arch:${arch}`)
    const page = /^KernelPageSize: .*$/m.exec(file('/proc/self/smaps') ?? '')?.[0]
    if (page !== undefined) lines.push(`/proc/self/smaps:${page}`)
  }
  return { text: lines.map((l) => l + '\n').join(''), blocks: blocks.length, nodes: nodes.length }
}

function kernelLog(): string | undefined {
  try {
    return execFileSync('dmesg', [], { encoding: 'utf8', maxBuffer: LOG_LIMIT, timeout: 5000, stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return undefined
  }
}
