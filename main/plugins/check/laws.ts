/** The laws of the plugin API, judged on one sequence of commands. The first that breaks ends it, with the commands that led there. */
import type { AnyDeviceType } from '../../../plugins/sdk/index.ts'
import type { Command, CommandResult } from '../../engine/command.ts'
import { checkParams } from '../../engine/devices.ts'
import type { Engine } from '../../engine/engine.ts'
import { MEM } from '../../engine/state/block.ts'
import type { Device } from '../../engine/state/device.ts'
import { eachResource } from '../../engine/state/resource-tree.ts'
import { parseIomem, printIomem } from '../../engine/text/iomem.ts'
import { GiB, hex, MiB } from '../../engine/units.ts'
import type { Deed } from './deeds.ts'
import { differences, leftovers, stateOf, type State } from './state.ts'

export const LAWS = {
  samples: 'its samples can be added and removed again',
  hooks: 'no hook throws, hangs or yields what is no step',
  locks: 'locks are taken in the declared order, and none is left held',
  interleavings: 'two of its hooks at once neither deadlock nor take locks in an order that could',
  invariants: 'the invariants of the kernel hold after each step: spans cover what is present, resources nest, page maps are found …',
  memo: 'a device notes what it holds: its page maps and its claimed regions',
  neighbours: 'what it does leaves the pages of other devices alone',
  refusal: 'a refused add leaves no device, no claim and no page map',
  release: 'its release policy is obeyed',
  restores: 'add and remove leave the machine as it was, but for what the kernel itself leaves',
  journal: 'going back undoes everything, and going forth does it again',
  determinism: 'the same commands on the same machine do the same',
  text: 'what it leaves in /proc/iomem reads back',
} as const
export type Law = keyof typeof LAWS

export interface Broken { readonly law: Law; readonly detail: string; readonly commands: readonly Command[]; readonly trace?: readonly string[] }

/** Plays sequences on two machines that were booted alike; each play begins at boot. */
export class Play {
  private readonly boot: State
  private readonly heldAtBoot: ReadonlySet<string>
  /** Regions that a device of policy keep left behind when it went. */
  private kept: { readonly start: number; readonly end: number; readonly name: string }[] = []
  /** A command about a device was refused: what it left of struct pages and linear map is the kernel's doing. */
  private refused = false
  /** Adds that were left out because the type itself says that it does not claim its range then. */
  unclaimed = 0

  constructor(private readonly engine: Engine, private readonly twin: Engine, private readonly type: AnyDeviceType) {
    this.reset(engine)
    this.boot = stateOf(engine)
    this.heldAtBoot = new Set(engine.invariants().filter((i) => i.holds).map((i) => i.id))
  }

  /** Does the deeds, then takes everything away; the first law that breaks, unless it is to be passed over. */
  run(deeds: readonly Deed[], passOver: ReadonlySet<Law> = new Set()): Broken | undefined {
    const { engine } = this
    this.reset(engine)
    this.kept = []
    this.refused = false
    const commands: Command[] = []
    const results: CommandResult[] = []
    let broken: Broken | undefined
    const report = (law: Law, detail: string): boolean => {
      if (passOver.has(law)) return false
      broken ??= { law, detail, commands: [...commands] }
      return true
    }
    const perform = (command: Command): boolean => {
      const before = this.held()
      commands.push(command)
      const result = engine.execute(command)
      results.push(result)
      return this.judge(command, result, before, report)
    }
    for (const deed of deeds) {
      const command = this.command(deed)
      if (command && perform(command)) return broken
    }
    if (this.text(report)) return broken
    const complete = this.takeAllAway(perform)
    if (broken) return broken
    if (complete) {
      const [left] = leftovers(engine, this.boot, stateOf(engine), this.refused)
      if (left !== undefined && report('restores', `after everything was removed: ${left}`)) return broken
    }
    if (this.travel(report)) return broken
    this.repeat(commands, results, report)
    return broken
  }

  private reset(engine: Engine): void {
    engine.travel(0)
    engine.booted.store.journal.entries.length = 0
  }

