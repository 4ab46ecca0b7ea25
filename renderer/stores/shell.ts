/** Which dialog is open, and which form is asked for. */
import { defineStore } from 'pinia'
import { ref } from 'vue'

export const useShell = defineStore('shell', () => {
  const dialog = ref<'none' | 'find' | 'commands' | 'help'>('none')
  /** Id of an action whose form, or menu, shall open in the inspector. */
  const form = ref('')
  return { dialog, form }
})
