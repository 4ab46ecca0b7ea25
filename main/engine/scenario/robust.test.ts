import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bootEngine } from '../engine.ts'
import { InputErrors } from '../errors.ts'
import { loadScenario } from './parse.ts'
import { STEP_KEYS } from './schema.ts'

/** Any text is either a scenario or problems, each with a file and a found and an expected part. */
const settles = (text: string): void => {
  const read = loadScenario(text, 'any.yaml')
  if (read.ok) return
  expect(read.errors.length).toBeGreaterThan(0)
  for (const error of read.errors) {
    expect(error).toMatchObject({ file: 'any.yaml', code: expect.stringMatching(/^ZL-SCENARIO-[A-Z]+$/), found: expect.stringMatching(/\S/), expected: expect.stringMatching(/\S/) })
    expect(error.line).toBeGreaterThan(0)
  }
}

test('any text settles', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.constantFrom('zonelab: 1', 'title: a', 'machine:', '  memory: 1GiB', 'steps:', '- online: 3', '  -', '{', ']', '&a', '*a', '? x', '|', '\t', '!!js 1', '%YAML 1.2', '---')).map((lines) => lines.join('\n'))), settles), { numRuns: 500 })
})

test('any data of the right outline settles', () => {
  const anything = fc.jsonValue({ maxDepth: 3 })
  const step = fc.dictionary(fc.constantFrom(...STEP_KEYS, 'note', 'expect', 'nonsense'), anything, { maxKeys: 2 })
  fc.assert(
    fc.property(
      fc.record({ zonelab: fc.constantFrom<unknown>(1, 1, 1, 0, 2, '1', null), title: anything, machine: fc.oneof(fc.constant({ memory: '1GiB' }), anything), steps: fc.oneof(fc.array(step), anything), expect: anything }, { requiredKeys: ['zonelab'] }),
      (data) => settles(JSON.stringify(data)),
    ),
    { numRuns: 500 },
  )
})

test('any friendly machine boots, or says why not', () => {
  const size = fc.oneof(fc.integer({ min: 0, max: 2 ** 33 }), fc.nat({ max: 64 }).map((n) => n * 2 ** 27), fc.nat({ max: 48 }).map((n) => 2 ** n))
  const node = fc.record({ memory: size, cpus: fc.nat({ max: 4 }) }, { requiredKeys: [] })
  const cmdline = fc.constantFrom('', 'numa=fake=4', 'kernelcore=30%', 'movablecore=512M', 'mem=600M', 'memmap=64M$1G', 'movable_node', 'memhp_default_state=online')
  fc.assert(
    fc.property(fc.record({ memory: size, maxmem: size, nodes: fc.array(node, { maxLength: 5 }), cmdline, slots: fc.nat({ max: 256 }), hypervisor: fc.boolean() }, { requiredKeys: ['cmdline'] }), (machine) => {
      const read = loadScenario(JSON.stringify({ zonelab: 1, title: 'M', machine }), 'm.json')
      if (!read.ok) return
      try {
        const { nodes } = bootEngine(read.value.description).snapshot()
        expect(nodes.some((n) => n.present > 0)).toBe(true)
      } catch (e) {
        expect(e).toBeInstanceOf(InputErrors)
      }
    }),
    { numRuns: 300 },
  )
})
