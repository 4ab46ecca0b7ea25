/** Two pictures held against each other, fact by fact. */
import type { Picture } from './picture.ts'

export interface Difference {
  /** `zone 0/Movable spanned`, `result`, `log` … */
  readonly field: string
  readonly kernel: string
  readonly model: string
}

export interface Comparison { readonly facts: number; readonly differences: readonly Difference[] }

/** Facts that some kernels or probes do not tell; when only the model tells them, nothing can be said. */
function untold(field: string, recorded: Picture, model: Picture): boolean {
  // older kernels and older probes leave out a possible node that is not online
  const node = /^(?:node|zone) (\d+)[ /]/.exec(field)?.[1]
  if (node !== undefined && !recorded.has(`node ${node} present`) && model.get(`node ${node} online`) === 'false') return true
  if (/ present_early$| contiguous$/.test(field)) return recorded.has(field.replace(/(?:present_early|contiguous)$/, 'spanned'))
  return field === 'direct map since boot' || field === 'highest_present_section' || field === 'max_pfn' || field === 'auto_online_blocks' || field.startsWith('mask ')
}

export function compare(recorded: Picture, model: Picture): Comparison {
  const differences: Difference[] = []
  let facts = 0
  for (const [field, kernel] of recorded) {
    facts++
    const said = model.get(field)
    if (said !== kernel) differences.push({ field, kernel, model: said ?? 'nothing' })
  }
  for (const [field, said] of model) {
    if (recorded.has(field) || untold(field, recorded, model)) continue
    facts++
    differences.push({ field, kernel: 'nothing', model: said })
  }
  return { facts, differences }
}
