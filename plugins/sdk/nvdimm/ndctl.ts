/**
 * What ndctl does with a namespace: sysfs reads and writes around libnvdimm's own steps. Order, checks and refusals are those of ndctl 76,
 * for a namespace over the whole region. Answers 0 or a negative errno.
 */
import type { MachineView } from '../device-type.ts'
import { ERRNO, kernel, type Steps } from '../steps.ts'
import { countBlocks } from '../dax/daxctl.ts'
import { modeOf, namespaceBind, namespaceName, namespaceSetup, namespaceUnbind, noteRegion, zeroInfoBlock, type NdRegion } from './namespace.ts'
import { supportedAlignments } from './pfn.ts'

const MiB = 2 ** 20

export interface CreateNamespaceOptions {
  /** Absent: the mode that it has. */
  readonly mode?: 'raw' | 'fsdax' | 'devdax'
  /** Where struct pages live; absent: on the device. */
  readonly map?: 'mem' | 'dev'
  /** Absent: the alignment that it has, or 2 MiB. */
  readonly align?: number
  /** --force: also when it is active. */
  readonly force: boolean
}

/** MEMREMAP_COMPAT_ALIGN_MAX: regions are cut in these steps. */
const regionAlign = (r: NdRegion, machine: MachineView): number => (r.end - r.start < 16 * MiB ? machine.pageSize : 16 * MiB)

/** ndctl create-namespace -e namespaceN.0: what there was is taken apart, then the namespace is set up anew. */
export function* createNamespace(r: NdRegion, options: CreateNamespaceOptions, machine: MachineView): Steps {
  const name = namespaceName(r)
  const size = r.end - r.start
  const refuse = (errno: number, reason: string) => kernel.fail(errno, `ndctl gives up: ${reason}`)
  // validate_namespace_options
  if (!r.regionActive) return yield refuse(ERRNO.EAGAIN, `region${r.region} is disabled`)
  const before = modeOf(r)
  const mode = options.mode ?? before
  const [page = 4096, pmd = 2 * MiB] = supportedAlignments(machine)
  let align: number
  if (options.align !== undefined) {
    if (mode === 'raw') return yield refuse(ERRNO.ENXIO, 'raw mode has no alignment')
    if (!supportedAlignments(machine).includes(options.align)) return yield refuse(ERRNO.ENXIO, `an alignment of 0x${options.align.toString(16)} is not supported`)
    align = options.align
  } else {
    align = mode === before && r.exists ? (r.info === 'none' ? page : r.infoAlign) : mode === 'raw' ? page : pmd
    if (r.start % align !== 0) align = page
  }
  if (size % regionAlign(r, machine) !== 0) return yield refuse(ERRNO.EINVAL, `the size is not a multiple of 0x${regionAlign(r, machine).toString(16)}, the region's alignment`)
  if (size % align !== 0) return yield refuse(ERRNO.EINVAL, `the size is not a multiple of the alignment 0x${align.toString(16)}`)
  if (size < 16 * MiB && mode !== 'raw') return yield refuse(ERRNO.EINVAL, `${mode} mode needs 16 MiB at least`)
  if (options.map !== undefined && mode === 'raw') return yield refuse(ERRNO.EINVAL, 'raw mode has no struct pages to place')
  const map = options.map ?? 'dev'
  if (r.exists) {
    const err = yield* prepReconfig(r, options.force, machine)
    if (err < 0) return err
  }
  // setup_namespace
  r.exists = true
  if (mode !== 'raw' && r.start % (16 * MiB) !== 0 && !options.force) return yield refuse(ERRNO.EINVAL, `${name} does not start at a multiple of 16 MiB`)
  let err: number
  if (mode === 'devdax') err = yield* namespaceSetup(r, { kind: 'dax', map, align }, machine)
  // a legacy namespace has struct pages in RAM without a pfn device
  else if (mode === 'fsdax' && (modeOf(r) !== 'fsdax' || map === 'dev')) err = yield* namespaceSetup(r, { kind: 'pfn', map, align }, machine)
  else err = yield* namespaceBind(r, machine)
  yield* noteRegion(r)
  return err
}

/** namespace_prep_reconfig(): disables the namespace and writes zeros over its info block. */
function* prepReconfig(r: NdRegion, force: boolean, machine: MachineView): Steps {
  if (r.active && !force) return yield kernel.fail(ERRNO.EBUSY, `${namespaceName(r)} is active: ndctl wants --force`)
  const err = yield* disableSafe(r, machine)
  if (err < 0) return err
  yield* zeroInfoBlock(r, machine)
  yield* noteRegion(r)
  return 0
}

/** ndctl_namespace_disable_safe(): not while memory of its dax device is online. */
function* disableSafe(r: NdRegion, machine: MachineView): Steps {
  if (r.daxDriver === 'kmem') {
    const count = { all: 0, online: 0 }
    yield* countBlocks(r, machine, count)
    if (count.online > 0) return yield kernel.fail(ERRNO.EBUSY, `${count.online} of ${count.all} memory blocks of ${r.daxName} are online: ndctl refuses to disable ${namespaceName(r)}`)
  }
  yield* namespaceUnbind(r)
  yield* noteRegion(r)
  return 0
}

/** ndctl destroy-namespace: without labels its info block is erased, and it is there, raw and disabled, as it was; with labels it is gone. */
export function* destroyNamespace(r: NdRegion, force: boolean, machine: MachineView): Steps {
  if (!r.exists) return yield kernel.fail(ERRNO.ENXIO, `${namespaceName(r)} has no capacity`)
  const err = yield* prepReconfig(r, force, machine)
  if (err < 0) return err
  if (r.labelled) r.exists = false
  yield* noteRegion(r)
  return 0
}

/** ndctl disable-namespace */
export function* disableNamespace(r: NdRegion, machine: MachineView): Steps {
  return yield* disableSafe(r, machine)
}

/** ndctl enable-namespace: the driver binds to what the info block says. */
export function* enableNamespace(r: NdRegion, machine: MachineView): Steps {
  if (!r.regionActive) return yield kernel.fail(ERRNO.ENXIO, `region${r.region} is disabled`)
  const err = yield* namespaceBind(r, machine)
  yield* noteRegion(r)
  return err
}

/** ndctl disable-region: its namespaces first, each as disable-namespace does. */
export function* disableRegion(r: NdRegion, machine: MachineView): Steps {
  const err = yield* disableSafe(r, machine)
  if (err < 0) return err
  r.regionActive = false
  yield* noteRegion(r)
  return 0
}

/** ndctl enable-region, and what plugging comes to: nd_region_probe() registers the namespace, to which a driver binds. */
export function* enableRegion(r: NdRegion, machine: MachineView): Steps {
  if (r.regionActive) return 0
  r.regionActive = true
  if (r.exists) yield* namespaceBind(r, machine)
  yield* noteRegion(r)
  return 0
}
