/** Text that was cut, doubled or garbled on its way: errors are values, and what is accepted boots or says why not. */
import fc from 'fast-check'
import { describe as story, expect, it } from 'vitest'
import { fixture, recorded } from '../../../test/fixtures/text/read.ts'
import { bootEngine } from '../engine.ts'
import { InputErrors } from '../errors.ts'
import { describe } from './describe.ts'
import { importTexts } from './import-texts.ts'
import { importReport } from './report.ts'

const captures = [
  ['zoneinfo', recorded('boot-4n-6g', 'zoneinfo.txt')], ['iomem', recorded('boot-4n-6g', 'iomem.txt')], ['blocks', recorded('boot-2n-2g', 'memory_blocks.json')],
  ['dmesg', recorded('boot-4n-6g', 'dmesg.txt')], ['arm64', fixture('arm64-64k-dmesg.txt')], ['ppc64', fixture('ppc64le-dmesg.txt')], ['old', fixture('x86-2.6.32-dmesg.txt')],
  ['lsmem', fixture('lsmem-s390x.txt')], ['json', fixture('lsmem-arm64-16k.json')],
  ['sysfs', 'block_size_bytes:8000000\nmemory0/state:online\nmemory0/node0\nmemory1/state:offline\nmemory1/node1\nmemory1/valid_zones:Normal Movable\n'],
] as const
/** One thing done to a text at a place (0 to 1). */
const harm = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), what: fc.constantFrom('cut', 'drop', 'double', 'swap', 'digit', 'word'), with: fc.constantFrom('', 'f', '9', '-', '0x', ' ', ':', '\t', ']', '18446744073709551615', 'zz') })
type Harm = { at: number; what: string; with: string }

function harmed(text: string, h: Harm): string {
  const lines = text.split('\n')
  const n = Math.min(lines.length - 1, Math.floor(h.at * lines.length))
  const line = lines[n] ?? ''
  const middle = Math.floor(((h.at * 997) % 1) * line.length)
  switch (h.what) {
    case 'cut': return lines.slice(0, n).concat(line.slice(0, middle)).join('\n')
    case 'drop': lines.splice(n, 1); break
    case 'double': lines.splice(n, 0, line); break
    case 'swap': lines.splice(n, 2, lines[n + 1] ?? '', line); break
    case 'digit': lines[n] = line.slice(0, middle) + h.with + line.slice(middle + 1); break
    default: lines[n] = line.replace(/[0-9a-f]{3,}/i, h.with)
  }
  return lines.join('\n')
}

story('text that was harmed', () => {
  it('never makes anything throw but errors of the input', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...captures), fc.array(harm, { minLength: 1, maxLength: 3 })), { minLength: 1, maxLength: 3 }), (chosen) => {
        const facts = importTexts(chosen.map(([[name, text], harms]) => ({ name, text: harms.reduce<string>(harmed, text) })))
        if (!facts.ok) {
          for (const e of facts.errors) expect(e).toMatchObject({ code: expect.stringMatching(/^ZL-/), file: expect.any(String), found: expect.stringMatching(/./), expected: expect.stringMatching(/./) })
          return
        }
        const described = describe(facts.value)
        try {
          importReport(facts.value, described.ok ? bootEngine(described.value.description).snapshot() : undefined)
        } catch (e) {
          if (!(e instanceof InputErrors)) throw e
        }
      }),
      { numRuns: 400 },
    )
  })
})
