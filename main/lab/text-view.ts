/** The text views: what /proc and lsmem would print now, with what the last step changed marked, each line leading to its thing. */
import type { Selection, TextFormat, TextView } from '../../preload/contract.ts'
import type { Snapshot } from '../engine/snapshot-types.ts'
import { printBlocks } from '../engine/text/blocks.ts'
import { printIomem } from '../engine/text/iomem.ts'
import { printLsmem } from '../engine/text/lsmem-print.ts'
import { printZoneinfo } from '../engine/text/zoneinfo.ts'
import type { Document } from './document.ts'
import { lineDiff } from './line-diff.ts'

const PRINTERS: Record<TextFormat, (s: Snapshot) => string> = { zoneinfo: printZoneinfo, iomem: printIomem, lsmem: printLsmem, blocks: printBlocks }

/** What a file prints at a position of the history. */
export const printed = (doc: Document, format: TextFormat, position: number): string[] => PRINTERS[format](doc.snapshotAt(position)).replace(/\n$/, '').split('\n')

export function textView(doc: Document, format: TextFormat): TextView {
  const now = printed(doc, format, doc.position)
  const select = SELECTORS[format]()
  if (doc.position === 0) return { format, lines: now.map((text) => line(text, select(text))) }
  return {
    format,
    lines: lineDiff(printed(doc, format, doc.position - 1), now).map((c) => ({
      ...line(c.text, c.kind === 'removed' ? undefined : select(c.text)),
      ...(c.kind === 'same' ? {} : { change: c.kind }), ...(c.kind === 'changed' ? { before: c.before } : {}),
    })),
  }
}

const line = (text: string, selection: Selection | undefined): TextView['lines'][number] => ({ text, ...(selection ? { selection } : {}) })

type Selector = (line: string) => Selection | undefined

/** From a printed line to what it is about; each is fed all lines in order. */
const SELECTORS: Record<TextFormat, () => Selector> = {
  zoneinfo: () => {
    let zone: Selection | undefined
    return (text) => {
      const m = /^Node (\d+), zone\s+(\S+)/.exec(text)
      if (m) zone = { kind: 'zone', node: Number(m[1]), zone: m[2]! }
      return zone
    }
  },
  iomem: () => (text) => {
    const m = /^\s*([0-9a-f]+)-([0-9a-f]+) : (.*)$/.exec(text)
    return m ? { kind: 'resource', start: Number.parseInt(m[1]!, 16), end: Number.parseInt(m[2]!, 16) + 1, name: m[3]! } : undefined
  },
  lsmem: () => (text) => {
    const m = /^0x([0-9a-f]+)-0x([0-9a-f]+)/.exec(text)
    return m ? { kind: 'range', start: Number.parseInt(m[1]!, 16), end: Number.parseInt(m[2]!, 16) + 1 } : undefined
  },
  blocks: () => (text) => {
    const m = /memory(\d+)\//.exec(text)
    return m ? { kind: 'block', block: Number(m[1]) } : undefined
  },
}