  private get devices(): readonly Device[] {
    return this.engine.booted.store.ref(this.engine.booted.kernel.devices)
  }
  private claims(): { readonly start: number; readonly end: number; readonly name: string }[] {
    const out: { start: number; end: number; name: string }[] = []
    eachResource(this.engine.booted.store.ref(this.engine.booted.kernel.iomem), (r) => {
      if (r.name.startsWith('somebody')) out.push({ start: r.start, end: r.end, name: r.name })
    })
    return out
  }
  private stands(held: { readonly start: number; readonly end: number; readonly name: string }): boolean {
    let found = false
    eachResource(this.engine.booted.store.ref(this.engine.booted.kernel.iomem), (r) => {
      found ||= r.start === held.start && r.end === held.end && r.name === held.name
    })
    return found
  }
  private hasBlock(ram: { readonly start: number; readonly end: number }): boolean {
    const { kernel: k, store } = this.engine.booted
    return store.scan([k.blockState], ram.start / k.pageSize, ram.end / k.pageSize, k.pagesPerBlock, (state) => state !== MEM.none) >= 0
  }
  private held() {
    const { kernel: k, store } = this.engine.booted
    return { iomem: store.ref(k.iomem), pgmaps: store.ref(k.pgmaps), devices: store.ref(k.devices) }
  }

  /** What a deed means now; undefined when it means nothing. */
  private command(deed: Deed): Command | undefined {
    const { kernel: k, store } = this.engine.booted
    const name = 'slot' in deed ? `d${deed.slot}` : ''
    const device = this.devices.find((d) => d.name === name)
    switch (deed.do) {
      case 'add': {
        if (device) return undefined
        const checked = checkParams(this.type.params, deed.params)
        const { claim } = this.type.resource
        if (checked.ok && claim && !claim(checked.values)) {
          this.unclaimed++
          return undefined
        }
        const params = Object.fromEntries(Object.entries(deed.params).filter((e): e is [string, string | number | boolean] => e[1] !== undefined))
        return { op: 'add_device', name, type: this.type.id, params }
      }
      case 'remove': return device && { op: 'remove_device', name }
      case 'action': return !device || this.invitesOthers(device, deed.action) ? undefined : { op: 'device_action', name, action: deed.action, params: Object.fromEntries(Object.entries(deed.args).filter((e): e is [string, string | number | boolean] => e[1] !== undefined)) }
      case 'block': {
        const blocks = this.addedBlocks()
        return blocks.length === 0 ? undefined : { op: 'block', block: blocks[deed.nth % blocks.length]!, state: deed.word }
      }
      case 'claim': return { op: 'request_region', start: deed.start, size: deed.size, name: `somebody${this.claims().length}` }
      case 'unclaim': {
        const claims = this.claims()
        const claim = claims[deed.nth % Math.max(1, claims.length)]
        return claim && { op: 'release_region', start: claim.start, size: claim.end - claim.start }
      }
      case 'plug': return store.ref(k.dimms).some((d) => d.id === `dimm${deed.slot}`) ? undefined : { op: 'plug_dimm', id: `dimm${deed.slot}`, start: 4 * GiB + deed.slot * 256 * MiB, size: 256 * MiB, node: deed.node }
      case 'unplug': return store.ref(k.dimms).some((d) => d.id === `dimm${deed.slot}`) ? { op: 'unplug_dimm', id: `dimm${deed.slot}` } : undefined
      case 'mark': {
        const map = store.ref(k.pgmaps).find((p) => p.owner === name)
        const range = map?.ranges[0]
        return range && { op: 'mark', start: (range.end - 1) * k.pageSize, size: k.pageSize, as: deed.as }
      }
    }
  }

  /**
   * The actions that every declared type has can end a claim while struct pages are there, or map a range that was given back: what comes of
   * that is the user's doing, and not a fault of the type.
   */
  private invitesOthers(device: Device, action: string): boolean {
    if (this.type.onPlug || this.type.onUnplug) return false
    const given = device.data['released'] === true
    if (action === 'release-region') return device.pgmaps.length > 0 && device.regions.some((r) => r.release !== 'refcount')
    return action === 'map-pages' && (given || device.regions.some((r) => r.release === 'release'))
  }

