/**
 * Several texts of one machine as one value. Each text is recognised and parsed by its form; what two of them say
 * differently becomes a warning that names both places, and the value named in the warning is kept.
 */
import type { Checked, InputError } from '../errors.ts'
import type { MachineConstants, NodeDescription } from './description.ts'
import type { InputText, MachineFacts, NodeFacts, Warning, ZoneFacts } from './facts.ts'
import { parseBlocks } from '../text/blocks.ts'
import { parseBootLog } from '../text/bootlog.ts'
import type { BootLog } from '../text/bootlog.ts'
import { parseIomem } from '../text/iomem.ts'
import { parseLsmem } from '../text/lsmem.ts'
import { ACCEPTED_FORMS, splitForms } from '../text/recognise.ts'
import { isBlank, quoted } from '../text/reading.ts'
import { parseZoneinfo } from '../text/zoneinfo.ts'
import type { ZoneinfoText } from '../text/zoneinfo.ts'
import { contradictions } from './contradictions.ts'
import { mergeBlocks } from './merge-blocks.ts'
import { pageShiftFrom } from './page-size.ts'
import type { ParsedTexts } from './parsed-texts.ts'

/** What the reader of the texts knows besides them: on this computer, the machine's own architecture and page size. */
export interface ImportHints { readonly arch?: string; readonly pageShift?: number; readonly title?: string }

export function importTexts(inputs: readonly InputText[], hints: ImportHints = {}): Checked<MachineFacts> {
  const parsed: ParsedTexts = { zoneinfo: [], iomem: [], lsmem: [], blocks: [], logs: [] }
  const errors: InputError[] = []
  const take = <T>(result: Checked<T>, list: T[]): void => {
    if (result.ok) list.push(result.value)
    else errors.push(...result.errors)
  }
  for (const { name, text, form } of inputs.flatMap((input) => splitForms(input.text).map((part) => ({ name: input.name, ...part })))) {
    switch (form) {
      case 'zoneinfo': take(parseZoneinfo(text, name), parsed.zoneinfo); break
      case 'iomem': take(parseIomem(text, name), parsed.iomem); break
      case 'lsmem': take(parseLsmem(text, name), parsed.lsmem); break
      case 'blocks': take(parseBlocks(text, name), parsed.blocks); break
      case 'bootlog': take(parseBootLog(text, name), parsed.logs); break
      case 'scenario':
        errors.push({ code: 'ZL-IMPORT-SCENARIO', file: name, found: 'a scenario', expected: 'captured text of a machine; a scenario is run or opened, not imported' })
        break
      case undefined:
        errors.push(
          isBlank(text)
            ? { code: 'ZL-IMPORT-EMPTY', file: name, found: 'no text', expected: ACCEPTED_FORMS }
            : { code: 'ZL-IMPORT-UNKNOWN', file: name, line: firstLine(text).line, found: quoted(firstLine(text).text), expected: ACCEPTED_FORMS },
        )
    }
  }
  if (inputs.length === 0) errors.push({ code: 'ZL-IMPORT-EMPTY', file: 'import', found: 'no text', expected: ACCEPTED_FORMS })
  return errors.length > 0 ? { ok: false, errors } : { ok: true, value: combine(parsed, hints) }
}

function firstLine(text: string): { line: number; text: string } {
  const at = text.search(/\S/)
  return { line: text.slice(0, at).split('\n').length, text: text.slice(at, at + 200).split('\n')[0] ?? '' }
}

function combine(parsed: ParsedTexts, hints: ImportHints): MachineFacts {
  const warnings: Warning[] = Object.values(parsed).flatMap((list: readonly { readonly warnings: readonly Warning[] }[]) => list.flatMap((t) => t.warnings))
  const warn = (w: Warning): number => warnings.push(w)
  const { logs } = parsed
  /** The first log that tells a thing. */
  const told = <K extends keyof BootLog>(key: K): BootLog[K] | undefined => logs.find((l) => l[key] !== undefined && !isEmptyList(l[key]))?.[key]

  const version = told('version')
  const arch = hints.arch ?? parsed.blocks.find((b) => b.arch)?.arch ?? told('arch') ?? archOfZones(parsed.zoneinfo) ?? archOfIomem(parsed.iomem)
  const pageShift = hints.pageShift ?? parsed.blocks.find((b) => b.pageShift)?.pageShift ?? told('pageShift') ?? pageShiftFrom(parsed) ?? (arch === 'x86_64' || arch === 'i386' || arch === 's390x' || arch === 'riscv64' ? 12 : undefined)
  const constants: Partial<MachineConstants> = pageShift === undefined ? {} : { pageShift }
  const { blockSize, blocks } = mergeBlocks(parsed, warn)
  const zoneinfo = parsed.zoneinfo[0]
  const iomem = parsed.iomem.find((t) => t.resources)
  const affinity = told('affinity')
  const initmem = told('initmem')
  const nodeCpus = cpusOf(parsed)
  const kernel = told('kernel')
  const product = told('product')
  const facts: MachineFacts = {
    ...(hints.title ?? product ? { title: hints.title ?? product } : {}),
    ...(kernel ? { kernel: /^Linux version (\S+)/.exec(kernel.text)?.[1] ?? kernel.text } : {}),
    ...(version ? { kernelVersion: version } : {}),
    ...(arch === undefined ? {} : { arch }),
    constants,
    ...(blockSize === undefined ? {} : { blockSize }),
    ...optional('hypervisor', told('hypervisor')),
    ...optional('cmdline', told('cmdline')?.text),
    ...optional('firmware', told('firmware')?.ranges),
    ...(affinity ? { affinity: affinity.map(({ start, end, node, hotplug }) => ({ start, end, node, ...(hotplug ? { hotplug } : {}) })) } : {}),
    ...optional('earlyRanges', told('earlyRanges')?.map(({ node, start, end }) => ({ node, start, end }))),
    ...optional('zoneRanges', told('zoneRanges')?.map(({ zone, start, end }) => ({ zone, start, end }))),
    ...optional('zonesPrintedAt', printedAt(logs)),
    ...optional('movableStarts', told('movableStarts')?.map(({ node, start }) => ({ node, start }))),
    ...(initmem ? { initmem: initmem.map(({ node, start, end }) => ({ node, start, end })) } : {}),
    ...(nodeCpus ? { nodeCpus } : {}),
    ...(zoneinfo ? { nodes: zoneinfo.nodes.map(nodeFacts) } : {}),
    ...(blocks ? { blocks } : {}),
    ...optional('resources', iomem?.resources),
    ...optional('maxPfn', told('maxPfn')),
    warnings,
  }
  const early = logs.find((l) => l.earlyRanges)
  if (early && pageShift === undefined) {
    warn({ file: early.file, line: early.earlyRanges?.[0]?.line, text: 'the page size is not told: how many pages nodes and zones have stays unknown' })
  }
  contradictions(parsed, facts, warn)
  return facts
}

