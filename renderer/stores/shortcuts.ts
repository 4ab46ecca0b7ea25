/** The window's keys. One table: the handler, the help and the palette read the same lines. */
import { useEventListener } from '@vueuse/core'
import { isTypingTarget, MOD } from '../ui/platform.ts'
import { useComparison } from './comparison.ts'
import { useDocument } from './document.ts'
import { useFiles } from './files.ts'
import { usePrefs } from './prefs.ts'
import { useRaces } from './races.ts'
import { useSelection } from './selection.ts'
import { useShell } from './shell.ts'
import { useTiming } from './timing.ts'
import { useView } from './view.ts'

export interface Shortcut { readonly keys: string; readonly does: string; readonly group: 'Map' | 'History' | 'Window' }

export const SHORTCUTS: readonly Shortcut[] = [
  { group: 'Map', keys: 'W S', does: 'zoom in, out' },
  { group: 'Map', keys: 'A D', does: 'pan left, right' },
  { group: 'Map', keys: 'F', does: 'fit what is selected' },
  { group: 'Map', keys: '0', does: 'fit the whole space' },
  { group: 'Map', keys: 'wheel', does: 'zoom at the pointer; Shift or sideways pans' },
  { group: 'Map', keys: 'drag', does: 'pan; with Shift, select an address range' },
  { group: 'Map', keys: 'click //', does: 'open a fold; click again on the axis to close it' },
  { group: 'Map', keys: 'Tab ← →', does: 'walk the things of a track' },
  { group: 'Map', keys: 'Esc', does: 'select the machine' },
  { group: 'History', keys: '[ ]', does: 'one step back, forward' },
  { group: 'History', keys: `${MOD}Z`, does: 'undo' },
  { group: 'History', keys: `${MOD}Shift Z`, does: 'redo' },
  { group: 'Window', keys: '/', does: 'find an address, pfn, block, zone or device' },
  { group: 'Window', keys: `${MOD}K`, does: 'commands' },
  { group: 'Window', keys: `${MOD}O`, does: 'open files' },
  { group: 'Window', keys: `${MOD}S`, does: 'export the scenario' },
  { group: 'Window', keys: '1 2 3', does: 'map, text, plugins' },
  { group: 'Window', keys: '4', does: 'compare two kernels; N next difference, Shift N the one before' },
  { group: 'Window', keys: '5', does: 'timeline; W S A D 0 zoom, pan and fit it' },
  { group: 'Window', keys: '6', does: 'races; J K step through the trace, Enter opens what is folded' },
  { group: 'Window', keys: '?', does: 'these keys' },
]

const PAN = 0.15
const ZOOM = 1.3

export function useShortcuts(): void {
  const document = useDocument()
  const view = useView()
  const selected = useSelection()
  const shell = useShell()
  const files = useFiles()
  const prefs = usePrefs()
  const comparison = useComparison()
  const timing = useTiming()
  const races = useRaces()

  const withMod = (event: KeyboardEvent): (() => void) | undefined => {
    switch (event.key.toLowerCase()) {
      case 'k': return () => (shell.dialog = 'commands')
      case 'o': return files.choose
      case 's': return () => void files.exportScenario()
      case 'z': return event.shiftKey ? document.redo : document.undo
      case 'y': return document.redo
      default: return undefined
    }
  }
  const single = (event: KeyboardEvent): (() => void) | undefined => {
    switch (event.key) {
      case '?': return () => (shell.dialog = 'help')
      default:
    }
    const { info } = document
    if (!info) return undefined
    if (timing.shown) {
      switch (event.key.toLowerCase()) {
        case 'w': return () => timing.zoom(ZOOM)
        case 's': return () => timing.zoom(1 / ZOOM)
        case 'a': return () => timing.pan(-PAN)
        case 'd': return () => timing.pan(PAN)
        case '0': return timing.fit
        default:
      }
    }
    if (races.shown && races.draft === undefined) {
      switch (event.key.toLowerCase()) {
        case 'j': return () => races.move(1)
        case 'k': return () => races.move(-1)
        default:
      }
    }
    switch (event.key) {
      case '/': return () => (shell.dialog = 'find')
      case '[': return () => document.goto(info.position - 1)
      case ']': return () => document.goto(info.position + 1)
      case '0': return () => view.fitAll()
      case '1': return () => (prefs.pane = 'map')
      case '2': return () => (prefs.pane = 'text')
      case '3': return () => (prefs.pane = 'plugins')
      case '4': return () => (prefs.pane = 'diff')
      case '5': return () => (prefs.pane = 'time')
      case '6': return () => (prefs.pane = 'races')
      case 'Escape': return selected.clear
      default:
    }
    switch (event.key.toLowerCase()) {
      case 'w': return () => view.zoom(ZOOM)
      case 's': return () => view.zoom(1 / ZOOM)
      case 'a': return () => view.pan(-PAN * view.width)
      case 'd': return () => view.pan(PAN * view.width)
      case 'n': return comparison.shown ? () => comparison.next(event.shiftKey ? -1 : 1) : undefined
      case 'f': return () => selected.range && view.fitRange(selected.range)
      default: return undefined
    }
  }

  useEventListener(window, 'keydown', (event) => {
    if (event.defaultPrevented || shell.dialog !== 'none' || shell.kernels) return
    const mod = event.ctrlKey || event.metaKey
    if (isTypingTarget(event.target) && !(mod && event.key.toLowerCase() === 'k')) return
    if (event.altKey) return
    if (mod && (event.key.toLowerCase() === 's' || event.key.toLowerCase() === 'z') && !document.info) return
    const act = mod ? withMod(event) : single(event)
    if (!act) return
    event.preventDefault()
    act()
  })
}
