/** The `timeline:` part of a scenario: threads that run at once, where they run, and what things cost. */
import { z } from 'zod'
import { parseDuration } from '../timing/cost-values.ts'
import { count, flag, keys, list, nodeId, text, word } from './schema-parts.ts'

const DURATION = 'a duration, such as 34ns, 5ms or 1.5s'
const duration = z
  .union([z.number(), z.string()], { error: DURATION })
  .transform((written, ctx) => {
    const ns = parseDuration(written)
    if (ns !== undefined) return ns
    ctx.issues.push({ code: 'custom', message: DURATION, input: written })
    return z.NEVER
  })
  .meta({ id: 'duration', description: 'A number with ns, us, ms, s or min; a bare number is ns.' })

/** Names and values are checked when the device types are known, which may have costs of their own. */
const costs = z.record(z.string(), z.union([z.number(), z.string()]), { error: 'costs by name, such as {device-struct-page-init: 34ns}' })
  .meta({ description: 'What differs from the defaults, or from the calibration: `zonelab time --calibration` lists names, units and ranges.' })

const expectation = keys({
  'at-least': duration.optional(),
  'at-most': duration.optional(),
}).meta({ description: 'Bounds on the total.' })

const boot = keys({
  deferred: flag.optional().meta({ description: 'CONFIG_DEFERRED_STRUCT_PAGE_INIT. Default true.' }),
}).meta({ description: "The machine's own boot: struct pages of all nodes, by the boot CPU and by the node threads." })

const variant = keys({
  name: word('a name'),
  profile: word('the name of a kernel profile').optional(),
  calibration: word('the name of a calibration').optional(),
  costs: costs.optional(),
  boot: boot.optional(),
  total: expectation.optional(),
})

export const timelineForm = <Step extends z.ZodType>(step: Step) =>
  keys({
    notes: text('text').optional(),
    calibration: word('the name of a calibration').optional().meta({ description: 'Costs of a machine that figures were published of.' }),
    costs: costs.optional(),
    boot: boot.optional(),
    threads: list(
      keys({
        name: word('a name'),
        node: nodeId.optional().meta({ description: 'Node whose CPUs run it. Default: the first with CPUs.' }),
        cpu: count('a CPU number').optional().meta({ description: 'Bound to this CPU; CPUs are numbered through the nodes. Default: any CPU of the node.' }),
        at: duration.optional().meta({ description: 'When it starts. Default 0.' }),
        steps: list(step, 'a list of steps'),
      }),
      'a list of threads {name, node, steps}',
    ).optional(),
    total: expectation.optional(),
    variants: list(variant, 'a list of {name, profile, costs}').optional().meta({ description: 'Other kernels and other costs to run the same threads with.' }),
    jitter: keys({
      percent: z.number({ error: 'a percentage' }).min(0, { error: 'a percentage from 0' }).max(100, { error: 'a percentage up to 100' }),
      seed: count('a number').optional(),
      runs: count('a number of runs').min(1, { error: 'a number of runs from 1' }).max(100_000, { error: 'up to 100000 runs' }).optional(),
    }).optional().meta({ description: 'Each duration varies by about so much; many runs give percentiles.' }),
  })

/** The part of what was read in which durations stand. */
interface Timed {
  readonly threads?: readonly { readonly at?: number | undefined }[] | undefined
  readonly total?: Total | undefined
  readonly variants?: readonly { readonly total?: Total | undefined }[] | undefined
}
interface Total { readonly 'at-least'?: number | undefined; readonly 'at-most'?: number | undefined }

/** What was read, with durations as people write them. */
export function writtenTimeline(form: Timed): object {
  const text = (ns: number): string => (ns >= 1e9 && ns % 1e6 === 0 ? `${ns / 1e9}s` : ns >= 1e6 && ns % 1e3 === 0 ? `${ns / 1e6}ms` : `${ns}ns`)
  const bounds = (total: Total | undefined): object => (total === undefined ? {} : { total: Object.fromEntries(Object.entries(total).map(([key, ns]) => [key, text(Number(ns))])) })
  return {
    ...form,
    ...(form.threads ? { threads: form.threads.map((t) => ({ ...t, ...(t.at === undefined ? {} : { at: text(t.at) }) })) } : {}),
    ...bounds(form.total),
    ...(form.variants ? { variants: form.variants.map((v) => ({ ...v, ...bounds(v.total) })) } : {}),
  }
}
