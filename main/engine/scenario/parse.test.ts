import { describe, expect, test } from 'vitest'
import { formatInputError } from '../errors.ts'
import { loadScenario } from './parse.ts'
import type { Scenario } from './parse.ts'

const problemsOf = (text: string): string[] => {
  const read = loadScenario(text, 'dimm.zonelab.yaml')
  return read.ok ? [] : read.errors.map(formatInputError)
}
const scenarioOf = (text: string): Scenario => {
  const read = loadScenario(text, 'dimm.zonelab.yaml')
  if (!read.ok) throw new Error(read.errors.map(formatInputError).join('\n'))
  return read.value
}

const head = 'zonelab: 1\ntitle: A DIMM\nmachine: {memory: 1GiB}\n'

describe('steps become commands', () => {
  test('every kind of step, in the order of the file', () => {
    const { steps } = scenarioOf(`${head}steps:
  - plug-dimm: {id: d0, size: 512MiB, at: 0x100000000, node: 0}
  - online_movable: 32
  - online: [35, 33]
  - offline: 33-35
  - write-state: {block: 32, word: junk}
  - write-state: {block: 32, word: offline, signal: true}
  - write-state: {block: 32, word: '1', file: online}
  - unplug-dimm: d0
  - add-memory: {at: 8GiB, size: 128MiB}
  - remove-memory: {at: 8GiB, size: 128M}
  - offline-and-remove-memory: {at: 0x200000000, size: 0x8000000}
  - mark: {at: 4294967296, size: 4096, as: pinned}
  - policy: {auto_online_blocks: online_kernel}
  - policy: {auto_movable_ratio: 150}
  - policy: {auto_movable_numa_aware: false}
  - notifier: {name: slab, event: MEM_GOING_ONLINE, answer: veto}
`)
    expect(steps.map((step) => step.commands)).toEqual([
      [{ op: 'plug_dimm', id: 'd0', start: 0x100000000, size: 0x20000000, node: 0 }],
      [{ op: 'block', block: 32, state: 'online_movable' }],
      [{ op: 'block', block: 35, state: 'online' }, { op: 'block', block: 33, state: 'online' }],
      [33, 34, 35].map((block) => ({ op: 'block', block, state: 'offline' })),
      [{ op: 'block', block: 32, state: 'junk' }],
      [{ op: 'block', block: 32, state: 'offline', signal: true }],
      [{ op: 'block', block: 32, state: '1', file: 'online' }],
      [{ op: 'unplug_dimm', id: 'd0' }],
      [{ op: 'add_memory', node: 0, start: 0x200000000, size: 0x8000000 }],
      [{ op: 'remove_memory', start: 0x200000000, size: 0x8000000 }],
      [{ op: 'offline_and_remove_memory', start: 0x200000000, size: 0x8000000 }],
      [{ op: 'mark', start: 0x100000000, size: 4096, as: 'pinned' }],
      [{ op: 'policy', name: 'auto_online_blocks', value: 'online_kernel' }],
      [{ op: 'policy', name: 'auto_movable_ratio', value: '150' }],
      [{ op: 'policy', name: 'auto_movable_numa_aware', value: 'N' }],
      [{ op: 'notifier', name: 'slab', event: 'MEM_GOING_ONLINE', answer: 'veto' }],
    ])
    expect(steps.map((step) => [step.n, step.line]).slice(0, 3)).toEqual([[1, 5], [2, 6], [3, 7]])
  })

  test('a DIMM without an address goes above all RAM and all DIMMs before it', () => {
    const { steps } = scenarioOf(`zonelab: 1
title: DIMMs
machine: {memory: 6GiB}
steps:
  - plug-dimm: {id: d0, size: 512MiB}
  - plug-dimm: {id: d1, size: 1GiB}
  - plug-dimm: {id: d2, size: 1GiB, at: 16GiB}
  - plug-dimm: {id: d3, size: 1GiB}
`)
    expect(steps.flatMap((step) => step.commands).map((c) => (c.op === 'plug_dimm' ? c.start / 2 ** 20 : 0))).toEqual([8192, 8704, 16384, 17408])
  })

  test('a file in JSON is a scenario too', () => {
    const json = JSON.stringify({ zonelab: 1, title: 'JSON', machine: { memory: 2 ** 30 }, steps: [{ online: [32, 33] }] })
    expect(scenarioOf(json).steps[0]?.text).toBe('online 32, 33')
  })
})

