export interface InvariantResult { readonly id: string; readonly title: string; readonly holds: boolean; readonly detail?: string; readonly byDesign?: string; readonly modelled: boolean }
import type { Kernel } from '../state/kernel.ts'
import type { RangeStore } from '../state/range-store.ts'
export const checkInvariants = (_k: Kernel, _s: RangeStore): readonly InvariantResult[] => []
