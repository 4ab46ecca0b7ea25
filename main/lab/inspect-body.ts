/** What a description of a selected thing consists of, before writers and actions are looked up. */
import type { Inspection } from '../../preload/contract.ts'
import type { RowGroup } from './fields.ts'

export type Body = Omit<Inspection, 'selection' | 'groups' | 'actions'> & { readonly groups: readonly RowGroup[] }

export const gone = (title: string): Body => ({ path: 'Machine', title, groups: [], notes: ['It does not exist at this step.'] })
