/** What a boot log's lines give away of architecture and page size. */

export interface ArchHint { readonly arch: string; /** The higher, the surer. */ readonly weight: number }

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/x86[_-]64|\bamd64\b|-amd64\b/i, 'x86_64'],
  [/aarch64|arm64/i, 'arm64'],
  [/ppc64(?:le|el)?|powerpc64(?:le)?/i, 'ppc64'],
  [/s390x/i, 's390x'],
  [/riscv64/i, 'riscv64'],
  [/loongarch64/i, 'loongarch64'],
  [/sparc64/i, 'sparc64'],
  [/ia64|itanium/i, 'ia64'],
  [/mips64/i, 'mips64'],
  [/\bi[3-6]86\b|[.-]i?[56]86(?:-pae)?\b/i, 'i386'],
  [/arm-linux|armv[5-8]|armhf|-armmp/i, 'arm'],
]
/** The architecture that a text names, in the spelling that facts use; uname -m's own words among them. */
export const archName = (text: string): string | undefined => NAMES.find(([pattern]) => pattern.test(text))?.[1]
const named = archName

/** Lines that only one architecture prints. */
const TELLTALES: readonly (readonly [RegExp, string])[] = [
  [/^BIOS-e820: |^x86\/|^SRAT: PXM \d+ -> (?:X2)?APIC|^smpboot: /, 'x86_64'],
  [/^\d+MB HIGHMEM available/, 'i386'],
  [/^Booting Linux on physical CPU 0x[0-9a-f]{9,}/i, 'arm64'],
  [/^SRAT: PXM \d+ -> MPIDR|^ACPI: NUMA: SRAT: PXM \d+ -> MPIDR/, 'arm64'],
  [/^Using (?:pSeries|PowerNV|powernv) machine description|^(?:hash|radix)-mmu: /, 'ppc64'],
  [/^(?:setup: )?Linux is running (?:as a z\/VM guest|as a guest|under|natively in)/, 's390x'],
  [/^(?:SBI specification|SBI implementation|riscv: )/, 'riscv64'],
  [/^CPU: ARMv[4-7]/, 'arm'],
  [/^SAL \d/, 'ia64'],
  [/^PROMLIB: /, 'sparc64'],
]

export function archHint(text: string): ArchHint | undefined {
  const telltale = TELLTALES.find(([pattern]) => pattern.test(text))
  if (telltale) return { arch: telltale[1], weight: telltale[1] === 'x86_64' ? 2 : 3 }
  const version = /^Linux version (\S+)(?: \((\S*)\))?(.*)$/.exec(text)
  if (!version) return undefined
  const release = named(version[1]!)
  if (release !== undefined) return { arch: release, weight: 6 }
  const compiler = named(/\(([a-z0-9_]+-[a-z0-9_-]*-(?:gcc|clang)\S*)/i.exec(version[3]!)?.[1] ?? '')
  if (compiler !== undefined) return { arch: compiler, weight: 5 }
  const rest = named(version[3]!)
  if (rest !== undefined) return { arch: rest, weight: 4 }
  const builder = named(version[2] ?? '')
  return builder === undefined ? undefined : { arch: builder, weight: 1 }
}

/** log2 of the page size, from lines that print a size both in pages and in bytes. */
export function pageShiftHint(text: string): number | undefined {
  const release = /^Linux version \S*[+.-](4|16|64)k\b/i.exec(text)
  if (release) return Math.log2(Number(release[1])) + 10
  const percpu = /^(?:percpu|PERCPU): Embedded (\d+) pages\/cpu (?:@\S+ )?s(\d+) r(\d+) d(\d+) u\d+/.exec(text)
  if (percpu) return shiftOf((Number(percpu[2]) + Number(percpu[3]) + Number(percpu[4])) / Number(percpu[1]))
  const table = /hash table entries: \d+ \(order: (-?\d+), (\d+) bytes/.exec(text)
  return table ? shiftOf(Number(table[2]) / 2 ** Number(table[1])) : undefined
}

const shiftOf = (bytes: number): number | undefined => {
  const shift = Math.log2(bytes)
  return Number.isInteger(shift) && shift >= 12 && shift <= 16 ? shift : undefined
}
