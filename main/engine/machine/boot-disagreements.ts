/** Where the booted model differs from what the boot log itself printed: the model, or the text, is not to be trusted there. */
import type { MachineFacts, Warning } from './facts.ts'
import { nodesOfLog } from './log-zones.ts'
import type { Snapshot } from '../snapshot-types.ts'

/** `snapshot` is the machine right after boot, from the description of the same facts. Empty when the log printed no zone ranges. */
export function bootDisagreements(facts: MachineFacts, snapshot: Snapshot): readonly Warning[] {
  const place = facts.zonesPrintedAt ?? { file: 'boot log' }
  const printed = nodesOfLog(facts)
  // what a running machine showed was put over what boot derived
  if (!printed || facts.nodes) return []
  const warnings: Warning[] = []
  for (const node of printed) {
    const derived = snapshot.nodes.find((n) => n.id === node.id)
    for (const zone of node.zones) {
      if (zone.name === 'HighMem') continue
      const z = derived?.zones.find((d) => d.name === zone.name) ?? { startPfn: 0, spanned: 0, present: 0 }
      const differs = (['startPfn', 'spanned', 'present'] as const).filter((k) => zone[k] !== undefined && zone[k] !== z[k])
      if (differs.length === 0) continue
      const text = (from: Partial<Record<(typeof differs)[number], number>>): string => differs.map((k) => `${k} ${from[k]}`).join(', ')
      warnings.push({ ...place, text: `node ${node.id}, zone ${zone.name}: the log printed ${text(zone)}, the memory map gives ${text(z)}` })
    }
  }
  for (const node of snapshot.nodes) {
    if (node.present > 0 && !printed.some((n) => n.id === node.id)) warnings.push({ ...place, text: `node ${node.id} gets ${node.present} pages from the memory map, and the log does not know it` })
  }
  return warnings
}
