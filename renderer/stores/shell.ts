/** Which dialog is open, and which form is asked for. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { ProfileInfo } from '../../preload/contract.ts'

export const useShell = defineStore('shell', () => {
  const dialog = ref<'none' | 'find' | 'commands' | 'help' | 'profile'>('none')
  /** Id of an action whose form, or menu, shall open in the inspector. */
  const form = ref('')
  /** The list of kernels is open. */
  const kernels = ref(false)
  /** What the profile editor starts from. */
  const draft = shallowRef<ProfileInfo>()
  return { dialog, form, kernels, draft }
})
