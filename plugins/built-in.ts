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
import type { AnyDeviceType } from './sdk/index.ts'
import virtioMem from './virtio-mem/index.ts'

export const BUILT_IN: readonly AnyDeviceType[] = [pmem, e820Pmem, daxKmem, cxlRegion, hmmPrivate, hmmCoherent, hmmPublic, generic, pciP2pdma, virtioMem]
