/** The open document as the window knows it: small answers of main, asked again whenever main says that it changed. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type {
  Axis, Command, DocumentInfo, HistoryEntry, InputProblem, InvariantResult, LogEntry, Outcome, Outline, Params, RunReply,
} from '../../preload/contract.ts'
import { addressDigits } from '../ui/format.ts'
import { useLab } from './lab.ts'

export const useDocument = defineStore('document', () => {
  const lab = useLab()
  const info = shallowRef<DocumentInfo | null>(null)
  const outline = shallowRef<Outline>()
  const axis = shallowRef<Axis>()
  const history = shallowRef<readonly HistoryEntry[]>([])
  const log = shallowRef<readonly LogEntry[]>([])
  const invariants = shallowRef<readonly InvariantResult[]>([])
  /** Bad input of the last open, paste or drop; the document is untouched. */
  const problems = shallowRef<readonly InputProblem[]>([])
  /** Counts documents, not steps: views start afresh when it changes. */
  const opened = ref(0)
  /** Main has said whether a document is open; until then there is nothing to show, not even the start screen. */
  const known = ref(false)
  let refreshing = false
  let again = false

  const digits = computed(() => addressDigits(axis.value?.spaceEnd ?? 2 ** 40))
  const sizes = computed(() => ({
    page: outline.value?.pageSize ?? 4096,
    subsection: outline.value?.subsectionSize ?? 2 ** 21,
    section: outline.value?.sectionSize ?? 2 ** 27,
    block: outline.value?.blockSize ?? 2 ** 27,
  }))
  const current = computed(() => history.value.find((entry) => entry.n === info.value?.position))
  /** Devices come and go in this history, or were there at boot. */
  const hasDevices = computed(() => (axis.value?.counts.pageMaps ?? 0) > 0 || (outline.value?.devices.length ?? 0) > 0 || history.value.some((entry) => entry.op === 'add_device'))
  const failed = computed(() => history.value.filter((entry) => entry.errno !== undefined).length)

  function start(): void {
    lab.client?.on('changed', ({ document }) => void take(document))
    void lab.request('document', {}).then(take).catch(lab.report).finally(() => (known.value = true))
  }

  async function take(document: DocumentInfo | null): Promise<void> {
    if (document === null) {
      info.value = null
      outline.value = undefined
      axis.value = undefined
      return
    }
    await refresh(document)
  }

  /** Asks for everything at once and shows it together, so that no two panels ever disagree. */
  async function refresh(document: DocumentInfo): Promise<void> {
    if (refreshing) {
      again = true
      return
    }
    refreshing = true
    try {
      const [outlineNow, axisNow, historyNow, logNow, invariantsNow] = await Promise.all([
        lab.request('outline', {}), lab.request('axis', {}), lab.request('history', {}), lab.request('log', {}), lab.request('invariants', {}),
      ])
      outline.value = outlineNow
      axis.value = axisNow
      history.value = historyNow
      log.value = logNow
      invariants.value = invariantsNow
      if (info.value === null) opened.value++
      info.value = document
    } catch (error) {
      lab.report(error)
    } finally {
      refreshing = false
      if (again) {
        again = false
        void lab.request('document', {}).then(take, lab.report)
      }
    }
  }

  async function open(outcome: Promise<Outcome<DocumentInfo>>): Promise<boolean> {
    try {
      const reply = await outcome
      problems.value = reply.ok ? [] : reply.problems
      if (!reply.ok) return false
      opened.value++
      await take(reply.value)
      return true
    } catch (error) {
      lab.report(error)
      return false
    }
  }
  const openGallery = (id: string) => open(lab.request('openGallery', { id }))
  const openThisComputer = () => open(lab.request('openThisComputer', {}))
  const openTexts = (texts: Params<'openTexts'>['texts']) => open(lab.request('openTexts', { texts }))

  /** What the kernel answered; undefined when the command did not come so far. */
  async function run(command: Command): Promise<RunReply | undefined> {
    try {
      const reply = await lab.request('run', { command })
      problems.value = reply.ok ? [] : reply.problems
      return reply.ok ? reply.value : undefined
    } catch (error) {
      lab.report(error)
      return undefined
    }
  }
  async function runAll(commands: readonly Command[]): Promise<void> {
    try {
      const reply = await lab.request('runAll', { commands: [...commands] })
      problems.value = reply.ok ? [] : reply.problems
    } catch (error) {
      lab.report(error)
    }
  }
  const travel = (request: Promise<DocumentInfo>) => void request.catch(lab.report)
  const goto = (position: number): void => {
    if (info.value && position !== info.value.position && position >= 0 && position <= info.value.steps) travel(lab.request('goto', { position }))
  }
  const undo = (): void => { if (info.value?.canUndo) travel(lab.request('undo', {})) }
  const redo = (): void => { if (info.value?.canRedo) travel(lab.request('redo', {})) }
  const close = (): void => void lab.request('close', {}).then(() => take(null), lab.report)
  const rename = (name: string): void => travel(lab.request('rename', { name }))

  return {
    info, known, outline, axis, history, log, invariants, problems, opened, digits, sizes, current, failed, hasDevices,
    start, openGallery, openThisComputer, openTexts, run, runAll, goto, undo, redo, close, rename,
  }
})
