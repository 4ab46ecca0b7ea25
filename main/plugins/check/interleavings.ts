/**
 * Two hooks of a type at once, through every interleaving: two adds, and an add beside a removal. Only what the type itself can be wrong in is
 * judged (deadlock, lock order, sleeping under a spinlock, BUG): that a kernel's own races break invariants is no fault of a type.
 */
import type { AnyDeviceType } from '../../../plugins/sdk/index.ts'
import { checkParams, type DeviceTypes, type GivenParams } from '../../engine/devices.ts'
import { explore, NotDeterministic, type TraceStep } from '../../engine/executors/explore/explore.ts'
import type { Command } from '../../engine/command.ts'
import { operationOf } from '../../engine/operation-of.ts'
import type { Profile } from '../../engine/profiles/profile.ts'
import { bootCheckMachine } from './machine.ts'

export interface Tangled {
  readonly detail: string
  /** What was there before, then the commands that ran at once. */
  readonly commands: readonly Command[]
  /** The shortest story, a line a step. */
  readonly trace: readonly string[]
}

/** States after which a pair is left as it is: a hook that does more is still judged on what was seen. */
const MOST_STATES = 20_000

export function tangled(type: AnyDeviceType, types: DeviceTypes, profile: Profile): Tangled | undefined {
  const [first, ...rest] = (type.samples ?? []).map((s) => s.params as GivenParams)
  if (!first) return undefined
  for (const second of [rest[0] ?? first]) {
    const add = (name: string, params: GivenParams): Command | undefined => {
      const checked = checkParams(type.params, params)
      return checked.ok ? { op: 'add_device', name, type: type.id, params: Object.fromEntries(Object.entries(params).filter((e): e is [string, string | number | boolean] => e[1] !== undefined)) } : undefined
    }
    const [a, b] = [add('d0', first), add('d1', second)]
    if (!a || !b) return undefined
    const found = atOnce(types, profile, [], [a, b]) ?? atOnce(types, profile, [a], [{ op: 'remove_device', name: 'd0' }, b])
    if (found) return found
  }
  return undefined
}

function atOnce(types: DeviceTypes, profile: Profile, before: readonly Command[], together: readonly [Command, Command]): Tangled | undefined {
  const engine = bootCheckMachine(types, profile)
  for (const command of before) if (engine.execute(command).ret < 0) return undefined
  const threads = together.flatMap((command, i) => {
    const of = operationOf(engine.booted, types, command)
    return of.ok ? [{ name: i === 0 ? 'T1' : 'T2', operation: of.bound.operation as never, args: of.bound.args }] : []
  })
  if (threads.length < 2) return undefined
  let found
  try {
    found = explore({
      kernel: engine.booted.kernel, base: engine.booted.store, threads, invariants: [],
      options: { maxStates: MOST_STATES, breaks: { deadlock: true, lockOrder: true, sleep: true, bug: true, race: false } },
    })
  } catch (e) {
    if (e instanceof NotDeterministic) return { detail: e.message, commands: [...before, ...together], trace: [] }
    // a hook that throws is for the law about hooks
    return undefined
  }
  if (!found?.broken) return undefined
  return { detail: found.broken.text, commands: [...before, ...together], trace: found.trace.map(line) }
}

const line = (s: TraceStep): string => `${s.name} ${s.function}: ${s.kind}${s.lock === undefined ? '' : ` ${s.lock}`}${s.cell === undefined ? '' : ` ${s.cell}`}${s.text === undefined ? '' : ` ${s.text}`}`
