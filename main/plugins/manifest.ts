/**
 * `plugin.json`: what a plugin says of itself before any of its code runs. Problems come all at once; each names file, field, value,
 * rule and fix. docs/plugin.schema.json is generated from `Manifest`.
 */
import { z } from 'zod'
import { nearest } from '../engine/scenario/nearest.ts'
import { inRange, isVersion } from './version-range.ts'

/** Majors of the plugin API that this Zonelab serves. Two are served at a time once there is a second one. */
export const SERVED_API_VERSIONS: readonly number[] = [1]

/** Convention: each `error` is "rule; fix", the text behind the value in a problem. */
export const Manifest = z.strictObject({
  $schema: z.string().optional().meta({ description: 'The JSON Schema of this file, for editors.' }),
  id: z.string({ error: 'needed; write a reverse-domain name such as "org.example.my-hbm"' })
    .regex(/^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$/, { error: 'not a reverse-domain name in lower case; write for example "org.example.my-hbm"' })
    .max(128, { error: 'longer than 128 characters; shorten it' })
    .meta({ description: 'Reverse-domain name, the same for all versions: "org.example.my-hbm".' }),
  version: z.string({ error: 'needed; write the plugin\'s own version such as "0.1.0"' })
    .refine(isVersion, { error: 'not a version; write three numbers such as "0.1.0"' })
    .meta({ description: 'The plugin\'s own version, three numbers.', pattern: '^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$' }),
  title: z.string({ error: 'needed; write what people call it' }).min(1, { error: 'empty; write what people call it' }).max(80, { error: 'longer than 80 characters; shorten it' })
    .meta({ description: 'What people call it, up to 80 characters.' }),
  doc: z.string({ error: 'not a text; write a sentence or two' }).max(2000, { error: 'longer than 2000 characters; shorten it' }).optional()
    .meta({ description: 'What it is for, in a sentence or two.' }),
  engines: z.strictObject({
    zonelab: z.string({ error: 'needed; write the versions of Zonelab that it works with, such as ">=0.1.0"' })
      .refine((range) => inRange('0.0.0', range) !== undefined, { error: 'not a version range; write for example ">=0.1.0", "^0.1" or "*"' })
      .meta({ description: 'Versions of Zonelab that it works with, such as ">=0.1.0", "^0.1" or "*".' }),
  }, { error: 'needed; write {"zonelab": ">=0.1.0"}' }),
  apiVersion: z.int({ error: 'needed; write the major of the plugin API, a whole number such as 1' }).meta({ description: 'Major of the plugin API that it is written for.' }),
  main: z.string({ error: 'needed; write the module\'s path such as "index.ts"' })
    .refine((path) => /\.(ts|mts|js|mjs)$/.test(path) && !/^([/\\]|[A-Za-z]:)/.test(path) && !path.split(/[/\\]/).includes('..'), { error: 'not a module inside the plugin\'s folder; write a relative path to a .ts or .js file, such as "index.ts"' })
    .meta({ description: 'The module that defines the device types: a path below this folder, TypeScript or JavaScript.' }),
})
export type Manifest = z.output<typeof Manifest>

export type ManifestResult = { readonly ok: true; readonly manifest: Manifest } | { readonly ok: false; readonly problems: readonly string[]; readonly id?: string }

/** Reads a manifest. `file` is how problems name it ("my-hbm/plugin.json"); `zonelab` is this program's version. */
export function readManifest(text: string, file: string, zonelab: string): ManifestResult {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (e) {
    return { ok: false, problems: [`${file}${placeOf(text, e)}: not JSON: ${messageOf(e)}; a manifest is one JSON object`] }
  }
  const read = Manifest.safeParse(raw)
  const problems = read.success ? [] : read.error.issues.flatMap((issue) => problemTexts(issue, raw, file))
  const said = isRecord(raw) ? raw : {}
  // the two below are judged even where something else is wrong, so that one round of repair is enough
  if (Number.isSafeInteger(said['apiVersion']) && !SERVED_API_VERSIONS.includes(said['apiVersion'] as number))
    problems.push(`${file}: apiVersion: ${show(said['apiVersion'])}: not served; this Zonelab serves ${SERVED_API_VERSIONS.join(' and ')}, so port the plugin to one of them or take a Zonelab that serves it`)
  const range = isRecord(said['engines']) ? said['engines']['zonelab'] : undefined
  if (typeof range === 'string' && inRange(zonelab, range) === false)
    problems.push(`${file}: engines.zonelab: ${show(range)}: this is Zonelab ${zonelab}, which is outside; widen the range if the plugin works with it`)
  if (read.success && problems.length === 0) return { ok: true, manifest: read.data }
  return { ok: false, problems, ...(typeof said['id'] === 'string' ? { id: said['id'] } : {}) }
}

function problemTexts(issue: z.core.$ZodIssue, raw: unknown, file: string): string[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(path[0] === 'engines' ? Manifest.shape.engines.shape : Manifest.shape)
    return issue.keys.map((key) => {
      const meant = nearest(key, known)
      return `${file}: ${[...path, key].join('.')}: unknown field; ${meant === undefined ? `there are ${known.join(', ')}` : `did you mean "${meant}"?`}`
    })
  }
  if (path.length === 0) return [`${file}: ${show(raw)}: not a manifest; a manifest is one JSON object with ${Object.keys(Manifest.shape).filter((key) => key !== '$schema' && key !== 'doc').join(', ')}`]
  const value = path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), raw)
  return [`${file}: ${path.join('.')}: ${value === undefined ? '' : `${show(value)}: `}${issue.message}`]
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value as it stands in the file, shortened. */
export const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

const messageOf = (e: unknown): string => (e instanceof Error ? e.message.split('\n')[0]! : String(e))

/** ":line" of a JSON error that names a position. */
function placeOf(text: string, e: unknown): string {
  const at = /position (\d+)/.exec(messageOf(e))
  return at ? `:${text.slice(0, Number(at[1])).split('\n').length}` : ''
}

export function manifestJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(Manifest, {
      io: 'input',
      override: ({ jsonSchema }) => {
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      },
    }),
    title: 'Zonelab plugin manifest', description: 'What a plugin says of itself before any of its code runs. See docs/plugins.md.',
  }
}
