import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { V6_1 } from '../engine/profiles/profiles.ts'
import type { RecordingReport } from './conform.ts'
import { replay as replayOn } from './index.ts'
import { readRecording, recordingFolders } from './read.ts'
import type { Capture, Recording } from './recording.ts'

const root = join(import.meta.dirname, '../../test/recordings/6.1')
const replay = (recording: Recording): RecordingReport => replayOn(recording, V6_1)
const differences = (recording: Recording): string[] =>
  replay(recording).steps.flatMap((step) => step.differences.map((d) => `${step.step} ${d.field}: kernel ${d.kernel}, model ${d.model}`))

/** The recording with one capture changed: what a kernel would have said that does otherwise. */
const altered = (recording: Recording, n: number, change: (capture: Capture) => Capture): Recording => ({
  ...recording,
  steps: recording.steps.map((step) => (step.n === n && step.capture ? { ...step, capture: change(step.capture) } : step)),
})

let movable: Recording
let busy: Recording
let errors: Recording
const read = (id: string): Recording => {
  const recording = readRecording(join(root, id))
  if (!recording.ok) throw new Error(JSON.stringify(recording.errors))
  return recording.value
}
beforeAll(() => {
  movable = read('dimm-512m-movable')
  busy = read('dimm-offline-busy')
  errors = read('ram-add-errors')
})

describe('a kernel that did otherwise is noticed', () => {
  test('in a zone', () => {
    const other = altered(movable, 3, (c) => ({ ...c, probe: { ...c.probe, zones: c.probe.zones.map((z) => (z.zone === 'Movable' ? { ...z, spanned: z.spanned - 1, managed: z.managed + 7, contiguous: true } : z)) } }))
    expect(differences(other)).toEqual([
      '03-offline-33 zone 0/Movable spanned: kernel 131071, model 131072',
      '03-offline-33 zone 0/Movable contiguous: kernel 1, model 0',
      '03-offline-33 zone 0/Movable managed since boot: kernel +98311, model +98304',
    ])
  })

  test('in a node, a mask, a block, a section, its struct pages, a resource', () => {
    const other = altered(movable, 2, (c) => ({
      ...c,
      masks: { ...c.masks, has_memory: '0-1' },
      blocks: c.blocks.filter((b) => b.block !== 35).map((b) => (b.block === 34 ? { ...b, validZones: 'Normal' } : b)),
      iomem: c.iomem.map((r) => (r.start === 0x100000000 ? { ...r, end: r.end + 1 } : r)),
      probe: {
        ...c.probe,
        nodes: c.probe.nodes.map((node) => ({ ...node, present: node.present + 1 })),
        sections: c.probe.sections.map((s) => (s.nr === 33 ? { ...s, flags: 'present,valid', runs: [{ first: 0, last: 63, says: 'unread' }] } : s)),
        maxPfn: 1,
      },
    }))
    expect(differences(other)).toEqual([
      '02-online-all node 0 present: kernel 393087, model 393086',
      '02-online-all section 33 flags: kernel present,valid, model present,valid,online',
      '02-online-all section 33 struct pages: kernel 0-63:unread, model 0-63:n0/Movable/online',
      '02-online-all block 34 valid_zones: kernel Normal, model Movable',
      '02-online-all mask has_memory: kernel 0-1, model 0',
      '02-online-all iomem 100000000-120000000 : System RAM: kernel there, model nothing',
      '02-online-all max_pfn: kernel 0x1, model 0x120000',
      '02-online-all block 35 state: kernel nothing, model online',
      '02-online-all block 35 valid_zones: kernel nothing, model Movable',
      '02-online-all block 35 nodes: kernel nothing, model 0',
      '02-online-all iomem 100000000-11fffffff : System RAM: kernel nothing, model there',
    ])
  })

  test('in what it answered', () => {
    const other: Recording = {
      ...movable,
      steps: movable.steps.map((step) =>
        step.n === 3 ? { ...step, result: { ok: false, exit: 1, errno: 'EINVAL', output: 'memory33 <- offline: sh: write error: Invalid argument; state now online' } } : step,
      ),
    }
    expect(differences(other)).toContain('03-offline-33 result: kernel EINVAL, model ok')
  })

  test('in the first line of its log', () => {
    const other = altered(errors, 17, (c) => ({ ...c, dmesg: c.dmesg.map((line) => line.replace('is onlined', 'is online')) }))
    expect(differences(other)).toEqual([
      '17-del-online log: kernel removing memory fails, because memory [0x0000000100000000-0x0000000107ffffff] is online, model removing memory fails, because memory [0x0000000100000000-0x0000000107ffffff] is onlined',
    ])
    const silent = altered(errors, 17, (c) => ({ ...c, dmesg: [] }))
    expect(differences(silent)[0]).toMatch(/^17-del-online log: kernel nothing, model removing memory fails/)
    const chatty = altered(errors, 2, (c) => ({ ...c, dmesg: ['[    7.0] something was printed'] }))
    expect(differences(chatty)).toEqual(['02-add-same log: kernel something was printed, model nothing'])
  })
})

test('step 00 is compared too: counts of zones are not read from it', () => {
  const other = altered(movable, 0, (c) => ({ ...c, probe: { ...c.probe, zones: c.probe.zones.map((z) => (z.zone === 'DMA32' ? { ...z, present: 1000, spanned: 2000 } : z)) } }))
  expect(differences(other)).toEqual([
    '00-boot zone 0/DMA32 spanned: kernel 2000, model 258016',
    '00-boot zone 0/DMA32 present: kernel 1000, model 258016',
  ])
})

