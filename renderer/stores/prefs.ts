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
  const pane = useLocalStorage<'map' | 'text' | 'races' | 'time' | 'diff' | 'plugins'>('zonelab.pane', 'map')
  const collapsed = useLocalStorage<string[]>('zonelab.collapsed', [])
  /** Nodes that stay open where there is no room for the zones of all. */
  const opened = useLocalStorage<string[]>('zonelab.opened', [])
  const logAll = useLocalStorage('zonelab.log.all', false)

  watchEffect(() => {
    document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light'
  })

  function nextTheme(): void {
    const order: readonly Theme[] = systemDark.value ? ['system', 'light', 'dark'] : ['system', 'dark', 'light']
    theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? 'system'
  }
  /** Collapses tracks or nodes, or opens them; either outlives a lack of room. */
  function setCollapsed(keys: readonly string[], value: boolean): void {
    const others = (list: readonly string[]): string[] => list.filter((key) => !keys.includes(key))
    collapsed.value = value ? [...others(collapsed.value), ...keys] : others(collapsed.value)
    opened.value = value ? others(opened.value) : [...others(opened.value), ...keys]
  }

  return { theme, dark, still, pane, collapsed, opened, logAll, nextTheme, setCollapsed }
})
