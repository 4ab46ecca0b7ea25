/** Two kernels on the open document: which they are, where they part, and why. Asked for only while the Diff pane is shown. */
import { watchDebounced } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { ComparedAxis, ComparedCauses, ComparedDifference, ComparedExplanation, ComparedOutline, InputProblem, ProfileChoice } from '../../preload/contract.ts'
import { useDocument } from './document.ts'
import { useKernels } from './kernels.ts'
import { useLab } from './lab.ts'
import { usePrefs } from './prefs.ts'
import { useSelection } from './selection.ts'

export type ComparedSides = { readonly a: ProfileChoice; readonly b: ProfileChoice }

export const useComparison = defineStore('comparison', () => {
  const lab = useLab()
  const document = useDocument()
  const kernels = useKernels()
  const prefs = usePrefs()
  const selected = useSelection()
  const sides = shallowRef<ComparedSides>()
  const outline = shallowRef<ComparedOutline>()
  const axis = shallowRef<ComparedAxis>()
  const differences = shallowRef<readonly ComparedDifference[]>([])
  const problems = shallowRef<readonly InputProblem[]>([])
  /** Grows whenever what is shown is of another moment. */
  const revision = ref(0)
  /** Path of the difference that is looked at. */
  const chosen = ref('')
  const causes = shallowRef<ReadonlyMap<number, ComparedCauses>>(new Map())
  const view = ref<'two' | 'all'>('two')
  const shown = computed(() => prefs.pane === 'diff' && document.info !== null)

  function begin(a: ProfileChoice | undefined, b: ProfileChoice): void {
    if (!a) return
    sides.value = { a, b }
    view.value = 'two'
    prefs.pane = 'diff'
  }
  /** Changes one side in place. */
  function take(side: 'a' | 'b', choice: ProfileChoice): void {
    if (sides.value) sides.value = { ...sides.value, [side]: choice }
  }
  const swap = (): void => {
    if (sides.value) sides.value = { a: sides.value.b, b: sides.value.a }
  }

  /** Without a choice: what the document's kernel is a change of, above it. */
  async function usual(): Promise<void> {
    await kernels.load()
    const current = kernels.current
    if (current && !sides.value) sides.value = { a: { id: current.parent ?? 'v6.1' }, b: current.choice }
  }

  let asked = 0
  let causesOf = ''
  async function refresh(): Promise<void> {
    const number = ++asked
    const { info } = document
    const wanted = sides.value
    if (!shown.value || !info) return
    if (!wanted) return usual()
    try {
      const begun = await lab.request('compare', { ...wanted })
      if (number !== asked) return
      problems.value = begun.ok ? [] : begun.problems
      if (!begun.ok) return
      const [axisNow, differencesNow] = await Promise.all([lab.request('compareAxis', {}), lab.request('compareStep', { position: info.position })])
      if (number !== asked) return
      const key = JSON.stringify([wanted, document.opened, begun.value.steps.map((s) => s.text)])
      if (key !== causesOf) causes.value = new Map()
      causesOf = key
      outline.value = begun.value
      axis.value = axisNow
      differences.value = differencesNow
      revision.value++
      if (!differencesNow.some((d) => d.path === chosen.value)) chosen.value = differencesNow[0]?.path ?? ''
    } catch (error) {
      if (number === asked) lab.report(error)
    }
  }
  watch([shown, sides, () => document.info?.revision], () => void refresh(), { immediate: true })
  watch(() => document.opened, () => {
    sides.value = undefined
    outline.value = undefined
    axis.value = undefined
    differences.value = []
    chosen.value = ''
  })

  const difference = computed(() => differences.value.find((d) => d.path === chosen.value))
  const step = computed(() => outline.value?.steps[document.info?.position ?? 0])

  /** Steps at which what differs here began; the one that is looked at first. */
  const begun = computed(() => [...new Set([...(difference.value ? [difference.value.since] : []), ...differences.value.map((d) => d.since)])])
  /** Why a step's differences are there is worked out one step after another, while nothing else is asked. */
  let working = false
  async function explain(): Promise<void> {
    if (working) return
    working = true
    try {
      for (;;) {
        const next = begun.value.find((n) => !causes.value.has(n))
        if (next === undefined || !shown.value || view.value !== 'two') return
        const key = causesOf
        const reply = await lab.request('compareCauses', { position: next }, true)
        if (key === causesOf) causes.value = new Map(causes.value).set(next, reply)
      }
    } catch (error) {
      lab.report(error)
    } finally {
      working = false
    }
  }
  watchDebounced([begun, causes, shown, view], () => void explain(), { debounce: 150 })
  const explanations = computed((): ReadonlyMap<string, ComparedExplanation> => new Map(differences.value.flatMap((d) => {
    const found = causes.value.get(d.since)?.explanations.find((e) => e.path === d.path)
    return found ? [[d.path, found] as const] : []
  })))
  const explanation = computed(() => explanations.value.get(chosen.value))
  const skipped = computed(() => (difference.value && causes.value.get(difference.value.since)?.skipped) ?? [])

  function choose(path: string): void {
    chosen.value = path
    const found = differences.value.find((d) => d.path === path)
    if (found?.selection) selected.select(found.selection)
  }
  /** Steps at which something begins to differ, or is answered otherwise. */
  const parting = computed(() => new Set(outline.value?.steps.filter((s) => !s.sameOutcome || s.state === 'parts').map((s) => s.n) ?? []))
  /** Steps after which the two differ, for the scrubber. */
  const unlike = computed(() => outline.value?.steps.filter((s) => !s.sameOutcome || s.state !== 'same').map((s) => s.n) ?? [])
  /** The next difference of this step; after the last, the next step that has one. Backwards likewise. */
  function next(by: 1 | -1): void {
    const at = differences.value.findIndex((d) => d.path === chosen.value)
    const following = differences.value[at + by]
    if (following && at >= 0) return choose(following.path)
    const position = document.info?.position ?? 0
    const steps = [...parting.value].filter((n) => (by > 0 ? n > position : n < position))
    const to = by > 0 ? steps[0] : steps.at(-1)
    if (to !== undefined) document.goto(to)
  }

  return { sides, outline, axis, differences, problems, revision, chosen, difference, step, explanation, explanations, skipped, parting, unlike, view, shown, begin, take, swap, refresh, choose, next }
})
