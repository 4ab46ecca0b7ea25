/** Pieces that schemas of the scenario file are made of. Convention: the `error` of each is the text after "expected" in a problem's message. */
import { z } from 'zod'
import { parseSize } from '../units.ts'

/** An object that knows its keys: anything else is a problem that lists them. */
export const keys = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `one of ${Object.keys(shape).join(', ')}` : `a map with ${Object.keys(shape).join(', ')}`),
  })

const SIZE = 'a size or an address in bytes, such as 512MiB, 0x100000000 or 4096'
/** Bytes, written as a number, in hex, or with a unit. */
export const bytes = z
  .union([z.number(), z.string()], { error: SIZE })
  .transform((written, ctx) => {
    const n = typeof written === 'number' ? written : parseSize(written)
    if (n !== undefined && Number.isSafeInteger(n) && n >= 0) return n as number
    ctx.issues.push({ code: 'custom', message: SIZE, input: written })
    return z.NEVER
  })
  .meta({ id: 'bytes', description: 'Bytes: a number, hex (0x100000000), or a number with a binary unit (512MiB, 1G).' })

export const text = (what: string) => z.string({ error: what })
export const word = (what: string) => z.string({ error: what }).min(1, { error: what })
export const flag = z.boolean({ error: 'true or false' })
export const count = (what: string) => z.number({ error: what }).int({ error: what }).min(0, { error: what })
export const nodeId = z.number({ error: 'a node id' }).int({ error: 'a node id' }).min(-1, { error: 'a node id' })
export const pages = count('a number of pages')
export const pfn = count('a page frame number')
export const oneOf = <const Names extends readonly string[]>(...names: Names) => z.enum(names, { error: `one of ${names.join(', ')}` })
export const list = <Item extends z.ZodType>(item: Item, what: string) => z.array(item, { error: what })
