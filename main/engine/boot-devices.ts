/**
 * Devices that are there after boot: those of the description, or else those whose types find them by themselves, as drivers
 * that bind to what firmware describes. They are part of boot: history starts after them.
 */
import type { Booted } from './boot/boot.ts'
import type { DeviceTypes } from './devices.ts'
import { executeHook } from './execute-device.ts'
import type { BootDevice } from './machine/description.ts'
import { machineView } from './machine-view.ts'
import { operationOf } from './operation-of.ts'

/** Plugs them and answers what could not be plugged, in words. */
export function plugBootDevices(booted: Booted, types: DeviceTypes): string[] {
  const { kernel: k, store } = booted
  const warnings: string[] = []
  const devices = k.description.devices ?? foundAtBoot(booted, types, warnings)
  for (const { name, type, params } of devices) {
    const of = operationOf(booted, types, { op: 'add_device', name, type, params })
    const result = !of.ok ? of.refused : executeHook(booted, of.bound, of.bound.hook ?? { type, name: 'onPlug' })
    if (result.ret < 0) warnings.push(`device "${name}" (${type}) is not there after boot: ${result.reason ?? result.errno ?? result.ret}`)
  }
  store.journal.entries.length = 0
  store.journal.applied = 0
  return warnings
}

/** A machine that was taken over while it ran shows what its drivers had done in its own resources. */
function foundAtBoot({ kernel: k, store }: Booted, types: DeviceTypes, warnings: string[]): BootDevice[] {
  if (k.description.adopted) return []
  const machine = machineView(k, store)
  return types.ids.flatMap((id) => {
    const type = types.get(id)
    try {
      return (type?.atBoot?.(machine) ?? []).map(({ name, params }): BootDevice => ({ name, type: id, params }))
    } catch (e) {
      warnings.push(`device type ${id}, atBoot: ${e instanceof Error ? e.message : String(e)}`)
      return []
    }
  })
}
