/** Runs the hooks of device types; one that throws leaves no trace. */
import type { CommandResult } from './command.ts'
import { refuse, result } from './command-result.ts'
import { HookError, type DeviceTypes } from './devices.ts'
import { ERRNO } from './errors.ts'
import type { RunOutcome } from './executors/run.ts'
import type { Booted } from './boot/boot.ts'
import { deviceAction } from './kernel/device.ts'
import { NeverReturns } from './kernel/plugin-steps.ts'
import { bind, type Bound } from './operation-of.ts'

/** Carries out a command of which the hook of a device type is a part. */
export function executeHook(booted: Booted, bound: Bound, hook: NonNullable<Bound['hook']>): CommandResult {
  return guarded(booted, hook.type, hook.name, () => booted.executor.run(bound.operation, ...bound.args))
}

/**
 * What drivers queued while a command ran: a memory block went online, and the device that it belongs to has work to do. Its log
 * lines and steps are added to the command's; the command's answer stays.
 */
export function withQueuedWork(booted: Booted, types: DeviceTypes, block: { readonly start: number; readonly end: number }, answer: CommandResult): CommandResult {
  let all = answer
  for (const { type, bound } of queuedHooks(booted, types, block)) {
    const work = guarded(booted, type, 'onOnline', () => booted.executor.run(bound.operation, ...bound.args))
    all = { ...all, log: [...all.log, ...work.log], steps: all.steps + work.steps, ...(work.hookError && work.reason !== undefined ? { hookError: true, reason: work.reason } : {}) }
  }
  return all
}

/** What drivers queue when a block comes online, as operations. */
export function queuedHooks({ kernel: k, store }: Booted, types: DeviceTypes, block: { readonly start: number; readonly end: number }): readonly { readonly type: string; readonly device: string; readonly bound: Bound }[] {
  return store.ref(k.devices).flatMap((device) => {
    const type = types.get(device.type)
    const { onOnline } = type ?? {}
    if (!type || !onOnline || !device.regions.some((r) => r.start <= block.start && block.end <= r.end)) return []
    const context = { name: device.name, params: device.params as never, block }
    const bound = bind(deviceAction, device.name, (machine, seen) => onOnline({ ...context, machine, device: seen }))
    return [{ type: type.id, device: device.name, bound: { ...bound, hook: { type: type.id, name: 'onOnline' } } }]
  })
}

/**
 * Runs a hook; when it throws, everything it did is undone and the error names type, hook and place. A hook that waits for a page which
 * nobody gives back would never return: it is undone as well, and answers -EINTR.
 */
function guarded(booted: Booted, type: string, hook: string, run: () => RunOutcome): CommandResult {
  const { store } = booted
  const from = store.journal.applied
  const undo = (): void => {
    store.travel(from)
    store.journal.forgetUndone()
  }
  try {
    return result(run())
  } catch (e) {
    undo()
    if (e instanceof NeverReturns) return refuse(ERRNO.EINTR, e.message)
    const error = e instanceof Error ? e : new Error(String(e))
    if (error instanceof HookError) {
      const inner = error.fn === undefined || error.fn === hook ? '' : ` (${error.fn})`
      return { ...refuse(ERRNO.EIO, `plugin ${error.plugin}: device type ${type}, ${hook}${error.place === undefined ? '' : ` at ${error.place}`}${inner}: ${error.message}`), hookError: true }
    }
    return { ...refuse(ERRNO.EIO, `device type ${type}, ${hook}${placeOf(error)}: ${error.message}`), hookError: true }
  }
}

/** " at file:line" of the innermost frame that is not the engine's, when the stack says. */
function placeOf(error: Error): string {
  const frame = /\(?((?:[\w.@-]+[\\/])*plugins[\\/][^():\s]+):(\d+):\d+\)?/.exec(error.stack ?? '')
  return frame ? ` at ${frame[1]}:${frame[2]}` : ''
}
