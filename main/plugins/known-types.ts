/** The device types that there are: those that ship with Zonelab. */
import { BUILT_IN } from '../../plugins/built-in.ts'
import { deviceTypes, type DeviceTypes } from '../engine/devices.ts'

let known: DeviceTypes | undefined
export const knownTypes = (): DeviceTypes => (known ??= deviceTypes(BUILT_IN))
