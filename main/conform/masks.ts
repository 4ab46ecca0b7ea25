/** Leaves out of two pictures what steps that are not modelled did to the kernel (known.ts says what and why). */
import { hex } from '../engine/units.ts'
import type { Picture } from './picture.ts'
import type { DeviceAct } from './translate.ts'

interface Claim { readonly id: string; readonly start: number; readonly end: number; readonly node: number; live: boolean }

export class Masks {
  readonly #claims: Claim[] = []
  readonly #changed = new Set<string>()
  /** Highest section that device memory ever made present: the kernel's count never goes down. */
  #highestSection = -1

  constructor(readonly sectionSize: number) {}

  /** A step added or removed device memory, as far as the recording says that it did. */
  device(act: DeviceAct): void {
    if (!act.ok) return
    if (act.act === 'add') {
      this.#claims.push({ id: act.id, start: act.start, end: act.start + act.size, node: act.node, live: true })
      this.#highestSection = Math.max(this.#highestSection, Math.ceil((act.start + act.size) / this.sectionSize) - 1)
    } else for (const claim of this.#claims) if (claim.id === act.id) claim.live = false
  }

  /** Does a range meet device memory that is there? */
  meetsDevice(start: number, size: number): boolean {
    return this.#claims.some((claim) => claim.live && start < claim.end && start + size > claim.start)
  }

  /** Everything that the kernel changed in a step without a command is left out from here on. */
  changedBy(before: Picture, after: Picture): void {
    for (const field of new Set([...before.keys(), ...after.keys()])) if (before.get(field) !== after.get(field)) this.#changed.add(field)
  }

  /** Applies what is known to both pictures; answers how many facts were left out. */
  apply(recorded: Picture, model: Picture): number {
    let out = 0
    const drop = (field: string): void => {
      if (recorded.delete(field)) out++
      model.delete(field)
    }
    for (const field of this.#changed) drop(field)
    if (this.#highestSection > Number(model.get('highest_present_section') ?? 0)) model.set('highest_present_section', String(this.#highestSection))
    for (const claim of this.#claims) {
      this.#widenNode(recorded, model, claim.node)
      for (const field of new Set([...recorded.keys(), ...model.keys()])) {
        if (field.startsWith(`zone ${claim.node}/Device `)) drop(field)
        else if (field.startsWith('section ') && this.#inClaim(claim, Number(field.split(' ')[1]))) drop(field)
        else if (field.startsWith('iomem ') && !model.has(field) && within(field, claim)) drop(field)
      }
    }
    return out
  }

  #inClaim(claim: Claim, section: number): boolean {
    return section * this.sectionSize < claim.end && (section + 1) * this.sectionSize > claim.start
  }

  /** The node spans its zone Device as well: min and max over the zones. */
  #widenNode(recorded: Picture, model: Picture, node: number): void {
    const deviceStart = Number(recorded.get(`zone ${node}/Device start_pfn`) ?? 0)
    const deviceSpan = Number(recorded.get(`zone ${node}/Device spanned`) ?? 0)
    const start = Number(model.get(`node ${node} start_pfn`) ?? 0)
    const spanned = Number(model.get(`node ${node} spanned`) ?? 0)
    if (deviceSpan === 0) return
    const first = spanned === 0 ? deviceStart : Math.min(start, deviceStart)
    const end = Math.max(start + spanned, deviceStart + deviceSpan)
    model.set(`node ${node} start_pfn`, hex(first))
    model.set(`node ${node} spanned`, String(end - first))
  }
}

function within(field: string, claim: Claim): boolean {
  const m = /^iomem ([0-9a-f]+)-([0-9a-f]+) /.exec(field)
  return m !== null && Number.parseInt(m[1] ?? '', 16) >= claim.start && Number.parseInt(m[2] ?? '', 16) < claim.end
}
