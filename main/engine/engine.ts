/**
 * The engine: one modelled machine. Carries out commands, answers snapshots, goes back and forth in its own past. Pure: no
 * clock, no randomness, no file; the same commands give the same machine.
 */
import { boot, type Booted } from './boot/boot.ts'
import { plugBootDevices } from './boot-devices.ts'
import { checkInvariants, type InvariantResult } from './checks/invariants.ts'
import type { Command, CommandResult } from './command.ts'
import { NO_DEVICE_TYPES, type DeviceTypes } from './devices.ts'
import { executeHook, withQueuedWork } from './execute-device.ts'
import { result } from './command-result.ts'
import type { Grain } from './executors/run.ts'
import type { MachineDescription } from './machine/description.ts'
import { operationOf } from './operation-of.ts'
import type { Profile } from './profiles/profile.ts'
import { V6_1 } from './profiles/profiles.ts'
import { makeSnapshot } from './snapshot.ts'
import type { Snapshot } from './snapshot-types.ts'
import { MEM } from './state/block.ts'

export type { InvariantResult } from './checks/invariants.ts'

export interface Engine {
  readonly description: MachineDescription
  readonly profile: Profile
  /** Handles, store and executor, for queries that read much (maps, inspector); read-only for everybody outside. */
  readonly booted: Booted
  /** Device types that can be added. */
  readonly types: DeviceTypes
  /** Carries out one command as the profile's kernel does; a failure is a result. */
  execute(command: Command): CommandResult
  snapshot(): Snapshot
  /** Journal position: 0 after boot. */
  position(): number
  /** Goes to an earlier or (undone) later journal position, exactly. */
  travel(position: number): void
  /** What a command would answer now; state, history and what can be redone stay as they are. */
  tryOut(command: Command): CommandResult
  invariants(): readonly InvariantResult[]
}

/** Boots a machine. Throws InputErrors for a description that no machine can have. `types` are the device types that can be added. */
export function bootEngine(description: MachineDescription, profile: Profile = V6_1, grain: Grain = 'coarse', types: DeviceTypes = NO_DEVICE_TYPES): Engine {
  const bare = boot(description, profile, grain)
  const booted: Booted = { ...bare, warnings: [...bare.warnings, ...plugBootDevices(bare, types)] }
  const { kernel, store, executor } = booted
  return {
    description, profile, booted, types,
    execute: (command) => execute(booted, types, command),
    snapshot: () => makeSnapshot(kernel, store, executor),
    position: () => store.journal.applied,
    travel: (position) => store.travel(position),
    tryOut: (command) => store.observe(() => execute(booted, types, command)),
    invariants: () => checkInvariants(kernel, store),
  }
}

function execute(booted: Booted, types: DeviceTypes, command: Command): CommandResult {
  const { kernel: k, store, executor } = booted
  const of = operationOf(booted, types, command)
  if (!of.ok) return of.refused
  const { bound } = of
  const answer = bound.hook ? executeHook(booted, bound, bound.hook) : result(executor.run(bound.operation, ...bound.args))
  if (command.op !== 'block' || command.signal || answer.ret !== 0) return answer
  const pfn = command.block * k.pagesPerBlock
  if (store.at(k.blockState, pfn) !== MEM.online) return answer
  return withQueuedWork(booted, types, { start: pfn * k.pageSize, end: pfn * k.pageSize + k.blockBytes }, answer)
}
