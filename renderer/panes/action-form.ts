/** From the texts of an action's form to the command it stands for. Main validates it again; here errors get their field. */
import type { Action, Command } from '../../preload/contract.ts'
import { parseBytes } from '../ui/format.ts'

export type FormResult = { readonly ok: true; readonly command: Command } | { readonly ok: false; readonly wrong: Record<string, string> }

export function commandFrom(action: Action, values: Readonly<Record<string, string>>): FormResult {
  const wrong: Record<string, string> = {}
  const out: Record<string, unknown> = { ...action.command, ...(action.op && { op: action.op }) }
  for (const field of action.form ?? []) {
    const text = (values[field.name] ?? '').trim()
    switch (field.kind) {
      case 'bytes': {
        const bytes = parseBytes(text)
        if (bytes === undefined) wrong[field.name] = `"${text}" is no size; expected 512M, 0x40000000 or 1.5 GiB`
        else out[field.name] = bytes
        break
      }
      case 'node':
        if (/^-?\d+$/.test(text)) out[field.name] = Number(text)
        else wrong[field.name] = `"${text}" is no node id; expected a whole number`
        break
      case 'choice':
        if (field.choices && !field.choices.includes(text)) wrong[field.name] = `expected one of ${field.choices.join(', ')}`
        else out[field.name] = text
        break
      case 'text':
        if (text === '') wrong[field.name] = 'expected some text'
        else out[field.name] = text
    }
  }
  if (Object.keys(wrong).length > 0) return { ok: false, wrong }
  return { ok: true, command: out as unknown as Command }
}
