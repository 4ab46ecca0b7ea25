/** The boot of a machine as threads: the boot CPU, and a thread a node for struct pages that were left for later. */
import type { Booted } from '../boot/boot.ts'
import type { ThreadSpec } from '../executors/time/timed-thread.ts'

export function deferStructPages(_booted: Booted): void {
  throw new Error('not yet')
}

export function bootThreads(_booted: Booted, _deferred: boolean): readonly ThreadSpec[] {
  throw new Error('not yet')
}