function printedAt(logs: readonly BootLog[]): MachineFacts['zonesPrintedAt'] {
  const log = logs.find((l) => l.zoneRanges)
  return log?.zoneRanges?.[0] && { file: log.file, line: log.zoneRanges[0].line }
}

const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } => (value === undefined ? {} : ({ [key]: value } as { [P in K]?: T }))
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

/** Node and zones as /proc/zoneinfo has them. The node's own span is the hull of its zones' (recordings, surprise 5). */
function nodeFacts(node: ZoneinfoText['nodes'][number]): NodeFacts {
  const zones = node.zones.map(({ line: _, ...zone }): ZoneFacts => zone)
  const spans = zones.filter((z) => z.spanned !== 0)
  const hull =
    spans.length === 0 ? { startPfn: 0, end: 0 }
    : spans.every((z) => z.startPfn !== undefined && z.spanned !== undefined) ? {
        startPfn: Math.min(...spans.map((z) => z.startPfn ?? 0)), end: Math.max(...spans.map((z) => (z.startPfn ?? 0) + (z.spanned ?? 0))),
      }
    : undefined
  const present = zones.every((z) => z.present !== undefined) ? zones.reduce((sum, z) => sum + (z.present ?? 0), 0) : undefined
  return {
    id: node.id, zones,
    ...(hull && (spans.length > 0 || zones.every((z) => z.spanned === 0)) ? { startPfn: hull.startPfn, spanned: hull.end - hull.startPfn } : {}),
    ...(present === undefined ? {} : { present }),
  }
}

/** x86-64 alone ends ZONE_DMA at 16 MiB and begins ZONE_DMA32 there. */
function archOfZones(texts: readonly ZoneinfoText[]): string | undefined {
  const zones = texts.flatMap((t) => t.nodes.flatMap((n) => n.zones))
  const dma = zones.find((z) => z.name === 'DMA' && (z.spanned ?? 0) > 0)
  const ends16M = dma?.startPfn !== undefined && dma.startPfn + (dma.spanned ?? 0) === 4096
  return ends16M && zones.some((z) => z.name === 'DMA32') ? 'x86_64' : undefined
}

/** Names that only a PC's resources have. */
const archOfIomem = (texts: ParsedTexts['iomem']): string | undefined =>
  texts.some((t) => t.resources?.some((r) => /^(?:Local APIC|IOAPIC \d+|HPET \d+)$/.test(r.name))) ? 'x86_64' : undefined

function cpusOf(parsed: ParsedTexts): NodeDescription[] | undefined {
  const listed = parsed.blocks.find((b) => b.cpus.size > 0)?.cpus ?? parsed.logs.find((l) => l.cpus.size > 0)?.cpus
  const online = parsed.blocks.find((b) => b.onlineNodes)?.onlineNodes
  if (!listed && !online) {
    // fewer CPUs than nodes: they sit on the first ones
    const log = parsed.logs.find((l) => l.cpuCount !== undefined && l.earlyRanges)
    const ids = [...new Set(log?.earlyRanges?.map((r) => r.node))].sort((a, b) => a - b)
    return log?.cpuCount === 1 && ids[0] !== undefined ? ids.map((id, i) => ({ id, cpus: i === 0 ? 1 : 0 })) : undefined
  }
  const ids = new Set([...(listed?.keys() ?? []), ...(online ?? [])])
  return [...ids].sort((a, b) => a - b).map((id) => ({ id, cpus: listed?.get(id) ?? (listed ? 0 : 1) }))
}
