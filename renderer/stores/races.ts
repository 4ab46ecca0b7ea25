/** The Races pane: which question, under which kernel, what came of it, and which step of the trace is looked at. Asked for only while it is shown. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { InputProblem, RaceAnswer, RaceCause, RaceInspection, RaceQuestion, RaceQuestionInfo, RacesInfo, RaceState, RaceWithout, Selection } from '../../preload/contract.ts'
import { rowOfStep, rowsOf } from '../races/rows.ts'
import { useDocument } from './document.ts'
import { saveText } from './files.ts'
import { useLab } from './lab.ts'
import { usePrefs } from './prefs.ts'

type Trace = 'switches' | 'steps'

export const useRaces = defineStore('races', () => {
  const lab = useLab()
  const document = useDocument()
  const prefs = usePrefs()
  const shown = computed(() => prefs.pane === 'races' && document.info !== null)

  const info = shallowRef<RacesInfo>()
  const question = shallowRef<RaceQuestion>()
  const about = shallowRef<RaceQuestionInfo>()
  const kernel = ref(0)
  const trace = ref<Trace>('switches')
  const problems = shallowRef<readonly InputProblem[]>([])
  /** By kernel's place in the list and kind of trace. */
  const answers = shallowRef<ReadonlyMap<string, RaceAnswer>>(new Map())
  const keyOf = (k: number, t: Trace): string => `${k} ${t}`
  const answer = computed(() => answers.value.get(keyOf(kernel.value, trace.value)))
  /** What a kernel answered, whichever trace was asked for. */
  const verdictOf = (k: number): RaceAnswer | undefined => answers.value.get(keyOf(k, 'switches')) ?? answers.value.get(keyOf(k, 'steps'))
  const why = shallowRef<{ readonly kernel: number; readonly found: readonly RaceWithout[] }>()
  /** By places of the two kernels in the list. */
  const causes = shallowRef<ReadonlyMap<string, readonly RaceCause[]>>(new Map())
  const asking = ref<{ readonly kernel: number; readonly what: 'answer' | 'why' | 'causes' }>()
  const progress = ref<{ readonly states: number; readonly transitions: number }>()
  /** The text of a question that is being written; undefined while none is. */
  const draft = ref<string>()

  // ---- the trace
  const opened = shallowRef<ReadonlySet<number>>(new Set())
  const all = ref(false)
  const rows = computed(() => (answer.value ? rowsOf(answer.value, opened.value, all.value) : []))
  /** A step of the trace, from 0; -1 is before the threads start. */
  const step = ref(-1)
  const row = computed(() => rowOfStep(rows.value, step.value))
  const state = shallowRef<RaceState>()
  const picked = shallowRef<Selection>()
  const inspection = shallowRef<RaceInspection>()

  function select(to: number): void {
    step.value = Math.max(-1, Math.min(to, (answer.value?.trace.length ?? 0) - 1))
    picked.value = undefined
  }
  /** Steps over rows; up from the first is before the threads start. */
  function move(by: number): void {
    const next = row.value + by
    if (next < 0) select(-1)
    else if (next < rows.value.length) select(rows.value[next]!.to)
  }
  function toggleFold(): void {
    const at = rows.value[row.value]
    if (!at) return
    if (at.kind === 'fold') {
      opened.value = new Set([...opened.value, at.from])
      step.value = at.from
    } else {
      const first = [...opened.value].filter((f) => f <= at.from).sort((a, b) => b - a)[0]
      if (first !== undefined) opened.value = new Set([...opened.value].filter((f) => f !== first))
    }
  }

  // ---- what is asked of main
  let run = 0
  /** The chosen kernel first, then the rest for the list. */
  async function ask(): Promise<void> {
    const of = question.value
    const { value: list } = about
    if (!shown.value || !of || !list) return
    const mine = ++run
    const kind = trace.value
    const order = [kernel.value, ...list.kernels.keys()].filter((k, i, them) => them.indexOf(k) === i)
    for (const k of order) {
      if (k !== kernel.value ? verdictOf(k) : answers.value.has(keyOf(k, kind))) continue
      asking.value = { kernel: k, what: 'answer' }
      progress.value = undefined
      try {
        const reply = await lab.request('raceAsk', { question: of, profile: list.kernels[k]!.choice, trace: kind }, true)
        if (mine !== run) return
        if (!reply.ok) {
          problems.value = reply.problems
          break
        }
        if (!reply.value) break
        problems.value = []
        answers.value = new Map([...answers.value, [keyOf(k, kind), reply.value]])
      } catch (error) {
        if (mine === run) lab.report(error)
        break
      }
    }
    if (mine === run) asking.value = undefined
  }
  function cancel(): void {
    run++
    asking.value = undefined
    void lab.request('raceCancel', {}, true).catch(lab.report)
  }

  async function choose(of: RaceQuestion, keepKernel = false): Promise<boolean> {
    // what still runs is about another question, and so is its "give up"
    if (asking.value) cancel()
    const mine = ++run
    try {
      const reply = await lab.request('raceQuestion', { question: of })
      if (mine !== run) return false
      problems.value = reply.ok ? [] : reply.problems
      if (!reply.ok) return false
      const before = about.value?.kernels[kernel.value]?.id
      question.value = of
      about.value = reply.value
      answers.value = new Map()
      why.value = undefined
      causes.value = new Map()
      const same = reply.value.kernels.findIndex((k) => k.id === before)
      kernel.value = keepKernel && same >= 0 ? same : reply.value.own
      void ask()
      return true
    } catch (error) {
      lab.report(error)
      return false
    }
  }
  function setKernel(k: number): void {
    kernel.value = k
    if (!answer.value) void ask()
  }
  function setTrace(kind: Trace): void {
    trace.value = kind
    if (!answer.value) void ask()
  }
  async function askWhy(): Promise<void> {
    const [of, chosen, k] = [question.value, about.value?.kernels[kernel.value], kernel.value]
    if (!of || !chosen) return
    const mine = ++run
    asking.value = { kernel: k, what: 'why' }
    progress.value = undefined
    try {
      const reply = await lab.request('raceWhy', { question: of, profile: chosen.choice }, true)
      if (mine !== run) return
      problems.value = reply.ok ? [] : reply.problems
      if (reply.ok && reply.value) why.value = { kernel: k, found: reply.value }
    } catch (error) {
      if (mine === run) lab.report(error)
    } finally {
      if (mine === run) asking.value = undefined
    }
  }
  /** Of the decisions that part kernel `to` from the one before it in the list. */
  async function askCauses(to: number): Promise<void> {
    const [of, a, b] = [question.value, about.value?.kernels[to - 1], about.value?.kernels[to]]
    if (!of || !a || !b) return
    const mine = ++run
    asking.value = { kernel: to, what: 'causes' }
    progress.value = undefined
    try {
      const reply = await lab.request('raceCauses', { question: of, from: a.choice, to: b.choice }, true)
      if (mine !== run) return
      problems.value = reply.ok ? [] : reply.problems
      if (reply.ok && reply.value) causes.value = new Map([...causes.value, [b.id, reply.value]])
    } catch (error) {
      if (mine === run) lab.report(error)
    } finally {
      if (mine === run) asking.value = undefined
    }
  }
  async function exportPromela(): Promise<void> {
    const [of, chosen] = [question.value, about.value?.kernels[kernel.value]]
    if (!of || !chosen) return
    try {
      const reply = await lab.request('racePromela', { question: of, profile: chosen.choice })
      if (!reply.ok) problems.value = reply.problems
      else if (reply.value) saveText(reply.value.name, reply.value.text)
    } catch (error) {
      lab.report(error)
    }
  }

  // ---- a question of one's own
  function write(): void {
    draft.value = question.value && 'text' in question.value ? question.value.text : (info.value?.text ?? '')
    problems.value = []
  }
  async function askDraft(): Promise<void> {
    if (draft.value === undefined) return
    if (await choose({ text: draft.value })) draft.value = undefined
  }
  function stopWriting(): void {
    draft.value = undefined
    problems.value = []
  }

  // ---- what follows what
  watch(answer, (now) => {
    opened.value = new Set()
    picked.value = undefined
    // where it breaks
    step.value = now ? now.trace.findLastIndex((s) => s.marked) : -1
    if (now && step.value < 0) step.value = now.trace.length - 1
  })
  let moment = 0
  watch([answer, step], async ([now, at]) => {
    const mine = ++moment
    if (!now || now.trace.length === 0) {
      state.value = undefined
      return
    }
    try {
      const found = await lab.request('raceState', { answer: now.key, step: at + 1 })
      if (mine === moment) state.value = found ?? undefined
    } catch (error) {
      if (mine === moment) lab.report(error)
    }
  })
  /** What the step is about, or what was clicked. */
  const inspected = computed(() => picked.value ?? answer.value?.trace[step.value]?.selection)
  let looked = 0
  watch([answer, step, inspected], async ([now, at, selection]) => {
    const mine = ++looked
    if (!now || !selection || now.trace.length === 0) {
      inspection.value = undefined
      return
    }
    try {
      const found = await lab.request('raceInspect', { answer: now.key, step: at + 1, selection })
      if (mine === looked) inspection.value = found ?? undefined
    } catch (error) {
      if (mine === looked) lab.report(error)
    }
  })

  let of = -1
  watch([shown, () => document.info?.revision], async ([visible]) => {
    if (!visible) {
      if (asking.value) cancel()
      return
    }
    try {
      info.value = await lab.request('races', {})
    } catch (error) {
      lab.report(error)
      return
    }
    const another = of !== document.opened
    of = document.opened
    if (another) draft.value = undefined
    if (another && info.value.own) await choose({ text: info.value.text })
    else if (!question.value || (another && 'text' in question.value)) await choose({ shipped: info.value.shipped[0]!.id })
    // a text is asked of the machine as it is now
    else if ('text' in question.value) await choose(question.value, true)
    else void ask()
  }, { immediate: true })
  watch(() => lab.client, (client) => client?.on('raceProgress', (event) => (progress.value = event)), { immediate: true })

  return {
    shown, info, question, about, kernel, trace, problems, answers, answer, verdictOf, why, causes, asking, progress, draft,
    opened, all, rows, row, step, state, picked, inspected, inspection,
    select, move, toggleFold, ask, cancel, choose, setKernel, setTrace, askWhy, askCauses, exportPromela, write, askDraft, stopWriting,
  }
})
