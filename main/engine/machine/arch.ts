/**
 * Constants that a kernel of an architecture has where no text tells: kernel-behaviour 1.1 and 1.4. Page size and kernel
 * version decide where a configuration does.
 */
import { GiB, MiB, TiB } from '../units.ts'
import type { MachineConstants, ZoneLimits } from './description.ts'
import { X86_64, X86_64_ZONES } from './description.ts'

export interface ArchFacts {
  readonly constants: MachineConstants
  readonly zoneLimits: ZoneLimits
  /** Size of a memory block when nobody says otherwise; absent where firmware decides (powerpc: the LMB size, s390: the increment). */
  readonly blockSize?: number
}

interface Version { readonly major: number; readonly minor: number }
const since = (v: Version | undefined, major: number, minor: number): boolean => !v || v.major > major || (v.major === major && v.minor >= minor)

/** Pageblock order and MAX_ORDER (6.1 meaning) by page shift where huge pages are one page-table level: 4K, 16K, 64K. */
const bySize = (shift: number): { pageblockOrder: number; maxOrder: number } =>
  shift === 16 ? { pageblockOrder: 13, maxOrder: 14 } : shift === 14 ? { pageblockOrder: 11, maxOrder: 12 } : { pageblockOrder: 9, maxOrder: 11 }

export function archFacts(arch: string, pageShift: number | undefined, version?: Version): ArchFacts {
  const common = { subsectionShift: 21, structPageSize: 64 }
  switch (arch) {
    case 'arm64': {
      const shift = pageShift ?? 12
      const sectionShift = !since(version, 5, 12) ? 30 : shift === 16 ? 29 : 27
      return {
        constants: { ...common, ...bySize(shift), pageShift: shift, sectionShift, maxPhysmemBits: 48 },
        zoneLimits: { dma: 4 * GiB, dma32: 4 * GiB },
        blockSize: 2 ** sectionShift,
      }
    }
    case 'riscv64':
      return {
        constants: { ...common, ...bySize(12), pageShift: pageShift ?? 12, sectionShift: 27, maxPhysmemBits: 52 },
        zoneLimits: { dma32: 4 * GiB },
        blockSize: 128 * MiB,
      }
    case 'loongarch64':
      return {
        constants: { ...common, ...bySize(pageShift ?? 14), pageShift: pageShift ?? 14, sectionShift: 29, maxPhysmemBits: 48 },
        zoneLimits: { dma32: 4 * GiB },
        blockSize: 512 * MiB,
      }
    case 'ppc64': {
      const shift = pageShift ?? 16
      return {
        constants: { ...common, pageShift: shift, sectionShift: 24, pageblockOrder: shift === 16 ? 5 : 9, maxOrder: shift === 16 ? 9 : 13, maxPhysmemBits: 51 },
        zoneLimits: { dma: 2 * GiB },
      }
    }
    case 's390x':
      return {
        constants: { ...common, pageShift: 12, sectionShift: 28, pageblockOrder: 8, maxOrder: 9, maxPhysmemBits: 46 },
        zoneLimits: { dma: 2 * GiB },
      }
    case 'ia64':
      return {
        constants: { ...common, pageShift: pageShift ?? 14, sectionShift: 30, pageblockOrder: 14, maxOrder: 17, maxPhysmemBits: 50 },
        zoneLimits: { dma32: 4 * GiB },
        blockSize: GiB,
      }
    case 'sparc64':
      return {
        constants: { ...common, pageShift: pageShift ?? 13, sectionShift: 30, pageblockOrder: 10, maxOrder: 13, maxPhysmemBits: 52 },
        zoneLimits: {},
        blockSize: GiB,
      }
    case 'i386':
      return {
        constants: { ...X86_64, sectionShift: 29, maxPhysmemBits: 36, structPageSize: 32 },
        zoneLimits: { dma: 16 * MiB },
        blockSize: 512 * MiB,
      }
    case 'arm':
      return {
        constants: { ...X86_64, sectionShift: 28, maxPhysmemBits: 40, structPageSize: 32 },
        zoneLimits: {},
        blockSize: 256 * MiB,
      }
    default:
      return { constants: { ...X86_64, pageShift: pageShift ?? X86_64.pageShift }, zoneLimits: X86_64_ZONES }
  }
}

/** The least number of address bits that holds every address below `end`, at least `bits`. */
export function physmemBits(bits: number, end: number): number {
  for (let b = bits; b < 52; b++) if (end <= 2 ** b) return b
  return Math.max(bits, 52)
}

/** iomem's end when nobody tells it: the power of two that holds all, at least 1 TiB, as QEMU's CPUs and small servers have. */
export function iomemEndFor(highest: number): number {
  let end = TiB
  while (end < highest) end *= 2
  return end
}