  /** Memory blocks that were not there at boot. */
  private addedBlocks(): number[] {
    const { kernel: k, store } = this.engine.booted
    const out: number[] = []
    store.eachRun([k.blockState], Math.ceil((4 * GiB) / k.pageSize), k.pluggableEnd / k.pageSize, (s, e, state) => {
      if (state) for (let b = s / k.pagesPerBlock; b * k.pagesPerBlock < e && out.length < 64; b++) out.push(b)
    })
    return out
  }

  private judge(command: Command, result: CommandResult, before: ReturnType<Play['held']>, report: (law: Law, detail: string) => boolean): boolean {
    const { kernel: k, store } = this.engine.booted
    if (result.hookError) {
      const reason = result.reason ?? ''
      if (report(reason.includes('lock rules broken') ? 'locks' : 'hooks', reason)) return true
    }
    const undeclared = k.pluginLockNames.find((lock) => !(this.type.locks ?? []).includes(lock))
    if (undeclared !== undefined && report('locks', `took the lock "${undeclared}", which \`locks\` does not list`)) return true
    const hurt = store.ref(k.pgmaps).find((p) => before.pgmaps.includes(p) && p.live && p.ranges.some((r) => store.scan([k.pgmapIndex], r.start, r.end, 1, (id) => id !== p.id) >= 0))
    if (hurt && report('neighbours', `the kernel does not find page map ${hurt.id} of ${hurt.owner} any more for some of its pages; claim the range before mapping it`)) return true
    if (command.op === 'add_device') {
      const device = this.devices.find((d) => d.name === command.name)
      const owned = store.ref(k.pgmaps).filter((p) => p.owner === command.name).map((p) => p.id)
      if (result.ret < 0) {
        const left = device ? 'the device is listed' : owned.length > 0 ? `page map ${owned.join()} is left` : store.ref(k.iomem) !== before.iomem && JSON.stringify(store.ref(k.iomem)) !== JSON.stringify(before.iomem) ? 'the resource tree has changed' : undefined
        if (left !== undefined && report('refusal', `add_device answered -${result.errno ?? String(-result.ret)}, yet ${left}`)) return true
      } else if (device) {
        const noted = [...device.pgmaps].sort((a, b) => a - b).join()
        if (noted !== [...owned].sort((a, b) => a - b).join() && report('memo', `${device.name} has page maps [${owned.join()}] and notes [${noted}]; yield kernel.remember({ pgmaps })`)) return true
        const missing = device.regions.find((r) => !this.stands(r))
        if (missing && report('memo', `${device.name} notes the region "${missing.name}" ${hex(missing.start)}-${hex(missing.end - 1)}, which is not in /proc/iomem`)) return true
      }
    }
    if (result.ret < 0 && (command.op === 'add_device' || command.op === 'device_action')) this.refused = true
    if (command.op === 'remove_device' && result.ret >= 0) {
      const was = before.devices.find((d) => d.name === command.name)
      const owned = store.ref(k.pgmaps).filter((p) => p.owner === command.name)
      if (owned.length > 0 && report('release', `page map ${owned[0]!.id} of ${command.name} is still there after unplug`)) return true
      for (const r of was?.regions ?? []) {
        const held = was?.data['released'] !== true
        const stood = standsIn(before.iomem, r)
        const where = `"${r.name}" ${hex(r.start)}-${hex(r.end - 1)}`
        if (r.release === 'keep' && held && stood && !this.stands(r) && report('release', `release policy keep, yet region ${where} has gone with unplug`)) return true
        if (r.release === 'keep' && this.stands(r)) this.kept.push(r)
        // RAM that stays keeps what it lies in
        const holdsRam = was?.ram.some((ram) => ram.start < r.end && r.start < ram.end && this.hasBlock(ram)) === true
        if (r.release !== 'keep' && !holdsRam && stood && this.stands(r) && report('release', `release policy ${r.release}, yet region ${where} is still claimed after unplug`)) return true
      }
    }
    // with release policy `release` hot-remove breaks ownership by design
    const robbed = this.devices.some((d) => d.regions.some((r) => r.release === 'release'))
    const wrong = this.engine.invariants().find((i) => !i.holds && this.heldAtBoot.has(i.id) && !(robbed && i.id === 'I11'))
    return wrong !== undefined && report('invariants', `${wrong.id}, ${wrong.title}: ${wrong.detail ?? 'broken'}`)
  }

