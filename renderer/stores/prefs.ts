/** What the user chose about the window; kept in local storage, never in the document. */
import { useLocalStorage, usePreferredDark, usePreferredReducedMotion } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, watchEffect } from 'vue'

export type Theme = 'system' | 'light' | 'dark'

export const usePrefs = defineStore('prefs', () => {
  const theme = useLocalStorage<Theme>('zonelab.theme', 'system')
  const systemDark = usePreferredDark()
  const dark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemDark.value))
  const motion = usePreferredReducedMotion()
  const still = computed(() => motion.value === 'reduce')
  const pane = useLocalStorage<'map' | 'text'>('zonelab.pane', 'map')
  const collapsed = useLocalStorage<string[]>('zonelab.collapsed', [])
  const logAll = useLocalStorage('zonelab.log.all', false)

  watchEffect(() => {
    document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light'
  })

  function nextTheme(): void {
    const order: readonly Theme[] = systemDark.value ? ['system', 'light', 'dark'] : ['system', 'dark', 'light']
    theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? 'system'
  }
  function toggleCollapsed(key: string): void {
    collapsed.value = collapsed.value.includes(key) ? collapsed.value.filter((k) => k !== key) : [...collapsed.value, key]
  }

  return { theme, dark, still, pane, collapsed, logAll, nextTheme, toggleCollapsed }
})
