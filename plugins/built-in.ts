/** The device types that ship with Zonelab. */
import generic from './generic/index.ts'
import hmmCoherent from './hmm-coherent/index.ts'
import hmmPrivate from './hmm-private/index.ts'
import pciP2pdma from './pci-p2pdma/index.ts'
import type { DeviceType } from './sdk/index.ts'

export const BUILT_IN: readonly DeviceType[] = [hmmPrivate, hmmCoherent, generic, pciP2pdma] as unknown as readonly DeviceType[]
