/** The device types that ship with Zonelab. */
import cxlRegion from './cxl-region/index.ts'
import daxKmem from './dax-kmem/index.ts'
import e820Pmem from './e820-pmem/index.ts'
import generic from './generic/index.ts'
import hmmCoherent from './hmm-coherent/index.ts'
import hmmPrivate from './hmm-private/index.ts'
import hmmPublic from './hmm-public/index.ts'
import pciP2pdma from './pci-p2pdma/index.ts'
import pmem from './pmem/index.ts'
import type { DeviceType } from './sdk/index.ts'

export const BUILT_IN: readonly DeviceType[] = [pmem, e820Pmem, daxKmem, cxlRegion, hmmPrivate, hmmCoherent, hmmPublic, generic, pciP2pdma] as unknown as readonly DeviceType[]
