/**
 * What a device type declares, held against the rules of the SDK: every problem at once, each with field, value, rule and fix. Works on the
 * described type (sandbox/describe-type.ts), so that types from the sandbox and types that run natively are judged alike.
 */
import type { Params } from '../../plugins/sdk/index.ts'
import { checkParams } from '../engine/devices.ts'
import { nearest } from '../engine/scenario/nearest.ts'
import { COSTS } from '../engine/timing/costs.ts'
import { formatSize, parseSize } from '../engine/units.ts'
import { show } from './manifest.ts'
import { checkParamDeclarations, type Report } from './param-declarations.ts'
import { isFn, recordOf, type Described, type Rec } from './sandbox/describe-type.ts'

/** SUBSECTION_SHIFT is 21 on every architecture; PAGE_SHIFT 12 at least. */
const SUBSECTION = 2 ** 21
const MEMORY_TYPES = ['private', 'public', 'coherent', 'fs-dax', 'generic', 'pci-p2pdma', 'none']
const POLICIES = ['driver', 'keep', 'release', 'sysram-only', 'refcount', 'device-managed-flag']
const GRANULARITIES = ['page', 'subsection', 'section', 'block']

/** Members of a type, what each must be, and whether it must be there. `plug` and `unplug` are what defineDeviceType adds. */
const MEMBERS: Readonly<Record<string, { readonly needed?: boolean; readonly is: readonly ('text' | 'function' | 'object' | 'list')[] }>> = {
  id: { needed: true, is: ['text'] }, title: { needed: true, is: ['text'] }, doc: { needed: true, is: ['text'] },
  since: { is: ['text'] }, until: { is: ['text'] }, successor: { is: ['text'] },
  params: { needed: true, is: ['object'] }, placement: { is: ['function'] }, memory: { needed: true, is: ['text', 'function'] }, mapping: { needed: true, is: ['text'] },
  granularity: { needed: true, is: ['text'] }, altmap: { is: ['function'] }, vmemmapShift: { is: ['function'] }, resource: { needed: true, is: ['object'] },
  locks: { is: ['list'] }, costs: { is: ['object'] }, onPlug: { is: ['function'] }, onUnplug: { is: ['function'] }, mayUnplug: { is: ['function'] }, onOnline: { is: ['function'] },
  describe: { is: ['function'] }, actions: { is: ['object'] }, atBoot: { is: ['function'] }, samples: { is: ['list'] }, plug: { is: ['function'] }, unplug: { is: ['function'] },
}

/** Problems of one type. `file` is how they name it: "my-hbm/index.ts". */
export function checkDeclarations(described: Described, file: string): string[] {
  const type = recordOf(described)
  if (!type) return [`${file}: default export: ${show(described)}: not a device type; write "export default defineDeviceType({ … })"`]
  const problems: string[] = []
  const named = typeof type['id'] === 'string' && type['id'] !== '' ? `${file}: ${type['id']}: ` : `${file}: `
  const report: Report = (field, value, rule) => void problems.push(`${named}${field}: ${value === undefined ? '' : `${show(value)}: `}${rule}`)
  if (!isFn(type['plug']) || !isFn(type['unplug'])) report('default export', undefined, 'not made with defineDeviceType; write "export default defineDeviceType({ … })"')
  members(type, report)
  identity(type, report)
  memory(type, report)
  resource(type, report)
  locks(type['locks'], report)
  costs(type['costs'], report)
  checkParamDeclarations(type['params'], 'params', report)
  const declared = recordOf(type['actions'])
  if (declared) actions(declared, report)
  samples(type, problems.length === 0, report)
  return problems
}

function members(type: Rec, report: Report): void {
  for (const key of Object.keys(type)) {
    if (Object.hasOwn(MEMBERS, key)) continue
    const meant = nearest(key, Object.keys(MEMBERS))
    report(key, undefined, `unknown member; ${meant === undefined ? `there are ${Object.keys(MEMBERS).filter((m) => m !== 'plug' && m !== 'unplug').join(', ')}` : `did you mean "${meant}"?`}`)
  }
  for (const [key, { needed, is }] of Object.entries(MEMBERS)) {
    const value = type[key]
    if (value === undefined) {
      if (needed === true) report(key, undefined, `needed; ${HINTS[key] ?? ''}`)
      continue
    }
    if (!is.some((kind) => isKind(value, kind))) report(key, value, `not ${is.map((kind) => (kind === 'text' ? 'a text' : kind === 'object' ? 'an object' : `a ${kind}`)).join(' or ')}`)
    else if (isFn(value) && value.$fn === 'async') report(key, undefined, 'is async; hooks cannot wait: write a plain function, or a generator that yields kernel steps')
  }
  if (type['placement'] === undefined && type['onPlug'] === undefined) report('placement', undefined, 'needed, as there is no onPlug; write for example: placement: ({ size }) => ({ at: \'free-region\', size })')
}