describe('the friendly machine', () => {
  test('1 GiB is laid out as QEMU q35 lays it out', () => {
    const { description } = scenarioOf(head)
    expect(description.firmware.map((r) => `${r.start.toString(16)}-${(r.end - 1).toString(16)} ${r.type}`)).toEqual([
      '0-9fbff usable', '9fc00-fffff reserved', '100000-3ffdffff usable', '3ffe0000-3fffffff reserved', 'b0000000-bfffffff reserved',
      'fed1c000-fed1ffff reserved', 'fffc0000-ffffffff reserved', 'fd00000000-ffffffffff reserved',
    ])
    expect(description.nodes).toEqual([{ id: 0, cpus: 1 }])
    expect(description.iomemEnd).toBe(2 ** 40)
  })

  test('four nodes of 6 GiB: the hole under 4 GiB falls into the second node', () => {
    const { description } = scenarioOf(`zonelab: 1
title: Four nodes
machine: {memory: 6GiB, maxmem: 12GiB, nodes: [{memory: 1GiB, cpus: 1}, {memory: 2GiB}, {memory: 1GiB}, {memory: 2GiB}]}
`)
    expect(description.affinity.map((r) => `${r.node} ${r.start.toString(16)}-${(r.end - 1).toString(16)}${r.hotplug ? ' hotplug' : ''}`)).toEqual([
      '0 0-9ffff', '0 100000-3fffffff', '1 40000000-7fffffff', '1 100000000-13fffffff', '2 140000000-17fffffff', '3 180000000-1ffffffff',
      '3 200000000-57fffffff hotplug',
    ])
  })

  test('memory beyond 46 bits brings 5-level paging', () => {
    const { description } = scenarioOf('zonelab: 1\ntitle: Big\nmachine: {memory: 64TiB}\n')
    expect([description.iomemEnd, description.constants.maxPhysmemBits]).toEqual([2 ** 52, 52])
  })
})

describe('import', () => {
  const text = 'zonelab: 1\ntitle: Seen\nmachine:\n  import: [logs/dmesg.txt, logs/zoneinfo.txt]\n  cmdline: movable_node\n'

  test('the texts are read in order, named as the file names them, and the rest of the machine applies on top', () => {
    const seen: string[] = []
    const read = loadScenario(text, 'a.zonelab.yaml', {
      read: (path) => ({ ok: true, text: `text of ${path}` }),
      describe: (texts) => {
        seen.push(...texts.map((t) => `${t.name}: ${t.text}`))
        return { ok: true, value: scenarioOf(head).description }
      },
    })
    expect(seen).toEqual(['logs/dmesg.txt: text of logs/dmesg.txt', 'logs/zoneinfo.txt: text of logs/zoneinfo.txt'])
    expect(read.ok && read.value.description.cmdline).toBe('movable_node')
  })

  test('a file that cannot be read is a problem at its line', () => {
    const read = loadScenario(text, 'a.zonelab.yaml', { read: () => ({ ok: false, reason: 'no such file' }), describe: () => ({ ok: false, errors: [] }) })
    expect(read.ok ? [] : read.errors.map(formatInputError)[0]).toBe(
      'a.zonelab.yaml:4: machine.import[0]: logs/dmesg.txt: no such file, expected a file of captured text [ZL-SCENARIO-IMPORT]',
    )
  })
})

