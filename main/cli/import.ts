/** `zonelab import`: captured text to a machine. */
import { bootEngine } from '../engine/engine.ts'
import type { InputError } from '../engine/errors.ts'
import { InputErrors, formatInputError } from '../engine/errors.ts'
import { describe } from '../engine/machine/describe.ts'
import type { InputText, Warning } from '../engine/machine/facts.ts'
import { importTexts } from '../engine/machine/import-texts.ts'
import { importReport } from '../engine/machine/report.ts'
import type { ImportReport, ReportBlock } from '../engine/machine/report.ts'
import { V6_1 } from '../engine/profiles/profiles.ts'
import { knownTypes } from '../plugins/known-types.ts'
import { formatSize, hex } from '../engine/units.ts'
import { EXIT } from './io.ts'
import type { Exit, Io } from './io.ts'
import type { Parsed } from './options.ts'
import { FORMS, formsOf, printed } from './print.ts'

export const IMPORT_OPTIONS = { print: { type: 'string', multiple: true }, out: { type: 'string' } } as const

export async function importCommand(options: Parsed, io: Io, misuse: (problem: string) => Exit): Promise<Exit> {
  if (options.files.length === 0) return misuse('no file is named')
  const forms = formsOf(options.values('print'), FORMS)
  if ('problem' in forms) return misuse(forms.problem)
  const fail = (errors: readonly InputError[]): Exit => {
    for (const error of errors) io.err(`${formatInputError(error)}\n`)
    return EXIT.usage
  }

  const texts: InputText[] = []
  for (const file of options.files) {
    try {
      texts.push({ name: file, text: io.read(file) })
    } catch (e) {
      return fail([{ code: 'ZL-FILE', file, found: (e as NodeJS.ErrnoException).code ?? String(e), expected: 'a file that can be read' }])
    }
  }
  const facts = importTexts(texts)
  if (!facts.ok) return fail(facts.errors)
  const described = describe(facts.value)
  // what cannot boot (a lone resource tree, say) is still reported as far as it goes; printing and writing need a machine
  const needed = forms.forms.length > 0 || options.values('out').length > 0
  if (!described.ok && needed) return fail(described.errors)
  let engine: ReturnType<typeof bootEngine> | undefined
  const cannot: InputError[] = described.ok ? [] : [...described.errors]
  if (described.ok) {
    try {
      engine = bootEngine(described.value.description, V6_1, 'coarse', knownTypes())
    } catch (e) {
      if (!(e instanceof InputErrors)) throw e
      if (needed) return fail(e.errors)
      cannot.push(...e.errors)
    }
  }
  const snapshot = engine?.snapshot()
  const assumed: readonly Warning[] = described.ok ? described.value.warnings : []
  const noMachine = cannot.map((error): Warning => ({ file: error.file, ...(error.line === undefined ? {} : { line: error.line }), text: `no machine can be booted from this: ${error.found}, expected ${error.expected}` }))
  const report = importReport(facts.value, snapshot)
  const whole: ImportReport = { ...report, warnings: [...report.warnings, ...assumed, ...noMachine] }

  const [out] = options.values('out')
  if (out !== undefined && described.ok) {
    const { toScenario } = await import('../engine/scenario/export.ts')
    try {
      io.write(out, toScenario(described.value.description, []))
    } catch (e) {
      return fail([{ code: 'ZL-FILE', file: out, found: (e as NodeJS.ErrnoException).code ?? String(e), expected: 'a file that can be written' }])
    }
  }
  // what the texts tell; what had to be assumed to boot a machine is no part of it
  if (options.flag('json')) io.out(`${JSON.stringify(report, null, 2)}\n`)
  else if (forms.forms.length > 0 && snapshot) {
    for (const form of forms.forms) {
      const text = await printed(form, snapshot, [])
      io.out(forms.forms.length > 1 ? `==> ${form} <==\n${text}` : text)
    }
    for (const warning of whole.warnings) io.err(`${warningText(warning)}\n`)
  } else io.out(reportText(whole))
  return EXIT.holds
}

const warningText = (warning: Warning): string => `${warning.file}${warning.line === undefined ? '' : `:${warning.line}`}: warning: ${warning.text}`

/** The machine in a few lines. */
function reportText(report: ImportReport): string {
  const lines: string[] = []
  const unknown = (n: number | undefined): string => (n === undefined ? 'unknown' : String(n))
  for (const node of report.nodes ?? []) {
    const memory = node.ranges === undefined ? '' : node.ranges.length === 0 ? ', no memory' : `, memory ${node.ranges.map((r) => `${r.start}-${r.end}`).join(', ')}`
    lines.push(`node ${node.id}: spanned ${unknown(node.spanned)}, present ${unknown(node.present)}${memory}`)
    for (const zone of node.zones ?? []) {
      if (zone.spanned === 0) continue
      lines.push(`  zone ${zone.name}: start_pfn ${zone.startPfn === undefined ? 'unknown' : hex(zone.startPfn)}, spanned ${unknown(zone.spanned)}, present ${unknown(zone.present)}, managed ${unknown(zone.managed)}`)
    }
  }
  if (report.nodes === undefined) lines.push('nodes: unknown')
  lines.push(report.blocks === undefined ? 'memory blocks: unknown' : blocksText(report.blocks))
  lines.push(report.resources === undefined ? 'resources: unknown' : `resources: ${report.resources.length} at the top level`)
  for (const warning of report.warnings) lines.push(warningText(warning))
  return `${lines.join('\n')}\n`
}

function blocksText(blocks: readonly ReportBlock[]): string {
  const [first] = blocks
  if (!first) return 'memory blocks: none'
  const counts = new Map<string, number>()
  for (const block of blocks) counts.set(block.state ?? 'unknown state', (counts.get(block.state ?? 'unknown state') ?? 0) + 1)
  return `memory blocks: ${blocks.length} of ${formatSize(first.size)} (${[...counts].map(([state, n]) => `${n} ${state}`).join(', ')})`
}
