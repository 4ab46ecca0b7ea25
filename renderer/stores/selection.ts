/** What is selected, everywhere at once, and what main says about it. */
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { Inspection, Selection } from '../../preload/contract.ts'
import { rangeOfSelection } from '../map/hit.ts'
import { useDocument } from './document.ts'
import { useLab } from './lab.ts'
import { useShell } from './shell.ts'

/** Stable text of a selection: equal selections have equal keys. */
export const selectionKey = (selection: Selection): string => Object.values(selection).join(' ')

export const useSelection = defineStore('selection', () => {
  const lab = useLab()
  const document = useDocument()
  const shell = useShell()
  const selection = shallowRef<Selection>({ kind: 'machine' })
  const inspection = shallowRef<Inspection>()
  let asked = 0

  const key = computed(() => selectionKey(selection.value))
  const is = (other: Selection | undefined): boolean => other !== undefined && selectionKey(other) === key.value
  /** Bytes of what is selected; main knows them for zones, nodes and DIMMs. */
  const range = computed(() => {
    const own = rangeOfSelection(selection.value, document.sizes)
    if (own) return own
    return inspection.value && selectionKey(inspection.value.selection) === key.value ? inspection.value.range : undefined
  })

  function select(next: Selection): void {
    selection.value = next
  }
  const clear = (): void => select({ kind: 'machine' })
  /** Opens the form of an action, or the menu of a group: here where the selection offers it, else on the machine. */
  function openForm(form: string): void {
    if (!inspection.value?.actions.some((action) => action.id === form || action.group === form)) clear()
    shell.form = form
  }

  async function inspect(): Promise<void> {
    const number = ++asked
    if (!document.info) return
    try {
      const reply = await lab.request('inspect', { selection: selection.value })
      if (number === asked) inspection.value = reply
    } catch (error) {
      if (number === asked) lab.report(error)
    }
  }
  watch([key, () => document.info?.revision], () => void inspect())
  watch(() => document.opened, () => {
    inspection.value = undefined
    clear()
  })

  return { selection, inspection, key, range, is, select, clear, openForm }
})
