/** libnvdimm for device types: pmem regions, their namespaces, and the commands of ndctl and daxctl on them. */
export { namespaceActions, NAMESPACE_MODES } from './actions.ts'
export { describeRegion } from './describe.ts'
export { createNamespace, destroyNamespace, disableNamespace, disableRegion, enableNamespace, enableRegion } from './ndctl.ts'
export type { CreateNamespaceOptions } from './ndctl.ts'
export { daxDeviceName, memregionAlloc, modeOf, namespaceName, ndRegion, noteRegion, namespaceBind, namespaceUnbind, numaMapToOnlineNode, ramInTheWay, regionOf } from './namespace.ts'
export type { NdRegion, RegionDescription } from './namespace.ts'
export { infoBlockReserve, pfnInit, setupPfn, supportedAlignments } from './pfn.ts'
export type { InfoBlock, PfnRefusal } from './pfn.ts'
