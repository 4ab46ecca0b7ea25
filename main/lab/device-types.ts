/** Device types as the window sees them: what there is, whether the profile has it, and the form that adds a device. */
import type { Action, DeviceTypeInfo, FormField, Selection } from '../../preload/contract.ts'
import type { DeviceType } from '../../plugins/sdk/index.ts'
import { formatSize, hex } from '../engine/units.ts'
import { paramForm } from './param-form.ts'
import type { Document } from './document.ts'
import { absentFrom } from '../engine/devices.ts'

/** Where a form starts from: the node or the address range that is selected. */
interface Given { readonly node?: number; readonly start?: number; readonly size?: number }

/** `pluginOf` names the plugin that defines a type. */
export function deviceTypeInfos(doc: Document, pluginOf: (type: string) => string): DeviceTypeInfo[] {
  return types(doc).map((type) => {
    const reason = absentFrom(type, doc.engine.profile)
    return {
      id: type.id, title: type.title, doc: type.doc, plugin: pluginOf(type.id), granularity: type.granularity,
      ...(type.since === undefined ? {} : { since: type.since }), ...(type.until === undefined ? {} : { until: type.until }),
      available: reason === undefined, ...(reason === undefined ? {} : { reason }), add: addAction(doc, type, {}),
    }
  })
}

/** "Add device" of every type, for the machine, a node or a dragged range. */
export function addDeviceActions(doc: Document, s: Selection): Action[] {
  const given: Given = s.kind === 'node' || s.kind === 'zone' ? { node: s.node } : s.kind === 'range' ? { start: s.start, size: s.end - s.start } : {}
  return types(doc).map((type) => addAction(doc, type, given))
}

const types = (doc: Document): DeviceType[] => doc.engine.types.ids.flatMap((id) => doc.engine.types.get(id) ?? [])

function addAction(doc: Document, type: DeviceType, given: Given): Action {
  const reason = absentFrom(type, doc.engine.profile)
  const name: FormField = { name: 'name', label: 'name', kind: 'text', value: freeName(doc, type.id), doc: 'What the device is called here; each has its own.' }
  return {
    id: `add-device:${type.id}`, label: type.title, group: 'add device', doc: type.doc, op: 'add_device', enabled: reason === undefined,
    ...(reason === undefined ? {} : { reason, errno: 'EINVAL' }),
    base: { op: 'add_device', name: name.value, type: type.id, params: {} },
    form: [name, ...paramForm(doc, type.params).map((f) => prefilled(f, type, given))],
  }
}

/** The selected node, start and size, where the type has parameters of that meaning. */
function prefilled(field: FormField, type: DeviceType, given: Given): FormField {
  const key = field.name.slice('params.'.length)
  const kind = type.params[key]?.kind
  if (kind === 'node' && given.node !== undefined) return { ...field, value: String(given.node) }
  if (kind === 'address' && given.start !== undefined) return { ...field, value: hex(given.start) }
  if (kind === 'bytes' && key === 'size' && given.size !== undefined) return { ...field, value: formatSize(given.size) }
  return field
}

function freeName(doc: Document, type: string): string {
  const taken = new Set(doc.store.ref(doc.kernel.devices).map((d) => d.name))
  let n = 0
  while (taken.has(`${type}${n}`)) n++
  return `${type}${n}`
}
