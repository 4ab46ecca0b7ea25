/** Schemas that several parts of the contract need: what can be selected, and the tracks of the map. */
import { z } from 'zod'

const address = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** What is selected, everywhere at once. `range` is a dragged address range. */
export const Selection = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('machine') }),
  z.object({ kind: z.literal('node'), node: z.number().int() }),
  z.object({ kind: z.literal('zone'), node: z.number().int(), zone: z.string() }),
  z.object({ kind: z.literal('block'), block: z.number().int().min(0) }),
  z.object({ kind: z.literal('blocks'), first: z.number().int().min(0), last: z.number().int().min(0) }),
  z.object({ kind: z.literal('section'), section: z.number().int().min(0) }),
  z.object({ kind: z.literal('subsection'), subsection: z.number().int().min(0) }),
  z.object({ kind: z.literal('resource'), start: address, end: address, name: z.string() }),
  z.object({ kind: z.literal('page'), pfn: z.number().int().min(0) }),
  z.object({ kind: z.literal('dimm'), id: z.string() }),
  z.object({ kind: z.literal('device'), name: z.string() }),
  z.object({ kind: z.literal('range'), start: address, end: address }),
])
export type Selection = z.infer<typeof Selection>

export const TrackId = z.enum(['resources', 'nodes', 'zones', 'blocks', 'sections', 'subsections', 'pages', 'pagemaps', 'directmap'])
export type TrackId = z.infer<typeof TrackId>
