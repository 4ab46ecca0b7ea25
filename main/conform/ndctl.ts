/**
 * ndctl and daxctl command lines, and writes to the drivers' bind files, as actions of the devices that they are about. A region N of the
 * recording is the device "regionN" of the model: namespaceN.0, daxN.0 and regionN name the same device.
 */
import type { Command } from '../engine/command.ts'
import { parseSize } from '../engine/units.ts'
import type { ShellReading } from './shell.ts'

type Params = Readonly<Record<string, string | number | boolean>>

/** The device that a name is about; undefined for a name of another kind ("all", a second namespace). */
function deviceOf(name: string | undefined): string | undefined {
  const m = /^(?:region(\d+)|(?:namespace|dax|pfn|btt)(\d+)\.0)$/.exec(name ?? '')
  return m ? `region${m[1] ?? m[2]}` : undefined
}

const READS = /^(?:ndctl|daxctl) (?:list|version|help|--version|--help|--list-cmds|wait-scrub|read-labels|read-infoblock)\b/
/** Drivers whose loading changes nothing, since what they would bind to is bound already or waits to be named. */
const HARMLESS_MODULES = /^(?:kmem|device_dax|device-dax|dax|libnvdimm|nd_btt|dax_pmem_compat|encrypted-keys)$/

/** Options of the commands by their short letter; those that take a value end in "=". */
const OPTIONS: Readonly<Record<string, string>> = {
  e: 'reconfig=', m: 'mode=', M: 'map=', a: 'align=', f: 'force', s: 'size=', t: 'type=', l: 'sector-size=', n: 'name=', u: 'uuid=', r: 'region=', b: 'bus=', v: 'verbose', L: 'autolabel', R: 'autorecover', N: 'no-online', h: 'human',
}
/** Options that change nothing here. */
const IGNORED = new Set(['verbose', 'type', 'bus', 'region', 'name', 'uuid', 'autolabel', 'no-autolabel', 'autorecover', 'no-autorecover', 'human'])
const TAKES_VALUE = new Set(Object.values(OPTIONS).filter((o) => o.endsWith('=')).map((o) => o.slice(0, -1)))

interface Words { readonly names: readonly string[]; readonly options: ReadonlyMap<string, string> }

/** Options and names of a command line; undefined when an option is not known. `u` of daxctl means --human. */
function words(text: string, human: boolean): Words | undefined {
  const names: string[] = []
  const options = new Map<string, string>()
  const list = text.trim() === '' ? [] : text.trim().split(/\s+/)
  for (let i = 0; i < list.length; i++) {
    const word = list[i] ?? ''
    const long = /^--([\w-]+)(?:=(.*))?$/.exec(word)
    const short = /^-([A-Za-z])(.*)$/.exec(word)
    if (!long && !short) {
      names.push(word)
      continue
    }
    const name = long ? (long[1] ?? '') : short?.[1] === 'u' && human ? 'human' : (OPTIONS[short?.[1] ?? ''] ?? '').replace('=', '')
    const known = TAKES_VALUE.has(name) || IGNORED.has(name) || ['force', 'no-online', 'no-movable', 'movable'].includes(name)
    if (!known) return undefined
    const glued = long ? long[2] : short?.[2]
    if (!TAKES_VALUE.has(name)) {
      // several letters in one word
      if (short && glued) list.splice(i + 1, 0, `-${glued}`)
      options.set(name, '')
    } else options.set(name, glued === undefined || glued === '' ? (list[++i] ?? '') : glued)
  }
  return { names, options }
}

const MODES: Readonly<Record<string, string>> = { raw: 'raw', fsdax: 'fsdax', memory: 'fsdax', devdax: 'devdax', dax: 'devdax' }
const ALIGNS: Readonly<Record<number, string>> = { 4096: '4K', 2097152: '2M', 1073741824: '1G' }

/** One statement; undefined when it is not about these tools at all. */
export function readNdctl(statement: string): ShellReading | undefined {
  const unknown: ShellReading = { kind: 'unknown', what: statement }
  const act = (name: string | undefined, action: string, params: Params = {}): ShellReading => {
    const device = deviceOf(name)
    return device === undefined ? unknown : { kind: 'writes', commands: [{ op: 'device_action', name: device, action, params } satisfies Command] }
  }
  const plain = statement.replace(/\s*\d?>&\d|\s*\d?>\s*\/dev\/null/g, '').trim()

  const bind = /^(?:echo|printf)\s+(?:-n\s+)?(['"]?)([\w.]+)\1\s*>\s*\/sys\/bus\/(dax|nd)\/drivers\/(\w+)\/(bind|new_id|unbind|remove_id)$/.exec(plain)
  if (bind) {
    const [, , name, bus, driver, file] = bind
    if (file === 'remove_id') return { kind: 'reads' }
    if (bus === 'dax') return file === 'unbind' ? act(name, 'unbind') : act(name, 'bind', { driver: driver ?? '' })
    if (driver === 'nd_region') return act(name, file === 'unbind' ? 'disable-region' : 'enable-region')
    return act(name, file === 'unbind' ? 'disable-namespace' : 'enable-namespace')
  }
  const modprobe = /^modprobe\s+(?:-\w+\s+)*([\w-]+)$/.exec(plain)
  if (modprobe) return HARMLESS_MODULES.test(modprobe[1] ?? '') ? { kind: 'reads' } : unknown
  if (!/^(?:ndctl|daxctl)\b/.test(plain)) return undefined
  if (READS.test(plain)) return /[|>]/.test(plain.replace(READS, '')) ? undefined : { kind: 'reads' }
  const m = /^(ndctl|daxctl) ([\w-]+)(.*)$/.exec(plain)
  const said = m && !/[|>]/.test(m[3] ?? '') ? words(m[3] ?? '', m[1] === 'daxctl') : undefined
  if (!m || !said) return unknown
  const { names, options } = said
  const [name] = names
  const force = options.has('force')
  switch (m[2]) {
    case 'create-namespace': {
      const mode = options.get('mode')
      const align = options.has('align') ? ALIGNS[parseSize(options.get('align') ?? '') ?? 0] : ''
      if (!options.has('reconfig') || (mode !== undefined && MODES[mode] === undefined) || align === undefined || options.has('size') || options.has('sector-size')) return unknown
      return act(options.get('reconfig'), 'create-namespace', { mode: mode === undefined ? '' : (MODES[mode] ?? ''), map: options.get('map') ?? '', align, force })
    }
    case 'destroy-namespace': return act(name, 'destroy-namespace', { force })
    case 'disable-namespace':
    case 'enable-namespace':
    case 'disable-region':
    case 'enable-region':
    case 'offline-memory':
    case 'disable-device':
    case 'enable-device': return act(name, m[2])
    case 'online-memory': return act(name, 'online-memory', { movable: !options.has('no-movable') })
    case 'reconfigure-device': {
      const mode = options.get('mode')
      if ((mode !== 'system-ram' && mode !== 'devdax') || options.has('size') || options.has('align')) return unknown
      return act(name, 'reconfigure-device', { mode, online: !options.has('no-online'), movable: !options.has('no-movable'), force })
    }
    default: return unknown
  }
}

/** The block that daxctl says it could not take offline. */
export function blockRefused(output: string): number | undefined {
  const m = /Failed to offline \S*\/memory(\d+)\/state/.exec(output)
  return m ? Number(m[1]) : undefined
}

/** ndctl counts what it did; nothing done to the one region that was named is a refusal, although the status is 0. */
export const didNothing = (output: string): boolean => /^(?:dis|en)abled 0 (?:regions|namespaces)$/m.test(output)
