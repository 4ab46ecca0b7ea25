import type { BlocksText } from '../text/blocks.ts'
import type { BootLog } from '../text/bootlog.ts'
import type { IomemText } from '../text/iomem.ts'
import type { LsmemText } from '../text/lsmem.ts'
import type { ZoneinfoText } from '../text/zoneinfo.ts'

/** The parsed texts, by form. */
export interface ParsedTexts {
  readonly zoneinfo: ZoneinfoText[]
  readonly iomem: IomemText[]
  readonly lsmem: LsmemText[]
  readonly blocks: BlocksText[]
  readonly logs: BootLog[]
}
