import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe as story, expect, it } from 'vitest'
import { recorded, value } from '../../test/fixtures/text/read.ts'
import { bootEngine } from '../engine/engine.ts'
import { describe } from '../engine/machine/describe.ts'
import { importTexts } from '../engine/machine/import-texts.ts'
import { readThisComputer } from './this-computer.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'zonelab-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** A root folder with these files in it; a name that ends in / is a folder. */
function files(contents: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(contents)) {
    const full = join(root, path)
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true })
    if (!path.endsWith('/')) writeFileSync(full, text)
  }
}
const sources = (): string[] => readThisComputer(root).sources.map((s) => `${s.path} ${s.ok ? 'ok' : 'no'}: ${s.text}`)

story('this computer', () => {
  it('is read from /proc and /sys, and boots', () => {
    files({
      'proc/zoneinfo': recorded('boot-2n-2g', 'zoneinfo.txt'), 'proc/iomem': recorded('boot-2n-2g', 'iomem.txt'),
      'proc/version': 'Linux version 6.1.0-56-amd64 (x) #1\n', 'proc/cmdline': 'ro quiet\n', 'proc/sys/kernel/arch': 'x86_64\n',
      'sys/devices/system/memory/block_size_bytes': '8000000\n', 'sys/devices/system/memory/auto_online_blocks': 'offline\n',
      'sys/devices/system/node/online': '0-1\n', 'sys/devices/system/node/node0/cpulist': '0-3\n', 'sys/devices/system/node/node1/cpulist': '\n',
    })
    for (let n = 0; n < 16; n++) files({ [`sys/devices/system/memory/memory${n}/state`]: 'online\n', [`sys/devices/system/memory/memory${n}/valid_zones`]: n ? 'DMA32\n' : 'none\n', [`sys/devices/system/node/node${n < 8 ? 0 : 1}/memory${n}/`]: '' })
    expect(sources()).toEqual([
      '/proc/zoneinfo ok: 2 nodes', '/proc/iomem ok: 26 resources', '/sys/devices/system/memory ok: 16 memory blocks', '/sys/devices/system/node ok: 2 nodes',
      'dmesg no: cannot be read', '/proc/cmdline ok: 2 words',
    ])
    const facts = value(importTexts(readThisComputer(root).texts))
    expect([facts.warnings, facts.arch, facts.cmdline, facts.kernel, facts.nodeCpus]).toEqual([[], 'x86_64', 'ro quiet', '6.1.0-56-amd64', [{ id: 0, cpus: 4 }, { id: 1, cpus: 0 }]])
    const snapshot = bootEngine(value(describe(facts)).description).snapshot()
    expect(snapshot.nodes.map((n) => [n.id, n.hasCpu, n.present])).toEqual([[0, true, 262046], [1, false, 262112]])
  })

  it('in a container, where parts are missing or hidden, says which', () => {
    files({ 'proc/iomem': '00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n', 'proc/cmdline': '\n', 'proc/zoneinfo': '' })
    expect(sources()).toEqual([
      '/proc/zoneinfo no: empty', '/proc/iomem no: addresses are hidden from this user', '/sys/devices/system/memory no: no memory blocks', '/sys/devices/system/node no: no nodes',
      'dmesg no: cannot be read', '/proc/cmdline ok: empty',
    ])
    const facts = value(importTexts(readThisComputer(root).texts))
    expect(facts.warnings.map((w) => w.text)).toEqual([expect.stringContaining('read /proc/iomem as root')])
  })

  it('without anything to read gives no texts', () => {
    files({ 'proc/cmdline': 'quiet\n' })
    const got = readThisComputer(root)
    expect(got.texts).toEqual([])
    expect(got.sources.filter((s) => s.ok).map((s) => s.path)).toEqual(['/proc/cmdline'])
  })

  it('takes the boot log where it is still there', () => {
    files({ 'proc/zoneinfo': recorded('boot-1n-1g', 'zoneinfo.txt'), 'var/log/dmesg': recorded('boot-1n-1g', 'dmesg.txt'), 'proc/cmdline': 'x\n' })
    const got = readThisComputer(root)
    expect(got.texts.map((t) => t.name)).toEqual(['/proc/zoneinfo', 'dmesg'])
    files({ 'var/log/dmesg': 'usb 1-1: new device\n' })
    expect(readThisComputer(root).sources.find((s) => s.path === 'dmesg')).toEqual({ path: 'dmesg', ok: false, text: 'the boot messages are gone' })
  })

  it('as it really is can be read without an error', () => {
    const { texts } = readThisComputer()
    if (texts.length > 0) value(importTexts(texts))
  })
})
