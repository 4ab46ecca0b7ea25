/** A thing on the map in words: for tooltips and for those who do not see the canvas. */
import type { TrackId, ZoneKey } from '../../preload/contract.ts'
import { exactSize, hexRange, plural } from '../ui/format.ts'
import type { DrawItem } from './items.ts'
import { STATE_WORDS } from './palette.ts'
import type { Row } from './rows.ts'

export interface Description { readonly title: string; readonly lines: readonly string[] }

export const zoneWord = (zone: ZoneKey): string => (zone === 'several' ? 'several zones' : zone === 'none' ? 'no zone' : zone)

const flagWords = (flags: string): string =>
  [...flags].flatMap((letter) => ({ P: ['present'], M: ['valid'], O: ['online'], E: ['early'], D: ['device taint'] })[letter] ?? []).join(', ')

export function describeItem(row: Row, item: DrawItem, digits: number): Description {
  const where = item.cut ? ['goes on beyond what is shown'] : [hexRange(item, digits), exactSize(item.end - item.start)]
  if (item.packed) {
    return { title: `${rowName(row)}: ${[item.zone === 'none' ? '' : zoneWord(item.zone), STATE_WORDS[item.state]].filter((s) => s !== '').join(', ')}`, lines: ['more than fits here; zoom in for the exact edges'] }
  }
  const many = item.count > 1 ? ` – ${row.kind === 'sections' ? '0x' + ((item.nr ?? 0) + item.count - 1).toString(16) : (item.nr ?? 0) + item.count - 1}` : ''
  switch (row.kind) {
    case 'resources': return { title: item.label, lines: [...where, item.state === 'free' ? 'not busy' : 'busy'] }
    case 'node': return { title: `Node ${row.node ?? ''} · ${item.state === 'span' ? 'spanned' : 'present'}`, lines: where }
    case 'zone': return { title: `Zone ${row.node ?? ''}/${row.zone ?? ''} · ${item.state === 'span' ? 'spanned' : item.state === 'device' ? 'pages of devices, present 0' : 'present'}`, lines: where }
    case 'blocks':
      return { title: `Memory block ${item.nr ?? item.label}${many} · ${item.state}`, lines: [...where, ...(item.state === 'online' ? [zoneWord(item.zone)] : [])] }
    case 'sections':
      return { title: `Section ${item.nr === undefined ? item.label : '0x' + item.nr.toString(16)}${many} · ${item.detail ?? ''}`, lines: [...where, flagWords(item.detail ?? '')] }
    case 'pages':
      return { title: `Struct pages · ${item.label === '' ? STATE_WORDS[item.state] : item.label}`, lines: [...where, item.zone === 'none' ? 'node and zone not set' : [zoneWord(item.zone), item.detail ?? ''].filter((s) => s !== '').join(' · ')] }
    case 'pagemaps':
      return item.state === 'altmap'
        ? { title: `vmem_altmap of ${item.device ?? item.label}`, lines: [...where, item.detail ?? ''] }
        : { title: `Page map ${item.nr ?? ''} · ${item.label}`, lines: [...where, item.detail ?? ''] }
    case 'directmap': return { title: `Direct map · ${STATE_WORDS[item.state]}`, lines: where }
  }
}

export const TRACK_NAMES: Readonly<Record<TrackId, string>> = {
  resources: 'resources', nodes: 'nodes', zones: 'zones', blocks: 'memory blocks', sections: 'sections', subsections: 'sub-sections', pages: 'struct pages', pagemaps: 'page maps', directmap: 'direct map',
}

export function rowName(row: Row): string {
  switch (row.kind) {
    case 'resources': return 'Resources'
    case 'node': return `Node ${row.node ?? ''}`
    case 'zone': return `Zone ${row.node ?? ''}/${row.zone ?? ''}`
    case 'blocks': return 'Memory blocks'
    case 'sections': return 'Sections'
    case 'pages': return 'Struct pages'
    case 'pagemaps': return 'Page maps'
    case 'directmap': return 'Direct map'
  }
}

export const countOf = (row: Row, items: number): string => plural(items, 'item') + ` in view on ${rowName(row)}`
