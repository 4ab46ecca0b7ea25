/** From the texts of an action's form to the command it stands for. Main validates it again; here errors get their field. */
import type { Action, Command, Selection } from '../../preload/contract.ts'
import { parseBytes } from '../ui/format.ts'

export type FormResult = { readonly ok: true; readonly command: Command } | { readonly ok: false; readonly wrong: Record<string, string> }

const PARAMS = 'params.'

/** What a command brings, to be shown once it is there. */
export function selectionOf(command: Command): Selection | undefined {
  switch (command.op) {
    case 'add_device': return { kind: 'device', name: command.name }
    case 'plug_dimm': return { kind: 'dimm', id: command.id }
    default: return undefined
  }
}

export function commandFrom(action: Action, values: Readonly<Record<string, string>>): FormResult {
  const wrong: Record<string, string> = {}
  const out: Record<string, unknown> = { ...(action.base ?? action.command), ...(action.op && { op: action.op }) }
  /** "params.NAME" is a parameter of a device type; everything else is a key of the command. */
  const set = (name: string, value: unknown): void => {
    if (name.startsWith(PARAMS)) out['params'] = { ...(out['params'] as object | undefined), [name.slice(PARAMS.length)]: value }
    else out[name] = value
  }
  for (const field of action.form ?? []) {
    const text = (values[field.name] ?? '').trim()
    switch (field.kind) {
      case 'optional-bytes':
      case 'bytes': {
        if ((field.kind === 'optional-bytes' || field.optional) && text === '') break
        const bytes = parseBytes(text)
        if (bytes === undefined) wrong[field.name] = `"${text}" is no size; expected 512M, 0x40000000 or 1.5 GiB`
        else set(field.name, bytes)
        break
      }
      case 'node':
        if (/^-?\d+$/.test(text)) set(field.name, Number(text))
        else wrong[field.name] = `"${text}" is no node id; expected a whole number`
        break
      case 'choice':
        if (field.choices && !field.choices.includes(text)) wrong[field.name] = `expected one of ${field.choices.join(', ')}`
        else set(field.name, text)
        break
      case 'text':
        if (text !== '') set(field.name, text)
        else if (!field.optional && !field.name.startsWith(PARAMS)) wrong[field.name] = 'expected some text'
    }
  }
  if (Object.keys(wrong).length > 0) return { ok: false, wrong }
  return { ok: true, command: out as unknown as Command }
}
