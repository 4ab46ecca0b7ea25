/** What a machine description must fulfil before boot touches it; each breach is an error that names the field. */
import { InputErrors, type InputError } from '../errors.ts'
import type { MachineDescription } from '../machine/description.ts'
import { hex } from '../units.ts'

export function checkDescription(d: MachineDescription): void {
  const errors: InputError[] = []
  const error = (code: string, field: string, found: string, expected: string): void => {
    errors.push({ code, file: d.title, field, found, expected })
  }
  const c = d.constants
  const order = (n: number, low: number, high: number): boolean => Number.isInteger(n) && n >= low && n <= high
  if (!order(c.pageShift, 12, 18)) error('ZL-MACHINE-CONSTANT', 'constants.pageShift', String(c.pageShift), '12 to 18')
  if (!order(c.subsectionShift, c.pageShift, 40)) error('ZL-MACHINE-CONSTANT', 'constants.subsectionShift', String(c.subsectionShift), 'a shift of at least the page shift')
  if (!order(c.sectionShift, c.subsectionShift, 40)) error('ZL-MACHINE-CONSTANT', 'constants.sectionShift', String(c.sectionShift), 'a shift of at least the sub-section shift')
  if (!order(c.maxPhysmemBits, c.sectionShift + 1, 52)) error('ZL-MACHINE-CONSTANT', 'constants.maxPhysmemBits', String(c.maxPhysmemBits), 'more than the section shift, at most 52')
  if (!order(c.pageblockOrder, 0, c.sectionShift - c.pageShift)) error('ZL-MACHINE-CONSTANT', 'constants.pageblockOrder', String(c.pageblockOrder), 'an order within a section')
  if (!order(c.maxOrder, 1, 30)) error('ZL-MACHINE-CONSTANT', 'constants.maxOrder', String(c.maxOrder), '1 to 30')
  if (!order(c.structPageSize, 8, 256)) error('ZL-MACHINE-CONSTANT', 'constants.structPageSize', String(c.structPageSize), '8 to 256 bytes')
  const top = 2 ** 53 - 1
  const checkRange = (field: string, r: { readonly start: number; readonly end: number }): void => {
    if (!Number.isSafeInteger(r.start) || !Number.isSafeInteger(r.end) || r.start < 0 || r.end > top) error('ZL-MACHINE-RANGE', field, `${hex(r.start)}-${hex(r.end)}`, 'addresses below 2^53')
    else if (r.end <= r.start) error('ZL-MACHINE-RANGE', field, `end ${hex(r.end)} is not above start ${hex(r.start)}`, 'end above start (exclusive)')
  }
  d.firmware.forEach((r, i) => {
    checkRange(`firmware[${i}]`, r)
    if (r.type === 'usable' && r.end > 2 ** c.maxPhysmemBits) error('ZL-MACHINE-RANGE', `firmware[${i}]`, `RAM up to ${hex(r.end)}`, `RAM below 2^${c.maxPhysmemBits}`)
  })
  d.affinity.forEach((r, i) => {
    checkRange(`affinity[${i}]`, r)
    if (!order(r.node, 0, 1023)) error('ZL-MACHINE-NODE', `affinity[${i}].node`, String(r.node), '0 to 1023')
  })
  d.nodes.forEach((n, i) => {
    if (!order(n.id, 0, 1023)) error('ZL-MACHINE-NODE', `nodes[${i}].id`, String(n.id), '0 to 1023')
    if (!Number.isInteger(n.cpus) || n.cpus < 0) error('ZL-MACHINE-NODE', `nodes[${i}].cpus`, String(n.cpus), 'a count of CPUs')
    if (d.nodes.findIndex((m) => m.id === n.id) !== i) error('ZL-MACHINE-NODE', `nodes[${i}].id`, `${n.id} twice`, 'each node once')
  })
  if (!(d.iomemEnd > 0) || !Number.isSafeInteger(d.iomemEnd)) error('ZL-MACHINE-RANGE', 'iomemEnd', String(d.iomemEnd), 'the end of /proc/iomem, exclusive')
  if (d.blockSize !== undefined) {
    const section = 2 ** c.sectionShift
    if (!Number.isInteger(Math.log2(d.blockSize)) || d.blockSize < section) error('ZL-MACHINE-BLOCK-SIZE', 'blockSize', hex(d.blockSize), `a power of two of at least one section (${hex(section)})`)
  }
  if (errors.length) throw new InputErrors(errors)
}
