/** The two kernels that are compared: which they are, kept for the document. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { ProfileChoice } from '../../preload/contract.ts'

export const useComparison = defineStore('comparison', () => {
  const sides = shallowRef<{ readonly a: ProfileChoice; readonly b: ProfileChoice }>()
  function begin(a: ProfileChoice | undefined, b: ProfileChoice): void {
    if (a) sides.value = { a, b }
  }
  return { sides, begin }
})
