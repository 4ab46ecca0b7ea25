/** What the kernel would answer to a command now, and which of a device type's parameters are wrong. Nothing changes. */
import type { Command, TryOutReply } from '../../preload/contract.ts'
import type { Params } from '../../plugins/sdk/index.ts'
import { checkParams, type GivenParams } from '../engine/devices.ts'
import type { Document } from './document.ts'
import { plainReason } from './plain-reason.ts'

export function tryOut(doc: Document, command: Command): TryOutReply {
  const { ret, errno, reason } = doc.engine.tryOut(command)
  const wrong = ret < 0 ? wrongParams(doc, command) : {}
  return {
    ret, ...(errno ? { errno } : {}), ...(reason ? { reason: plainReason(reason) } : {}),
    ...(Object.keys(wrong).length > 0 ? { wrong } : {}),
  }
}

/** Problems by form field: "params.NAME". */
function wrongParams(doc: Document, command: Command): Record<string, string> {
  const declared = paramsOf(doc, command)
  if (!declared) return {}
  const checked = checkParams(declared.params, declared.given)
  if (checked.ok) return {}
  return Object.fromEntries(checked.problems.map((problem) => {
    // "name: value: rule; fix"
    const colon = problem.indexOf(': ')
    return [`params.${problem.slice(0, colon)}`, problem.slice(colon + 2)]
  }))
}

function paramsOf(doc: Document, command: Command): { readonly params: Params; readonly given: GivenParams } | undefined {
  if (command.op === 'add_device') {
    const type = doc.engine.types.get(command.type)
    return type && { params: type.params, given: command.params }
  }
  if (command.op === 'device_action') {
    const device = doc.store.ref(doc.kernel.devices).find((d) => d.name === command.name)
    const action = device && doc.engine.types.get(device.type)?.actions?.[command.action]
    return action && { params: action.params, given: command.params }
  }
  return undefined
}
