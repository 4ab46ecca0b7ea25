/** Machines for stories about devices, told in commands. */
import type { CommandResult } from '../../main/engine/command.ts'
import { bootEngine, type Engine } from '../../main/engine/engine.ts'
import { V6_1 } from '../../main/engine/profiles/profiles.ts'
import { loadScenario } from '../../main/engine/scenario/parse.ts'
import type { ResourceSnapshot } from '../../main/engine/snapshot-types.ts'
import { knownTypes } from '../../main/plugins/known-types.ts'

export type DeviceParams = Readonly<Record<string, string | number | boolean>>

export class Machine {
  readonly engine: Engine
  last: CommandResult | undefined

  /** `form` is the machine of a scenario, in YAML. */
  constructor(form = '{memory: 1GiB}', profile = V6_1) {
    const s = loadScenario(`zonelab: 1\ntitle: t\nmachine: ${form}\n`, 't.yaml')
    if (!s.ok) throw new Error(JSON.stringify(s.errors))
    this.engine = bootEngine(s.value.description, profile, 'coarse', knownTypes())
  }

  /** Each answers "ok" or the errno. */
  run(command: Parameters<Engine['execute']>[0]): string {
    this.last = this.engine.execute(command)
    return this.last.ret < 0 ? (this.last.errno ?? String(this.last.ret)) : 'ok'
  }
  add(name: string, type: string, params: DeviceParams = {}): string {
    return this.run({ op: 'add_device', name, type, params })
  }
  remove(name: string): string {
    return this.run({ op: 'remove_device', name })
  }
  act(name: string, action: string, params: DeviceParams = {}): string {
    return this.run({ op: 'device_action', name, action, params })
  }
  block(block: number, state: string): string {
    return this.run({ op: 'block', block, state })
  }

  /** Text of the log lines of the last command. */
  get log(): readonly string[] {
    return this.last?.log.map((line) => line.text) ?? []
  }
  get reason(): string {
    return this.last?.reason ?? ''
  }
  /** Lines of /proc/iomem that a range touches, indented as they nest. */
  iomem(start: number, end: number): string[] {
    const lines = (tree: readonly ResourceSnapshot[], indent: string): string[] =>
      tree.flatMap((r) => (r.start < end && start < r.end ? [`${indent}${r.start.toString(16)}-${(r.end - 1).toString(16)} : ${r.name}`, ...lines(r.children, `${indent}  `)] : []))
    return lines(this.engine.snapshot().iomem, '')
  }
  data(name: string): Readonly<Record<string, string | number | boolean>> {
    return this.engine.snapshot().devices.find((d) => d.name === name)?.data ?? {}
  }
  /** The first live page map of a device. */
  pgmap(name: string) {
    return this.engine.snapshot().pgmaps.find((p) => p.owner === name)
  }
  blockState(block: number): string {
    return this.engine.snapshot().blocks.find((b) => b.first <= block && block <= b.last)?.state ?? 'absent'
  }
  zone(node: number, name: string) {
    return this.engine.snapshot().nodes.find((n) => n.id === node)?.zones.find((z) => z.name === name)
  }
}