describe('problems name line, field, what was found and what was expected', () => {
  test('an unknown key, with the nearest known one', () => {
    expect(problemsOf(`${head}steps:\n  - plug-dimm: {id: d0, size: 1GiB, nod: 1}\n`)).toEqual([
      "dimm.zonelab.yaml:5: steps[0].plug-dimm.nod: unknown key 'nod', expected node (the nearest), or another one of id, size, at, node [ZL-SCENARIO-KEY]",
    ])
  })

  test('a mistyped step is one problem, not two', () => {
    const found = problemsOf(`${head}steps:\n  - onlin: 32\n`)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain("dimm.zonelab.yaml:5: steps[0].onlin: unknown key 'onlin', expected online (the nearest)")
  })

  test('a wrong type, a bad size, a missing field, a bad word', () => {
    expect(problemsOf('zonelab: 1\ntitle: [a]\nmachine:\n  memory: 1 GiBi\nsteps:\n  - plug-dimm: {size: 1GiB}\n  - mark: {at: 0x1_0, size: 1, as: held}\n')).toEqual([
      'dimm.zonelab.yaml:2: title: a list of 1, expected a title [ZL-SCENARIO-TYPE]',
      "dimm.zonelab.yaml:4: machine.memory: '1 GiBi', expected a size or an address in bytes, such as 512MiB, 0x100000000 or 4096 [ZL-SCENARIO-VALUE]",
      'dimm.zonelab.yaml:6: steps[0].plug-dimm.id: nothing, expected the id of a DIMM [ZL-SCENARIO-MISSING]',
      "dimm.zonelab.yaml:7: steps[1].mark.at: '0x1_0', expected a size or an address in bytes, such as 512MiB, 0x100000000 or 4096 [ZL-SCENARIO-VALUE]",
      "dimm.zonelab.yaml:7: steps[1].mark.as: 'held', expected one of unmovable, pinned, hwpoison, none [ZL-SCENARIO-VALUE]",
    ])
  })

  test('addresses beyond what is exact, and negative ones, are refused', () => {
    expect(problemsOf(`${head}steps:\n  - add-memory: {at: 0x20000000000000, size: -1}\n`).map((p) => p.split(',')[0])).toEqual([
      'dimm.zonelab.yaml:5: steps[0].add-memory.at: 9007199254740992',
      'dimm.zonelab.yaml:5: steps[0].add-memory.size: -1',
    ])
  })

  test('a step is one thing', () => {
    expect(problemsOf(`${head}steps:\n  - online: 32\n    offline: 33\n  - note: nothing\n`).map((p) => p.split(',')[0])).toEqual([
      'dimm.zonelab.yaml:5: steps[0]: online and offline in one step',
      'dimm.zonelab.yaml:7: steps[1]: a step that does nothing',
    ])
  })

  test('expectations are checked as the file is read', () => {
    expect(problemsOf(`${head}expect:\n  zones:\n    0/Moveable: {spanned: 1}\n  blocks:\n    x: {state: online}\n`).map((p) => p.split(' [')[0])).toEqual([
      "dimm.zonelab.yaml:6: expect.zones.0/Moveable: the key '0/Moveable', expected NODE/ZONE, such as 0/Movable",
      "dimm.zonelab.yaml:8: expect.blocks.x: the key 'x', expected a block number",
    ])
  })

  test('text that is not YAML, an empty file, no map', () => {
    expect(problemsOf('zonelab: 1\ntitle: "a\n')[0]).toMatch(/^dimm.zonelab.yaml:\d+: .*expected a YAML 1.2 or JSON document \[ZL-SCENARIO-YAML\]$/)
    expect(problemsOf('')).toEqual(['dimm.zonelab.yaml:1: an empty file, expected a YAML 1.2 or JSON document [ZL-SCENARIO-YAML]'])
    expect(problemsOf('- a\n')[0]).toContain('no map at the top')
  })

  test('the version: none, a newer one, nonsense', () => {
    expect(problemsOf('title: a\n')[0]).toBe('dimm.zonelab.yaml:1: zonelab: nothing, expected the version of the format, zonelab: 1 [ZL-SCENARIO-VERSION]')
    expect(problemsOf('title: a\nzonelab: 2\n')[0]).toBe(
      'dimm.zonelab.yaml:2: zonelab: version 2, expected a version up to 1; a newer zonelab wrote this file [ZL-SCENARIO-VERSION]',
    )
    expect(problemsOf('zonelab: one\n')[0]).toContain('one, expected a version number up to 1')
  })

  test('machines that contradict themselves', () => {
    const machine = (text: string): string => (problemsOf(`zonelab: 1\ntitle: M\nmachine: ${text}\n`)[0] ?? '').replace('dimm.zonelab.yaml:3: ', '').replace(/ \[.*/, '')
    expect(machine('{memory: 2GiB, nodes: [{memory: 1GiB}, {memory: 512MiB}]}')).toBe("machine.nodes: nodes of 1.5 GiB together, expected the machine's 2 GiB")
    expect(machine('{cmdline: quiet}')).toContain('machine: a machine without memory, expected memory: 1GiB')
    expect(machine('{memory: 1GiB, firmware: []}')).toBe("machine.memory: memory beside firmware, expected one way to give the machine's memory")
    expect(machine('{memory: 1GiB, nodes: [{id: 1}, {id: 1}]}')).toBe('machine.nodes[1]: a second node 1, expected each node once')
    expect(machine('{firmware: [{start: 2GiB, end: 1GiB, type: usable}]}')).toBe(
      'machine.firmware[0].end: end 0x40000000, expected an end above the start 0x80000000',
    )
  })

  test('a bomb of aliases and a tower of brackets are refused, not expanded', () => {
    const bomb = `zonelab: 1\na: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefgh'.replace(/./g, (c) => `${c}: &${c} [${Array(9).fill(`*${String.fromCharCode(c.charCodeAt(0) - 1)}`).join(', ')}]\n`)}`
    expect(problemsOf(bomb)[0]).toContain('ZL-SCENARIO-YAML')
    expect(problemsOf(`zonelab: ${'['.repeat(2000)}${']'.repeat(2000)}`)[0]).toContain('ZL-SCENARIO-YAML')
  })
})
