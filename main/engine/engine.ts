/**
 * The engine: one modelled machine. Carries out commands, answers snapshots, goes back and forth in its own past. Pure: no
 * clock, no randomness, no file; the same commands give the same machine.
 */
import { boot, type Booted } from './boot/boot.ts'
import { plugBootDevices } from './boot-devices.ts'
import { checkInvariants, type InvariantResult } from './checks/invariants.ts'
import type { Command, CommandResult } from './command.ts'
import { NO_DEVICE_TYPES, type DeviceTypes } from './devices.ts'
import { ERRNO } from './errors.ts'
import { executeDevice, withQueuedWork } from './execute-device.ts'
import { refuse, result } from './command-result.ts'
import type { Grain } from './executors/run.ts'
import { acpiMemoryDeviceAdd, acpiScanHotRemove } from './kernel/acpi-memory.ts'
import { addMemory } from './kernel/add-memory.ts'
import { releaseMemRegion, requestMemRegion } from './kernel/mem-region.ts'
import { stateStore } from './kernel/memory-block.ts'
import { offlineAndRemoveMemory, removeMemory } from './kernel/remove-memory.ts'
import { markPages, registerNotifier, setPolicy, setSignal } from './kernel/user.ts'
import type { MachineDescription } from './machine/description.ts'
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
    tryOut: (command) => {
      const { journal } = store
      const from = journal.applied
      const undone = journal.entries.slice(from)
      try {
        return execute(booted, types, command)
      } finally {
        store.travel(from)
        journal.entries.length = from
        for (const entry of undone) journal.entries.push(entry)
      }
    },
    invariants: () => checkInvariants(kernel, store),
  }
}

function execute(booted: Booted, types: DeviceTypes, command: Command): CommandResult {
  const { kernel: k, store, executor } = booted
  switch (command.op) {
    case 'add_memory': return result(executor.run(addMemory, command.node, command.start, command.size, command))
    case 'remove_memory': return result(executor.run(removeMemory, command.start, command.size))
    case 'offline_and_remove_memory': return result(executor.run(offlineAndRemoveMemory, command.start, command.size))
    case 'plug_dimm': {
      const taken = store.ref(k.dimms).some((d) => d.id === command.id)
      if (taken) return refuse(ERRNO.EEXIST, `a DIMM "${command.id}" is plugged already`)
      if (command.size <= 0 || command.start % k.pageSize !== 0 || command.size % k.pageSize !== 0) return refuse(ERRNO.EINVAL, 'a DIMM covers whole pages')
      return result(executor.run(acpiMemoryDeviceAdd, command.id, command.start, command.size, command.node))
    }
    case 'unplug_dimm': return result(executor.run(acpiScanHotRemove, command.id))
    case 'block': {
      const pfn = command.block * k.pagesPerBlock
      // open(2) of a file that is not there
      if (store.at(k.blockState, pfn) === MEM.none) return refuse(ERRNO.ENOENT, `memory block ${command.block} does not exist`)
      if (!command.signal) {
        const answer = result(executor.run(stateStore, pfn, command.state))
        const online = answer.ret === 0 && store.at(k.blockState, pfn) === MEM.online
        return online ? withQueuedWork(booted, types, { start: pfn * k.pageSize, end: pfn * k.pageSize + k.blockBytes }, answer) : answer
      }
      executor.run(setSignal, true)
      const outcome = executor.run(stateStore, pfn, command.state)
      executor.run(setSignal, false)
      return result(outcome)
    }
    case 'add_device':
    case 'remove_device':
    case 'device_action': return executeDevice(booted, types, command)
    case 'request_region': return result(executor.run(requestMemRegion, command.start, command.size, command.name))
    case 'release_region': return result(executor.run(releaseMemRegion, command.start, command.size))
    case 'mark': return result(executor.run(markPages, command.start, command.size, command.as))
    case 'policy': return result(executor.run(setPolicy, command.name, command.value))
    case 'notifier': return result(executor.run(registerNotifier, command.name, command.event, command.answer === 'veto'))
  }
}