const HINTS: Readonly<Record<string, string>> = {
  id: 'write a short name such as "my-hbm"', title: 'write what people call it', doc: 'write a sentence or two, with the kernel\'s driver or functions', params: 'write {} when there are none',
  memory: `write one of ${MEMORY_TYPES.join(', ')}`, mapping: 'write "linear", or "none" for private memory', granularity: 'write "subsection"', resource: 'write { name: (name) => name, release: \'driver\' }',
}

function identity(type: Rec, report: Report): void {
  const { id, title, doc, since, until } = type
  if (typeof id === 'string' && !/^[a-z][a-z0-9-]{0,62}$/.test(id)) report('id', id, 'not lower case, digits and hyphens; write for example "my-hbm"')
  if (title === '') report('title', title, 'empty; write what people call it')
  if (doc === '') report('doc', doc, 'empty; write a sentence or two, with the kernel\'s driver or functions')
  const release = (text: Described | undefined): number | undefined => {
    const m = typeof text === 'string' ? /^v(\d+)\.(\d+)$/.exec(text) : null
    return m ? Number(m[1]) * 1000 + Number(m[2]) : undefined
  }
  for (const [key, text] of [['since', since], ['until', until]] as const)
    if (typeof text === 'string' && release(text) === undefined) report(key, text, 'not a kernel release; write for example "v6.1"')
  const [first, last] = [release(since), release(until)]
  if (first !== undefined && last !== undefined && first > last) report('until', until, `before since "${String(since)}"; swap them`)
}

function memory(type: Rec, report: Report): void {
  const { memory: kind, mapping, granularity } = type
  if (typeof kind === 'string' && !MEMORY_TYPES.includes(kind)) report('memory', kind, `not a kind of device memory; write one of ${MEMORY_TYPES.join(', ')}`)
  if (typeof mapping === 'string' && mapping !== 'linear' && mapping !== 'none') report('mapping', mapping, 'not a mapping; write "linear" or "none"')
  else if (kind === 'private' && mapping === 'linear') report('mapping', mapping, 'private memory is never in the linear map (the CPU cannot reach it); write "none"')
  else if (typeof kind === 'string' && MEMORY_TYPES.includes(kind) && kind !== 'private' && kind !== 'none' && mapping === 'none')
    report('mapping', mapping, `memremap_pages() puts ${kind} memory into the linear map; write "linear"`)
  if (typeof granularity !== 'string') return
  const bytes = granularity === 'page' ? 4096 : parseSize(granularity)
  if (bytes === undefined) {
    if (!GRANULARITIES.includes(granularity)) report('granularity', granularity, 'not a unit; write "subsection", "section", "block" or a size such as "16MiB"')
  } else if (bytes < SUBSECTION) {
    if (kind !== 'none' && !isFn(kind)) report('granularity', granularity, `is below the sub-section size ${formatSize(SUBSECTION).replace(' MiB', 'M')}; use "2M" or "subsection"`)
  } else if (bytes % SUBSECTION !== 0) report('granularity', granularity, `is not a multiple of the sub-section size 2M; use "${Math.ceil(bytes / SUBSECTION) * 2}M"`)
}

function resource(type: Rec, report: Report): void {
  const r = recordOf(type['resource'])
  if (!r) return
  for (const key of Object.keys(r)) {
    if (['name', 'claim', 'release'].includes(key)) continue
    const meant = nearest(key, ['name', 'claim', 'release'])
    report(`resource.${key}`, undefined, `unknown member; ${meant === undefined ? 'there are name, claim, release' : `did you mean "${meant}"?`}`)
  }
  const { name, claim, release } = r
  if (name === undefined) report('resource.name', undefined, 'needed; write (name) => name for the device\'s own name')
  else if (!isFn(name) && (typeof name !== 'string' || name === '')) report('resource.name', name, 'not a text or a function; write (name) => name for the device\'s own name')
  if (claim !== undefined && !isFn(claim)) report('resource.claim', claim, 'not a function; write ({ claim }) => claim, or leave it out: then the range is claimed')
  if (release === undefined) report('resource.release', undefined, `needed; write one of ${POLICIES.join(', ')}`)
  else if (!isFn(release) && !(typeof release === 'string' && POLICIES.includes(release))) {
    const meant = typeof release === 'string' ? nearest(release, POLICIES) : undefined
    report('resource.release', release, `not a release policy; ${meant === undefined ? `write one of ${POLICIES.join(', ')}` : `did you mean "${meant}"?`}`)
  }
}

