/** How places and values are printed. */
import type { Field } from '../../state/handles.ts'
import { PAGE_STATES, pageNode, pagePgmap, pageState, pageZone } from '../../state/page.ts'
import { ZONE_NAMES } from '../../state/zone.ts'
import { hex } from '../../units.ts'
import type { World } from './world.ts'
import type { Place } from './scope.ts'

/** "struct page pfn 0x40000-0x47fff", "zone 0/Device spanned_pages", "mem_hotplug_lock". */
export function placeName(place: Place): string {
  switch (place.kind) {
    case 'cell': case 'ref': case 'lock': return place.h.name
    case 'field': return fieldName(place.h, place.start * place.h.unit, place.end * place.h.unit)
    case 'sequence': return `${place.h.name} sequence`
    case 'grace': return `${place.h.name} grace period of thread ${place.thread}`
  }
}

export const fieldName = (h: Field, start: number, end: number): string =>
  end - start <= h.unit ? `${h.name} pfn ${hex(start)}` : `${h.name} pfn ${hex(start)}-${hex(end - 1)}`

/** A value as a kernel developer would write it. */
export function valueName(world: World, place: Place | undefined, h: unknown, code: number): string {
  const { kernel: k, values } = world
  if (place?.kind === 'lock') return code === 0 ? 'free' : code > 0 ? `held by thread ${code - 1}` : `read by ${[0, 1, 2, 3].filter((t) => -code & (1 << t)).map((t) => `thread ${t}`).join(', ')}`
  if (place?.kind === 'ref') return summary(values.ref(code))
  const value = values.number(code)
  if (h === k.page) return pageName(value)
  const name = (h as { readonly name?: string } | undefined)?.name ?? ''
  return /pfn|spanned|present|managed|flags/.test(name) ? hex(value) : String(value)
}

const pageName = (page: number): string => {
  const state = PAGE_STATES[pageState(page)]!
  return pageState(page) < 3 ? state : `${state}, zone ${pageNode(page)}/${ZONE_NAMES[pageZone(page)]!}${pagePgmap(page) === 0 ? '' : `, page map ${pagePgmap(page)}`}`
}

/** A reference's value in a few words. */
export function summary(value: unknown): string {
  if (!Array.isArray(value)) {
    const { children, name } = (value ?? {}) as { readonly children?: readonly unknown[]; readonly name?: string }
    return children ? `${name ?? 'tree'} with ${children.length} resources` : JSON.stringify(value) ?? 'nothing'
  }
  return value.length === 0 ? 'none' : value.map((v: unknown) => short(v)).join('; ')
}

function short(v: unknown): string {
  if (typeof v !== 'object' || v === null) return String(v)
  const { id, name, live } = v as { readonly id?: unknown; readonly name?: unknown; readonly live?: unknown }
  return `${String(name ?? id ?? JSON.stringify(v))}${live === false ? ' (killed)' : ''}`
}
