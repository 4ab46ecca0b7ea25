/** A recording: one run of a real kernel, as plain data. Format: test/recordings/README.md. */
import type { ResourceDescription } from '../engine/machine/description.ts'
import type { Probe } from './probe.ts'

export interface RecordedBlock {
  readonly block: number
  readonly state: string
  readonly validZones: string
  readonly nodes: readonly number[]
}

/** What the kernel said of itself after a step. */
export interface Capture {
  readonly probe: Probe
  readonly iomem: readonly ResourceDescription[]
  readonly blocks: readonly RecordedBlock[]
  readonly autoOnline?: string
  /** Sum of the DirectMap lines of /proc/meminfo, bytes. */
  readonly directMap?: number
  /** possible, online, has_cpu, has_memory, has_normal_memory as text. */
  readonly masks: Readonly<Record<string, string>>
  /** Kernel log lines since the capture before. */
  readonly dmesg: readonly string[]
}

export interface MemoryDevice { readonly id?: string; readonly addr?: number; readonly memaddr?: number; readonly size?: number; readonly node?: number }

export interface RecordedResult {
  readonly ok: boolean
  readonly exit?: number
  readonly errno?: string
  readonly output?: string
  /** What the emulator itself refused: the kernel never heard of it. */
  readonly error?: { readonly class?: string; readonly desc?: string }
  /** `DEVICE_DELETED`, or null when the guest refused an unplug. */
  readonly event?: string | null
  readonly memory_devices?: readonly MemoryDevice[]
  /** Of a virtio-mem device, after a request for another size. */
  readonly plugged_size?: number
  /** `hung` or `died`: the guest gave no answer any more, and there is no capture. */
  readonly guest?: string
}

export interface RecordedStep {
  readonly n: number
  readonly name: string
  readonly op: string
  readonly args: Readonly<Record<string, unknown>>
  readonly result: RecordedResult
  /** `03-online-34`: what reports call the step. */
  readonly folder: string
  /** Absent when the guest was gone. */
  readonly capture?: Capture
  /** The last that its console said then. */
  readonly console?: readonly string[]
}

export interface Recording {
  readonly dir: string
  readonly id: string
  readonly theme: string
  readonly title: string
  /** `uname` of the kernel, as far as it was written down. */
  readonly kernel: string
  /** `debian`: the distribution's binary; `private`: a small own build with CONFIG_DEVICE_PRIVATE. Absent in older recordings. */
  readonly kernelKind?: string
  readonly cmdline: string
  readonly qemuArgs: readonly string[]
  readonly steps: readonly RecordedStep[]
  /** The boot log, as text for the importers. */
  readonly bootLog: string
}

/** Release of the kernel that was recorded: `6.1.0-56-amd64` of its uname. */
export const releaseOf = (recording: Recording): string => /\b(\d+\.\d+[^\s]*)/.exec(recording.kernel)?.[1] ?? 'unknown'
