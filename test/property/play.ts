/** Plays random commands on an engine and holds what must be true of any of them against each. */
import { expect } from 'vitest'
import type { Command, CommandResult } from '../../main/engine/command.ts'
import type { Engine } from '../../main/engine/engine.ts'
import { commandOf, type Intent } from './arbitrary.ts'

/** Called after each command. */
export type Observer = (played: { readonly command: Command; readonly result: CommandResult; readonly engine: Engine }) => void

/** Fails with what the engine was doing, in one line before the reason. */
export function during<T>(what: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

export function expectInvariants(engine: Engine): void {
  const broken = engine.invariants().filter((i) => !i.holds)
  if (broken.length) throw new Error(broken.map((i) => `${i.id} ${i.title}: ${i.detail ?? ''}`).join('; '))
}

/** Node masks follow the present counts: N_MEMORY any, N_NORMAL_MEMORY those below Movable; memory makes a node online. */
export function expectMasks(engine: Engine): void {
  for (const node of engine.snapshot().nodes) {
    const kernel = node.zones.filter((z) => z.index <= 2).reduce((n, z) => n + z.present, 0)
    expect([`node ${node.id}`, node.hasMemory, node.hasNormalMemory]).toEqual([`node ${node.id}`, node.present > 0, kernel > 0])
    if (node.present > 0 || node.hasCpu) expect([`node ${node.id}`, node.online]).toEqual([`node ${node.id}`, true])
  }
}

export function play(engine: Engine, intents: readonly Intent[], before: (command: Command) => void, after: Observer): void {
  for (const intent of intents) {
    const command = commandOf(engine, intent)
    during(JSON.stringify(command), () => {
      before(command)
      const result = engine.execute(command)
      after({ command, result, engine })
    })
  }
}
