/** Recording folders from disk. Only this file and packed.ts touch files. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join, basename } from 'node:path'
import { z } from 'zod'
import type { Checked, InputError } from '../engine/errors.ts'
import { parseIomem } from '../engine/text/iomem.ts'
import { filesOf } from './packed.ts'
import { parseProbe } from './probe.ts'
import type { Capture, RecordedBlock, RecordedStep, Recording } from './recording.ts'

const Result = z.looseObject({
  ok: z.boolean().optional(),
  exit: z.number().optional(),
  errno: z.string().optional(),
  output: z.string().optional(),
  error: z.looseObject({ class: z.string().optional(), desc: z.string().optional() }).optional(),
  event: z.string().nullable().optional(),
  guest: z.string().optional(),
  plugged_size: z.number().optional(),
  memory_devices: z.array(z.looseObject({ id: z.string().optional(), addr: z.number().optional(), memaddr: z.number().optional(), size: z.number().optional(), node: z.number().optional() })).optional(),
})
const ScenarioJson = z.looseObject({
  id: z.string(),
  theme: z.string(),
  title: z.string().optional(),
  kernel: z.looseObject({ kind: z.string().optional(), uname: z.string().optional(), package: z.string().optional() }).optional(),
  cmdline: z.string(),
  qemu_args: z.array(z.string()),
  steps: z.array(z.looseObject({ n: z.number(), name: z.string(), op: z.string(), args: z.record(z.string(), z.unknown()).optional(), result: Result, dir: z.string() })),
})
const BlocksJson = z.looseObject({
  auto_online_blocks: z.string().nullable().optional(),
  blocks: z.array(z.looseObject({ block: z.number(), state: z.string().nullable(), valid_zones: z.string().nullable(), nodes: z.array(z.number()) })),
})
const NodesJson = z.record(z.string(), z.unknown())

/** Folders of recordings under the named ones: each that has a scenario.json, else those of its folders that have. */
export function recordingFolders(dirs: readonly string[]): Checked<readonly string[]> {
  const errors: InputError[] = []
  const found = dirs.flatMap((dir) => {
    if (existsSync(join(dir, 'scenario.json'))) return [dir]
    const inside = existsSync(dir) && statSync(dir).isDirectory() ? subfolders(dir).filter((sub) => existsSync(join(sub, 'scenario.json'))) : []
    if (inside.length > 0) return inside
    // a folder of folders of recordings: one a kernel
    const deeper = existsSync(dir) && statSync(dir).isDirectory() ? subfolders(dir).flatMap((sub) => subfolders(sub).filter((s) => existsSync(join(s, 'scenario.json')))) : []
    if (deeper.length === 0) errors.push({ code: 'ZL-CONFORM-FOLDER', file: dir, found: 'no recording', expected: 'a folder with scenario.json, or a folder of such folders' })
    return deeper
  })
  return errors.length > 0 ? { ok: false, errors } : { ok: true, value: found }
}

const subfolders = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => join(dir, e.name)).sort()

export function readRecording(dir: string): Checked<Recording> {
  const errors: InputError[] = []
  const files = filesOf(dir)
  const text = (path: string): string => files(path) ?? ''
  const json = <T>(path: string, content: string | undefined, schema: z.ZodType<T>): T | undefined => {
    const got = schema.safeParse(parsedJson(join(dir, path), content, errors))
    if (got.success) return got.data
    const issue = got.error.issues[0]
    if (errors.length === 0) {
      errors.push({ code: 'ZL-CONFORM-JSON', file: join(dir, path), ...(issue ? { field: issue.path.map(String).join('.') } : {}), found: issue?.message ?? 'something else', expected: 'the format of recordings' })
    }
    return undefined
  }
  const scenarioFile = join(dir, 'scenario.json')
  const scenario = json('scenario.json', existsSync(scenarioFile) ? readFileSync(scenarioFile, 'utf8') : undefined, ScenarioJson)
  if (!scenario) return { ok: false, errors }

  const capture = (folder: string): Capture | undefined => {
    const path = (name: string): string => `${folder}/${name}`
    const probe = files(path('probe.txt'))
    if (probe === undefined) return undefined
    const blocks = json(path('memory_blocks.json'), files(path('memory_blocks.json')), BlocksJson)
    const nodes = json(path('nodes.json'), files(path('nodes.json')), NodesJson)
    const iomem = parseIomem(text(path('iomem.txt')), join(dir, path('iomem.txt')))
    if (!iomem.ok) errors.push(...iomem.errors)
    if (!blocks || !nodes || !iomem.ok) return undefined
    return {
      probe: parseProbe(probe),
      iomem: iomem.value.resources ?? [],
      blocks: blocks.blocks.map((b): RecordedBlock => ({ block: b.block, state: b.state ?? '', validZones: b.valid_zones ?? '', nodes: b.nodes })),
      ...directMapOf(text(path('meminfo.txt'))),
      ...(typeof blocks.auto_online_blocks === 'string' ? { autoOnline: blocks.auto_online_blocks } : {}),
      masks: Object.fromEntries(Object.entries(nodes).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : []))),
      dmesg: text(path('dmesg.txt')).split('\n').filter((line) => line !== ''),
    }
  }
  const steps = scenario.steps.map((step): RecordedStep => {
    const got = capture(step.dir)
    const { ok, ...result } = step.result
    return {
      n: step.n, name: step.name, op: step.op, args: step.args ?? {}, result: { ok: ok ?? false, ...result },
      folder: basename(step.dir), ...(got ? { capture: got } : { console: text(`${step.dir}/console.txt`).split('\n').filter((line) => line !== '') }),
    }
  })
  if (errors.length > 0) return { ok: false, errors }
  return {
    ok: true,
    value: {
      dir, id: scenario.id, theme: scenario.theme, title: scenario.title ?? '', kernel: scenario.kernel?.uname ?? scenario.kernel?.package ?? '',
      ...(scenario.kernel?.kind === undefined ? {} : { kernelKind: scenario.kernel.kind }),
      cmdline: scenario.cmdline, qemuArgs: scenario.qemu_args, steps,
      bootLog: scenario.steps[0] ? text(`${scenario.steps[0].dir}/dmesg.txt`) : '',
    },
  }
}

/** The kernel splits large pages of its linear map as it likes; their sum is what is mapped. */
function directMapOf(meminfo: string): { directMap?: number } {
  const lines = [...meminfo.matchAll(/^DirectMap\w+:\s+(\d+) kB$/gm)]
  return lines.length === 0 ? {} : { directMap: lines.reduce((sum, m) => sum + Number(m[1]), 0) * 1024 }
}

function parsedJson(file: string, content: string | undefined, errors: InputError[]): unknown {
  try {
    if (content === undefined) throw new Error('no such file')
    return JSON.parse(content)
  } catch (e) {
    errors.push({ code: 'ZL-CONFORM-JSON', file, found: e instanceof Error ? e.message : 'no JSON', expected: 'JSON in the format of recordings' })
    return undefined
  }
}
