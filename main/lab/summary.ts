/** One line about a machine: "2 nodes · 6 GiB RAM · 1 GiB DIMM". */
import type { Engine } from '../engine/engine.ts'
import { formatSize } from '../engine/units.ts'

/** RAM in memory blocks, whole pages present at boot or added; DIMMs apart. */
export function summary(engine: Engine): string {
  const { kernel: k, store } = engine.booted
  const nodes = k.nodeIds.filter((id) => store.cell(k.node(id).online)).length
  const dimms = store.ref(k.dimms)
  const dimmBytes = dimms.reduce((n, d) => n + d.size, 0)
  const all = store.ref(k.iomem).children.reduce((n, r) => n + (r.sysram ? r.end - r.start : 0), 0)
  const parts = [`${nodes} ${nodes === 1 ? 'node' : 'nodes'}`, `${roundedRam(Math.max(0, all - dimmBytes))} RAM`]
  if (dimms.length) parts.push(`${formatSize(dimmBytes)} in ${dimms.length} ${dimms.length === 1 ? 'DIMM' : 'DIMMs'}`)
  return parts.join(' · ')
}

/** RAM as people name it: firmware takes a little, so 1023.4 MiB is 1 GiB. */
export function roundedRam(bytes: number): string {
  for (const unit of [2 ** 40, 2 ** 30, 2 ** 20]) {
    const whole = Math.round(bytes / unit)
    if (whole > 0 && Math.abs(bytes - whole * unit) < 0.01 * unit * whole) return formatSize(whole * unit)
  }
  return formatSize(bytes)
}