test('a refusal that depends on what was allocated is an input, and counted; without it the model goes on', () => {
  const { steps } = replay(busy)
  expect(steps.flatMap((step) => step.refusals.map((block) => `${step.step} ${block}`))).toEqual(['08-offline-32 32', '17-offline-32-twice 32'])
  const silent = altered({ ...busy, steps: busy.steps.map((s) => (s.n === 8 ? { ...s, result: { ok: true, exit: 0, output: 'memory32 <- offline: ok; state now offline' } } : s)) }, 8, (c) => ({ ...c, dmesg: [] }))
  expect(differences(silent)).toContain('08-offline-32 block 32 state: kernel online, model offline')
})

describe('device memory that did otherwise is noticed', () => {
  test('in a struct page, a sub-section map, the line of the device, a single page, the linear map, its zone', () => {
    const hole = read('early-section-hole')
    const other = altered(hole, 1, (c) => ({
      ...c,
      directMap: (c.directMap ?? 0) + 4096,
      probe: {
        ...c.probe,
        zones: c.probe.zones.map((z) => (z.zone === 'Device' ? { ...z, spanned: z.spanned + 512 } : z)),
        devices: c.probe.devices.map((d) => ({ ...d, text: d.text.replace('nid=0', 'nid=1') })),
        sections: c.probe.sections.map((s) => (s.nr === 7 ? { ...s, flags: s.flags.replace(',taint_zone_device', ''), runs: s.runs.map((run) => ({ ...run, says: run.says.replace('/generic', '/unlisted') })) } : s)),
      },
    }))
    const found = differences(other)
    expect(found.map((line) => line.split(':')[0])).toEqual([
      '01-dev-in-hole zone 0/Device spanned', '01-dev-in-hole section 7 flags', '01-dev-in-hole section 7 struct pages', '01-dev-in-hole dev 1', '01-dev-in-hole direct map since boot',
    ])
    expect(found[2]).toContain('n0/Device/reserved/generic')

    const pages = { ...hole, steps: hole.steps.map((s) => (s.n === 7 ? { ...s, result: { ...s.result, output: (s.result.output ?? '').replace('refcount=1', 'refcount=0').replace('zone=Device', 'zone=DMA32') } } : s)) }
    expect(differences(pages)).toEqual(['07-page-2 page 0x3e800 zone: kernel DMA32, model Device', '07-page-2 page 0x3e800 refcount: kernel 0, model 1'])
  })

  test('in the counters of an altmap, and in where a free region lies', () => {
    const altmap = altered(read('probe-altmap'), 7, (c) => ({ ...c, probe: { ...c.probe, devices: c.probe.devices.map((d) => ({ ...d, text: d.text.replace('align=510', 'align=0') })) } }))
    expect(differences(altmap)).toEqual([expect.stringMatching(/^07-free-8192 dev 1: kernel .* align=0 alloc=1024, model .* align=510 alloc=1024$/)])
    const region = altered(read('private-basic'), 1, (c) => ({ ...c, iomem: c.iomem.map((r) => (r.name === 'zoneprobe' ? { ...r, start: r.start - 2 ** 27, end: r.end - 2 ** 27 } : r)) }))
    expect(differences(region)).toEqual([
      '01-add-2m iomem fcf0000000-fcf7ffffff : zoneprobe: kernel there, model nothing', '01-add-2m iomem fcf8000000-fcffffffff : zoneprobe: kernel nothing, model there',
    ])
  })

  test('struct pages that nobody initialised are an input, and counted; others are not', () => {
    const altmap = read('probe-altmap')
    const { steps } = replay(altmap)
    expect(steps.flatMap((s) => (s.uninitialised ? [`${s.step} ${s.uninitialised}`] : []))).toEqual(['05-reserve-512-free-1024 1', '07-free-8192 1'])
    const rewritten = (n: number) => altered(altmap, 5, (c) => ({
      ...c, probe: { ...c.probe, sections: c.probe.sections.map((s) => (s.nr === 64 ? { ...s, runs: s.runs.map((run, i) => (i === n ? { ...run, says: 'n1/DMA' } : run)) } : s)) },
    }))
    expect(differences(rewritten(0))).toEqual([])
    expect(differences(rewritten(1))).toEqual([expect.stringContaining('kernel 0-0:?;1-2:n1/DMA;')])
  })
})

test('a step that nobody has modelled takes what it changed out of the comparison, and is named', () => {
  const other: Recording = { ...movable, steps: movable.steps.map((step) => (step.n === 13 ? { ...step, op: 'frobnicate' } : step)) }
  const last = replay(other).steps.at(-1)
  expect(last?.unmodelled?.what).toBe('frobnicate')
  expect(last?.differences).toEqual([])
  expect(last?.leftOut).toBeGreaterThan(0)
})

test('folders: a recording, a folder of recordings, a folder of kernels, and none', () => {
  expect(recordingFolders([join(root, 'boot-1n-1g')])).toEqual({ ok: true, value: [join(root, 'boot-1n-1g')] })
  const all = recordingFolders([root])
  expect(all.ok && all.value.length).toBeGreaterThan(20)
  const kernels = recordingFolders([join(root, '..')])
  expect(kernels.ok && all.ok && kernels.value.filter((dir) => dir.startsWith(`${root}/`))).toEqual(all.ok && all.value)
  expect(kernels.ok && new Set(kernels.value.map((dir) => dir.split('/').at(-2)))).toEqual(new Set(['5.10', '6.1', '6.12', '7.2']))
  const none = recordingFolders([join(root, 'boot-1n-1g', 'steps')])
  expect(none.ok ? [] : none.errors.map((e) => e.code)).toEqual(['ZL-CONFORM-FOLDER'])
})