function locks(value: Described | undefined, report: Report): void {
  if (!Array.isArray(value)) return
  value.forEach((lock: Described, i) => {
    if (typeof lock !== 'string' || lock === '') report(`locks.${i}`, lock, 'not a name; write for example "my_region_lock"')
    else if (value.indexOf(lock) !== i) report(`locks.${i}`, lock, 'named twice; each lock has one place in the order')
  })
}

function costs(value: Described | undefined, report: Report): void {
  for (const [name, written] of Object.entries(recordOf(value) ?? {})) {
    const at = `costs.${name}`
    const cost = recordOf(written)
    if (!cost) {
      report(at, written, 'not a cost; write for example { ns: 2_000_000, per: "bank", doc: "…" }')
      continue
    }
    if (Object.hasOwn(COSTS, name)) report(at, undefined, "a name of the kernel's own costs; choose another")
    const { ns, min = 0, max = 1e12, doc } = cost
    for (const [key, n] of [['ns', ns], ['min', min], ['max', max]] as const)
      if (typeof n !== 'number' || !Number.isFinite(n) || n < 0) report(`${at}.${key}`, n, 'not a number of nanoseconds from 0')
    if (typeof ns === 'number' && typeof min === 'number' && typeof max === 'number' && (ns < min || ns > max)) report(`${at}.ns`, ns, `outside ${min} … ${max}`)
    if (typeof doc !== 'string' || doc === '') report(`${at}.doc`, doc, 'needed; say what takes the time')
  }
}

function actions(value: Rec, report: Report): void {
  for (const [name, written] of Object.entries(value)) {
    const at = `actions.${name}`
    const action = recordOf(written)
    if (!/^[a-z][a-z0-9_-]{0,62}$/i.test(name)) report(at, undefined, 'not a name of letters, digits, _ and -; write for example "resize"')
    if (!action) {
      report(at, written, 'not an action; write { title, doc, params, run }')
      continue
    }
    for (const key of Object.keys(action)) if (!['title', 'doc', 'params', 'run'].includes(key)) report(`${at}.${key}`, undefined, 'unknown member; there are title, doc, params, run')
    for (const key of ['title', 'doc'] as const) if (typeof action[key] !== 'string' || action[key] === '') report(`${at}.${key}`, action[key], 'needed, a text')
    const { run } = action
    if (!isFn(run)) report(`${at}.run`, run, 'needed, a generator that yields kernel steps: *run({ device, args }) { … }')
    else if (run.$fn === 'async') report(`${at}.run`, undefined, 'is async; hooks cannot wait: write *run({ device, args }) { … }')
    checkParamDeclarations(action['params'], `${at}.params`, report)
  }
}

/** Samples name declared parameters with values that the declarations allow; `sound`: those are without problems themselves. */
function samples(type: Rec, sound: boolean, report: Report): void {
  const list = type['samples']
  const params = recordOf(type['params'])
  if (!Array.isArray(list)) return
  list.forEach((written: Described, i) => {
    const at = `samples.${i}`
    const sample = recordOf(written)
    if (!sample) return report(at, written, 'not a sample; write { title, params }')
    for (const key of Object.keys(sample)) if (key !== 'title' && key !== 'params') report(`${at}.${key}`, undefined, 'unknown member; there are title, params')
    if (typeof sample['title'] !== 'string' || sample['title'] === '') report(`${at}.title`, sample['title'], 'needed, a text')
    const given = recordOf(sample['params'])
    if (!given) return report(`${at}.params`, sample['params'], 'needed; write {} for all defaults')
    if (!sound || !params) return
    const checked = checkParams(params as unknown as Params, given as Readonly<Record<string, string | number | boolean>>)
    if (!checked.ok) for (const problem of checked.problems) report(`${at}.params`, undefined, problem)
  })
}

const isKind = (value: Described, kind: 'text' | 'function' | 'object' | 'list'): boolean =>
  kind === 'text' ? typeof value === 'string' : kind === 'function' ? isFn(value) : kind === 'list' ? Array.isArray(value) : recordOf(value) !== undefined
