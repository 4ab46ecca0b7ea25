/**
 * What drivers share that claim a range and map it with memremap_pages(): parameters and policies to spread into a type.
 *
 * ```ts
 * defineDeviceType({ id: 'my-hbm', …, params: { size: param.bytes({ … }), ...devm.params }, ...devm.policies, memory: 'generic' })
 * ```
 *
 * The type declares `size` itself, with the default that suits it.
 */
import type { Placement } from './device-type.ts'
import { param, type ValuesOf } from './params.ts'
import type { AltmapPages, ReleasePolicy } from './steps.ts'

const params = {
  at: param.optionalAddress({ doc: 'Where the range starts; nothing: the highest free region, in whole sections.' }),
  node: param.node(),
  claim: param.bool({ default: true, doc: 'Claim the range first, as every careful driver does. A free region is always claimed.' }),
  release: param.choice({
    choices: ['driver', 'keep', 'release', 'sysram-only', 'refcount', 'device-managed-flag'], default: 'driver', advanced: true,
    doc: 'Who gives the claimed range back, and when: the driver (as kernels do since v5.2), nobody (keep), whoever takes the struct pages away (release), or one of the other rules of 2018.',
  }),
  region: param.text({ default: '', advanced: true, doc: 'Name of the claimed range in /proc/iomem; nothing: the name of the device.' }),
  reserve: param.optionalInt({ min: 0, advanced: true, doc: 'Altmap: leading pages kept for the driver.' }),
  free: param.optionalInt({ min: 0, advanced: true, doc: 'Altmap: pages set aside for the struct pages.' }),
  base: param.optionalInt({ min: 0, advanced: true, doc: 'Altmap: base pfn, when it is not the first of the range (which is refused).' }),
  shift: param.int({ default: 0, min: 0, max: 30, advanced: true, doc: 'log2 of pages in a compound device page; 0 for base pages. v6.18 and later refuse more than 18 (1 GiB), kernels before v5.17 know base pages only.' }),
}
type Values = ValuesOf<typeof params>

const policies = {
  placement: ({ at, size }: Values & { readonly size: number }): Placement => (at === undefined ? { at: 'free-region', size } : { at: 'fixed', start: at, size }),
  altmap: ({ reserve, free, base }: Values): AltmapPages | undefined =>
    reserve === undefined && free === undefined ? undefined : { reserve: reserve ?? 0, free: free ?? 0, ...(base === undefined ? {} : { base }) },
  vmemmapShift: ({ shift }: Values): number => shift,
  resource: {
    name: (name: string, { region }: Values): string => region || name,
    claim: ({ claim }: Values): boolean => claim,
    release: ({ release }: Values): ReleasePolicy => release,
  },
}

/** Parameters `at`, `node`, `claim`, `region`, altmap and compound page size, and the policies that they decide. */
export const devm = { params, policies } as const
