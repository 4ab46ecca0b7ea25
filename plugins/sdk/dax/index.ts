/** Device-dax and kmem for device types, with the commands of daxctl on them. */
export { daxActionsOn } from './actions.ts'
export { disableDevice, enableDevice, offlineMemory, onlineMemory, reconfigureDevice } from './daxctl.ts'
export type { ReconfigureOptions } from './daxctl.ts'
export { daxBind, daxKmemRange, daxUnbind, devDax, devDaxKmemProbe, devDaxKmemRemove, devDaxProbe, heldByDax, NO_DEV_DAX } from './dev-dax.ts'
export type { DevDax } from './dev-dax.ts'
