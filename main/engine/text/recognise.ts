/** Which of the known forms a text is in, from what only that form has. */
import { isBlockLine } from './blocks.ts'
import { forEachLine } from './reading.ts'

export type TextForm = 'zoneinfo' | 'iomem' | 'lsmem' | 'blocks' | 'bootlog' | 'scenario'

/** What `recognise` takes for each form, in words for an error. */
export const ACCEPTED_FORMS =
  'a boot log (dmesg), /proc/zoneinfo, /proc/iomem, lsmem output, a listing of /sys/devices/system/memory, or a scenario'

/** Lines looked at in whole; a boot log may have pages of firmware chatter before the kernel says anything of memory. */
const ENOUGH = 3

const BOOT_LOG =
  /(?:Linux version \d|(?:Kernel c|C)ommand line: |BIOS-(?:e820|e801|88): |Zone(?: PFN)? ranges:|Early memory node ranges|early_node_map\[|Initmem setup node |SRAT: Node \d|node +\d+: \[mem |Movable zone start |physical RAM map:|Faking node \d|Faking a node at )/

export function recognise(text: string): TextForm | undefined {
  if (/^[\s\uFEFF]*(?:\{|\[\s*\{)/.test(text.slice(0, 4096))) return recogniseJson(text)
  if (/^(?:["']?zonelab["']?\s*:)/m.test(text.slice(0, 65536))) return 'scenario'

  const votes: Record<Exclude<TextForm, 'scenario'>, number> = { zoneinfo: 0, iomem: 0, lsmem: 0, blocks: 0, bootlog: 0 }
  let decided = false
  forEachLine(text, (line) => {
    if (decided || line === '') return
    const form = formOfLine(line)
    if (form === undefined) return
    votes[form]++
    if (form === 'bootlog' || votes[form] >= ENOUGH) decided = true
  })
  const [form, count] = (Object.entries(votes) as [TextForm, number][]).reduce((best, entry) => (entry[1] > best[1] ? entry : best))
  return count > 0 ? form : undefined
}

/** A text that is one form from beginning to end, or a part of one: lines of other forms are left empty, so that line numbers hold. */
export interface TextPart { readonly form: TextForm | undefined; readonly text: string }

/**
 * The parts of a text that holds several captures, as a terminal does after several commands. A line that no form knows
 * belongs to the form before it. JSON and scenarios are one part.
 */
export function splitForms(text: string): readonly TextPart[] {
  const form = recognise(text)
  if (form === undefined || form === 'scenario' || /^[\s\uFEFF]*(?:\{|\[\s*\{)/.test(text.slice(0, 4096))) return [{ form, text }]
  const lines: string[] = []
  const owners: Exclude<TextForm, 'scenario'>[] = []
  let current: Exclude<TextForm, 'scenario'> = form
  const found = new Set<Exclude<TextForm, 'scenario'>>()
  let first = true
  forEachLine(text, (line) => {
    // a kernel's time stamp: no other form begins so, and most lines of a log do
    const own = line.startsWith('[') || line.startsWith('<') ? 'bootlog' : formOfLine(line)
    if (own !== undefined) {
      // what stands above the first capture is its command line
      if (first && own !== current) owners.fill(own)
      first = false
      current = own
      found.add(own)
    }
    lines.push(line)
    owners.push(current)
  })
  if (found.size <= 1) return [{ form, text }]
  return [...found].map((f) => ({ form: f, text: lines.map((line, i) => (owners[i] === f ? line : '')).join('\n') }))
}

function formOfLine(line: string): Exclude<TextForm, 'scenario'> | undefined {
  if (/^\s*Node\s+\d+,\s*zone\s+\S+\s*$/.test(line)) return 'zoneinfo'
  if (BOOT_LOG.test(line)) return 'bootlog'
  if (/^\s*[0-9a-f]{4,}-[0-9a-f]{4,} : \S/i.test(line)) return 'iomem'
  if (/^\s*0x[0-9a-fA-F]+-0x[0-9a-fA-F]+\s+\S|\b(?:RANGE|BLOCK)="|^(?:Memory block size|Total online memory)\s*:|^\s*Address Range\s+Size/.test(line)) return 'lsmem'
  const words = line.trim().split(/\s+/)
  if (words.length >= 1 && words.length <= 9 && words.every((w) => /^(?:RANGE|SIZE|STATE|REMOVABLE|BLOCK|NODE|ZONES|CONFIGURED|MEMMAP-ON-MEMORY)$/.test(w))) return 'lsmem'
  if (isBlockLine(line) || /(?:^|\/)node\d+\/(?:cpulist:|memory\d+(?:\/|$))|^\/(?:sys\/devices\/system\/(?:memory|node)|proc\/sys\/kernel\/arch)\b/.test(line)) return 'blocks'
  return undefined
}

function recogniseJson(text: string): TextForm | undefined {
  const start = text.slice(0, 65536)
  if (/"zonelab"\s*:/.test(start)) return 'scenario'
  if (/"block_size_bytes"\s*:/.test(start)) return 'blocks'
  if (/"memory"\s*:\s*\[/.test(start) || /"(?:range|block)"\s*:/.test(start)) return 'lsmem'
  return undefined
}
