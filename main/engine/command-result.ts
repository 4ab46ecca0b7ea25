/** From what the run executor says to what a command answers. */
import type { CommandResult } from './command.ts'
import { errnoName } from './errors.ts'
import type { RunOutcome } from './executors/run.ts'

/** A command that never reached the kernel: a file that is not there, a name that is taken. */
export const refuse = (errno: number, reason: string): CommandResult => ({ ret: -errno, errno: errnoName(errno), reason, log: [], steps: 0 })

export function result(o: RunOutcome): CommandResult {
  if (o.lockFaults.length) throw new Error(`lock rules broken: ${o.lockFaults.join('; ')}`)
  if (o.stopped) return { ret: -1, errno: o.stopped === 'bug' ? 'BUG' : 'HANGS', stopped: o.stopped, reason: o.reason, log: o.log, steps: o.steps }
  const failed = o.ret < 0
  return { ret: o.ret, errno: failed ? errnoName(o.ret) : undefined, reason: failed ? o.reason : undefined, log: o.log, steps: o.steps }
}
