/** Text that comes from outside: chosen, dropped and pasted files; and the scenario that goes out. */
import { useEventListener } from '@vueuse/core'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { isTypingTarget } from '../ui/platform.ts'
import { useDocument } from './document.ts'
import { useLab } from './lab.ts'
import { useShell } from './shell.ts'

/** Larger files are no captured text of a machine. */
const MOST_BYTES = 64 * 2 ** 20

/** Text of a profile and of no scenario. */
const looksLikeProfile = (text: string): boolean => /^(?:profile|from)\s*:/m.test(text) && !/^(?:zonelab|machine|steps)\s*:/m.test(text)

/** Gives a text to the user as a file. */
export function saveText(name: string, text: string): void {
  const link = window.document.createElement('a')
  const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }))
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}

export const useFiles = defineStore('files', () => {
  const document = useDocument()
  const lab = useLab()
  const shell = useShell()

  async function openFiles(list: Iterable<File>): Promise<void> {
    const files = [...list]
    if (files.length === 0) return
    const tooLarge = files.find((file) => file.size > MOST_BYTES)
    if (tooLarge) {
      document.problems = [{
        text: `${tooLarge.name}: ${tooLarge.size} bytes found, at most ${MOST_BYTES} expected`, file: tooLarge.name, code: 'ZL-FILE-SIZE',
      }]
      return
    }
    const texts = await Promise.all(files.map(async (file) => ({ name: file.name, text: await file.text() })))
    const [only] = texts
    if (only && texts.length === 1 && looksLikeProfile(only.text)) await openProfile(only)
    else await document.openTexts(texts)
  }
  /** A profile that was mailed opens in its editor. */
  async function openProfile(text: { readonly name: string; readonly text: string }): Promise<void> {
    try {
      const reply = await lab.request('readProfile', text)
      document.problems = reply.ok ? [] : reply.problems
      if (!reply.ok) return
      shell.draft = reply.value
      shell.dialog = 'profile'
    } catch (error) {
      lab.report(error)
    }
  }
  const openText = (text: string): Promise<boolean> => document.openTexts([{ name: 'pasted text', text }])

  /** Shows the host's file dialog. */
  function choose(): void {
    const input = window.document.createElement('input')
    input.type = 'file'
    input.multiple = true
    input.addEventListener('change', () => void openFiles(input.files ?? []))
    input.click()
  }

  async function exportScenario(): Promise<void> {
    try {
      const { name, text } = await lab.request('exportScenario', {})
      saveText(name, text)
    } catch (error) {
      lab.report(error)
    }
  }

  /** Accepts files anywhere in the window; says whether one hovers. Also takes text pasted outside of fields. */
  function useDrop() {
    const dropping = ref(false)
    // Text dragged from our own page is no input.
    let ours = false
    useEventListener(window, 'dragstart', () => (ours = true))
    useEventListener(window, 'dragend', () => (ours = false))
    const carriesFiles = (event: DragEvent): boolean => !ours && (event.dataTransfer?.types.includes('Files') === true || event.dataTransfer?.types.includes('text/plain') === true)
    useEventListener(window, 'dragover', (event) => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      dropping.value = true
    })
    useEventListener(window, 'dragleave', (event) => {
      if (event.relatedTarget === null) dropping.value = false
    })
    useEventListener(window, 'drop', (event) => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      dropping.value = false
      const files = event.dataTransfer?.files
      if (files && files.length > 0) void openFiles(files)
      else void openText(event.dataTransfer?.getData('text/plain') ?? '')
    })
    useEventListener(window, 'paste', (event) => {
      if (document.info || isTypingTarget(event.target)) return
      const files = event.clipboardData?.files
      if (files && files.length > 0) void openFiles(files)
      else {
        const text = event.clipboardData?.getData('text/plain') ?? ''
        if (text.trim() !== '') void openText(text)
      }
    })
    return dropping
  }

  return { openFiles, openText, choose, exportScenario, useDrop }
})
