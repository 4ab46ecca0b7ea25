/** The `race:` part of a scenario: threads whose every interleaving is explored after the steps, and what is expected of them. */
import { z } from 'zod'
import { bytes, count, flag, keys, list, nodeId, oneOf, pages, pfn, text, word } from './schema-parts.ts'

const zone = z.string({ error: "a zone, such as '0/Normal'" }).regex(/^\d+\/(?:DMA|DMA32|Normal|Movable|Device)$/, { error: "a zone, such as '0/Normal'" })

/** Actions that only threads of a race have: what drivers, allocators and readers call. */
const raceShapes = {
  'map-pages': keys({
    at: bytes, size: bytes, node: nodeId.optional(), type: oneOf('private', 'coherent', 'public', 'fs-dax', 'generic', 'pci-p2pdma').optional(),
    altmap: keys({ reserve: pages, free: pages }).optional(),
  }).meta({ description: 'memremap_pages() by a driver that claims no region. Default type generic.' }),
  'unmap-pages': keys({ at: bytes }).meta({ description: 'memunmap_pages() of the page map whose range starts there.' }),
  'online-file': keys({ block: count('a block number'), value: oneOf('0', '1') }).meta({ description: 'Writes memoryN/online, the attribute of every device.' }),
  'read-zone': keys({ zone, pfn, protocol: oneOf('seqlock', 'plain') }).meta({ description: 'page_outside_zone_boundaries() of a page that stays in the zone all along: a reader of start and span.' }),
  'walk-pfn': keys({ pfn }).meta({ description: 'pfn_valid() by a pfn walker: section word, then usage, then its sub-section map.' }),
  allocate: keys({ zone, order: count('an order') }).meta({ description: 'An allocation that found no memory in the zone: grows by deferred pages, and tries again.' }),
  'page-alloc-init-late': keys({}).meta({ description: 'page_alloc_init_late(): starts the node threads, waits for them, ends growth.' }),
  'deferred-thread': keys({ node: nodeId }).meta({ description: 'pgdatinitN.' }),
} as const

export const RACE_ACTIONS = Object.keys(raceShapes) as readonly (keyof typeof raceShapes)[]

const optional = <Shape extends Record<string, z.ZodType>>(shape: Shape) =>
  Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.optional()])) as { [K in keyof Shape]: z.ZodOptional<Shape[K]> }

const ANSWER = 'holds, or {broken: I1}'
const answer = z.union([
  z.literal('holds', { error: ANSWER }),
  keys({ broken: z.union([word('an invariant'), list(word('an invariant'), 'a list of invariants')], { error: 'an invariant such as I1, deadlock, BUG or race, or a list of which one is found first' }) }),
], { error: ANSWER })
export type RaceAnswer = z.output<typeof answer>

export const raceForm = <Shape extends Record<string, z.ZodType>>(stepShapes: Shape) => {
  const names = [...Object.keys(stepShapes), ...RACE_ACTIONS]
  const action = keys({ ...optional(stepShapes), ...optional(raceShapes) }).check(({ value, issues }) => {
    const used = names.filter((key) => (value as Readonly<Record<string, unknown>>)[key] !== undefined)
    if (used.length === 1) return
    issues.push({ code: 'custom', message: `one of ${names.join(', ')}`, input: value, params: { found: used.length === 0 ? 'an action that does nothing' : `${used.join(' and ')} in one action` } })
  })
  return keys({
    question: text('text').optional(),
    boot: keys({ deferred: flag.optional() }).optional().meta({ description: 'deferred: struct pages of the last zone are not initialised yet when the threads start.' }),
    threads: list(
      keys({
        name: word('a name'),
        do: list(action, 'a list of actions'),
        'irq-on': word('the name of a thread').optional().meta({ description: 'An interrupt on the CPU of that thread.' }),
        reader: flag.optional().meta({ description: 'Changes nothing that invariants are about. Default: true when it only reads.' }),
      }),
      'a list of threads {name, do}',
    ).min(2, { error: '2 to 4 threads' }).max(4, { error: '2 to 4 threads' }),
    invariants: list(word('an invariant'), 'a list of invariants').optional().meta({ description: 'Default: all that hold before the threads start.' }),
    breaks: keys({ deadlock: flag.optional(), race: flag.optional(), bug: flag.optional(), 'lock-order': flag.optional(), sleep: flag.optional() }).optional()
      .meta({ description: 'What breaks the question beside invariants. Default: all but race.' }),
    without: list(word('a lock'), 'a list of locks').optional().meta({ description: 'What if: locks that nobody waits for.' }),
    states: count('a number of states').min(1, { error: 'a number of states from 1' }).optional().meta({ description: 'Stops there. Default 5,000,000.' }),
    'page-grain': bytes.optional().meta({ description: 'Memory whose struct pages are initialised in one step. Default: a section.' }),
    expect: answer.optional(),
    'expect-under': z.record(z.string(), answer, { error: 'a map of profiles to answers' }).optional(),
  })
}
