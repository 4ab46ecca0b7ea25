/** Which dialog is open. */
import { defineStore } from 'pinia'
import { ref } from 'vue'

export const useShell = defineStore('shell', () => {
  const dialog = ref<'none' | 'find' | 'commands' | 'help'>('none')
  return { dialog }
})
