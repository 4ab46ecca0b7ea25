/** The machine as the texts that a kernel developer knows. */
import type { LogLine } from '../engine/command.ts'
import { nearest } from '../engine/scenario/nearest.ts'
import type { Snapshot } from '../engine/snapshot-types.ts'

export const FORMS = ['zoneinfo', 'iomem', 'lsmem', 'blocks'] as const
export const RUN_FORMS = [...FORMS, 'log'] as const
export type Form = (typeof RUN_FORMS)[number]

/** The forms asked for, or what is wrong with them. `--print a,b` is the same as `--print a --print b`. */
export function formsOf(values: readonly string[], allowed: readonly Form[]): { readonly forms: readonly Form[] } | { readonly problem: string } {
  const forms: Form[] = []
  for (const name of values.flatMap((value) => value.split(','))) {
    const form = allowed.find((f) => f === name)
    if (form === undefined) {
      const meant = nearest(name, allowed)
      return { problem: `--print ${name}: expected ${meant === undefined ? `one of ${allowed.join(', ')}` : `${meant} (the nearest), or another of ${allowed.join(', ')}`}` }
    }
    forms.push(form)
  }
  return { forms }
}

export async function printed(form: Form, snapshot: Snapshot, log: readonly LogLine[]): Promise<string> {
  switch (form) {
    case 'zoneinfo':
      return (await import('../engine/text/zoneinfo.ts')).printZoneinfo(snapshot)
    case 'iomem':
      return (await import('../engine/text/iomem.ts')).printIomem(snapshot)
    case 'lsmem':
      return (await import('../engine/text/lsmem-print.ts')).printLsmem(snapshot)
    case 'blocks':
      return (await import('../engine/text/blocks.ts')).printBlocks(snapshot)
    case 'log':
      return log.filter((line) => line.level < 7).map((line) => `${line.text}\n`).join('')
  }
}