  /** Removes devices, claims and DIMMs; false when something that may refuse refused for good. */
  private takeAllAway(perform: (command: Command) => boolean): boolean {
    const { kernel: k, store } = this.engine.booted
    const marks = store.scan([k.mark], 0, k.pluggableEnd / k.pageSize, 1, (m) => m !== 0) >= 0
    if (marks && perform({ op: 'mark', start: 0, size: k.description.iomemEnd, as: 'none' })) return false
    for (let round = 0; round < 3; round++) {
      for (const d of this.devices) if (perform({ op: 'remove_device', name: d.name })) return false
      for (const d of store.ref(k.dimms)) if (perform({ op: 'unplug_dimm', id: d.id })) return false
      for (const c of [...this.claims(), ...this.kept.filter((r) => this.stands(r))]) if (perform({ op: 'release_region', start: c.start, size: c.end - c.start })) return false
      if (this.devices.length === 0 && store.ref(k.dimms).length === 0) return this.claims().length === 0 && this.addedBlocks().length === 0
      // whoever refused may have had RAM online
      for (const block of this.addedBlocks()) if (store.at(k.blockState, block * k.pagesPerBlock) === MEM.online && perform({ op: 'block', block, state: 'offline' })) return false
    }
    return false
  }

  private text(report: (law: Law, detail: string) => boolean): boolean {
    const snapshot = this.engine.snapshot()
    const printed = printIomem(snapshot)
    const read = parseIomem(printed, '/proc/iomem')
    if (!read.ok) return report('text', read.errors.map((e) => `${e.field ?? ''} ${e.found}, expected ${e.expected}`).join('; '))
    const flat = (list: readonly { readonly start: number; readonly end: number; readonly name: string; readonly children?: readonly never[] }[]): string[] =>
      list.flatMap((r) => [`${hex(r.start)}-${hex(r.end - 1)} ${r.name}`, ...flat(r.children ?? [])])
    const [wrote, got] = [flat(snapshot.iomem as never), flat((read.value.resources ?? []) as never)]
    const at = wrote.findIndex((line, i) => line !== got[i])
    return at >= 0 && report('text', `"${wrote[at]}" reads back as "${got[at] ?? 'nothing'}"`)
  }

  private travel(report: (law: Law, detail: string) => boolean): boolean {
    const { engine } = this
    const end = stateOf(engine)
    const position = engine.position()
    engine.travel(0)
    const [before] = differences(engine, this.boot, stateOf(engine))
    if (before !== undefined && report('journal', `going back to boot: ${before}`)) return true
    engine.travel(position)
    const [after] = differences(engine, end, stateOf(engine))
    return after !== undefined && report('journal', `going back and forth: ${after}`)
  }

  private repeat(commands: readonly Command[], results: readonly CommandResult[], report: (law: Law, detail: string) => boolean): boolean {
    const { twin } = this
    this.reset(twin)
    for (const [i, command] of commands.entries()) {
      const [first, second] = [JSON.stringify(results[i]), JSON.stringify(twin.execute(command))]
      if (first !== second) return report('determinism', `${command.op} did ${brief(first)}, and the second time ${brief(second)}`)
    }
    const [other] = differences(twin, stateOf(this.engine), stateOf(twin))
    return other !== undefined && report('determinism', `the same commands end in another state: ${other}`)
  }
}

const standsIn = (root: Parameters<typeof eachResource>[0], held: { readonly start: number; readonly end: number; readonly name?: string }): boolean => {
  let found = false
  eachResource(root, (r) => {
    found ||= r.start === held.start && r.end === held.end && (held.name === undefined || r.name === held.name)
  })
  return found
}

const brief = (text: string): string => (text.length > 120 ? `${text.slice(0, 117)}…` : text)
