/** The device types that there are: those that ship with Zonelab. */
import { BUILT_IN } from '../../plugins/built-in.ts'
import type { PluginInfo } from '../../preload/contract.ts'
import { deviceTypes, type DeviceTypes } from '../engine/devices.ts'
import { version } from '../../package.json'

let known: DeviceTypes | undefined
export const knownTypes = (): DeviceTypes => (known ??= deviceTypes(BUILT_IN))

/** All plugins that were found, those that cannot be used included. */
export const knownPlugins = (): readonly PluginInfo[] =>
  BUILT_IN.map((t) => ({ id: builtInId(t.id), version, title: t.title, doc: t.doc, types: [t.id], builtIn: true, enabled: true, problems: [] }))

/** Id of the plugin that defines a device type. */
export const pluginOf = (type: string): string => builtInId(type)

const builtInId = (type: string): string => `org.zonelab.${type}`
