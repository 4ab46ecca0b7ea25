/** Everything that the palette offers: what can be done to the selection, then what the window can do. */
import { computed } from 'vue'
import { errnoWord, wouldWords } from '../ui/format.ts'
import { MOD } from '../ui/platform.ts'
import { useDocument } from './document.ts'
import { useFiles } from './files.ts'
import { useKernels } from './kernels.ts'
import { usePrefs } from './prefs.ts'
import { useSelection } from './selection.ts'
import { useShell } from './shell.ts'
import { useView } from './view.ts'

export interface PaletteCommand {
  readonly id: string
  readonly label: string
  readonly detail: string
  readonly keys?: string
  readonly disabled?: boolean
  readonly run: () => void
}

export function useCommands() {
  const document = useDocument()
  const selected = useSelection()
  const view = useView()
  const prefs = usePrefs()
  const files = useFiles()
  const shell = useShell()
  const kernels = useKernels()

  const nodeKeys = (): string[] => document.axis?.nodes.map((n) => `node ${n.node}`) ?? []

  return computed((): readonly PaletteCommand[] => {
    const out: PaletteCommand[] = []
    const { info } = document
    const inspection = selected.inspection
    if (info && inspection) {
      for (const action of inspection.actions) {
        const { command, commands } = action
        const hasForm = (action.form?.length ?? 0) > 0
        if (!command && !commands && !hasForm) continue
        const why = [action.errno ? `${action.enabled ? `${wouldWords(action.errno)} ` : ''}${errnoWord(action.errno)}` : '', action.reason ?? ''].filter((s) => s !== '').join(' ')
        out.push({
          id: `action ${action.id}`, label: `${action.group === undefined ? '' : `${action.group}: `}${action.label}${hasForm ? '…' : ''}`, disabled: !action.enabled,
          detail: [inspection.title, why].filter((s) => s !== '').join(' · '),
          run: () => {
            if (hasForm) selected.openForm(action.id)
            else if (commands) void document.runAll(commands)
            else if (command) void document.run(command)
          },
        })
      }
    }
    if (info) {
      out.push(
        { id: 'find', label: 'Find…', detail: 'address, pfn, block, zone, device', keys: '/', run: () => setTimeout(() => (shell.dialog = 'find')) },
        { id: 'undo', label: 'Undo', detail: info.undoes ?? (document.current ? `${document.current.op} ${document.current.target}` : ''), keys: `${MOD}Z`, disabled: !info.canUndo, run: document.undo },
        { id: 'redo', label: 'Redo', detail: info.redoes ?? '', keys: `${MOD}Shift Z`, disabled: !info.canRedo, run: document.redo },
        { id: 'boot', label: 'Go to boot', detail: 'step 0', disabled: info.position === 0, run: () => document.goto(0) },
        { id: 'latest', label: 'Go to the last step', detail: `step ${info.steps}`, disabled: info.position === info.steps, run: () => document.goto(info.steps) },
        { id: 'fit', label: 'Fit the whole space', detail: 'map', keys: '0', run: () => view.fitAll() },
        { id: 'fit-selection', label: 'Fit what is selected', detail: inspection?.title ?? '', keys: 'F', disabled: !selected.range, run: () => selected.range && view.fitRange(selected.range) },
        { id: 'machine', label: 'Select the machine', detail: 'add memory, plug a DIMM, policies', keys: 'Esc', run: selected.clear },
        { id: 'map', label: 'Show the map', detail: '', keys: '1', run: () => (prefs.pane = 'map') },
        { id: 'text', label: 'Show the text files', detail: 'zoneinfo, iomem, lsmem, blocks', keys: '2', run: () => (prefs.pane = 'text') },
        { id: 'plugins', label: 'Show the plugins', detail: 'device types', keys: '3', run: () => (prefs.pane = 'plugins') },
        { id: 'kernels', label: 'Another kernel…', detail: `now ${info.profile}`, run: () => void kernels.load().then(() => (shell.kernels = true)) },
        {
          id: 'edit-kernel', label: 'Change decisions of the kernel…', detail: 'a profile of your own',
          run: () => setTimeout(() => {
            shell.draft = undefined
            shell.dialog = 'profile'
          }),
        },
        { id: 'diff', label: 'Compare two kernels', detail: 'where they part on this history, and why', keys: '4', run: () => (prefs.pane = 'diff') },
        { id: 'timeline', label: 'Show the timeline', detail: 'who waits for whom, and for how long', keys: '5', run: () => (prefs.pane = 'time') },
        { id: 'races', label: 'Show the races', detail: 'every order in which threads can take their steps', keys: '6', run: () => (prefs.pane = 'races') },
        { id: 'expand', label: 'Show all tracks', detail: 'undo every collapse', disabled: prefs.collapsed.length === 0, run: () => (prefs.collapsed = []) },
        { id: 'nodes', label: 'Fold all nodes', detail: 'their zones in one row each', run: () => prefs.setCollapsed(nodeKeys(), true) },
        { id: 'open-nodes', label: 'Open all nodes', detail: 'one lane a zone', run: () => prefs.setCollapsed(nodeKeys(), false) },
        { id: 'export', label: 'Export scenario', detail: info.name, keys: `${MOD}S`, run: () => void files.exportScenario() },
        { id: 'close', label: 'Close the document', detail: 'to the start screen', run: document.close },
      )
    }
    out.push(
      { id: 'open', label: 'Open files…', detail: 'scenario, boot log, zoneinfo, iomem, lsmem', keys: `${MOD}O`, run: files.choose },
      { id: 'theme-light', label: 'Light theme', detail: '', run: () => (prefs.theme = 'light') },
      { id: 'theme-dark', label: 'Dark theme', detail: '', run: () => (prefs.theme = 'dark') },
      { id: 'theme-system', label: 'Theme of the system', detail: '', run: () => (prefs.theme = 'system') },
      { id: 'help', label: 'Keys', detail: '', keys: '?', run: () => setTimeout(() => (shell.dialog = 'help')) },
    )
    return out
  })
}
