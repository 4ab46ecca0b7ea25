/** The Timeline pane: what runs, under which kernels and costs, what came of it, and which stretch of time is in view. Asked for only while it is shown. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { InputProblem, ProfileChoice, TimelineInfo, TimelineRun, TimelineSide, TimelineSource, TimelineSpread } from '../../preload/contract.ts'
import { useDocument } from './document.ts'
import { saveText } from './files.ts'
import { useKernels } from './kernels.ts'
import { useLab } from './lab.ts'
import { usePrefs } from './prefs.ts'

/** A side of the picture. `calibration` '' means: the scenario's costs. */
export interface TimedSide { readonly profile: ProfileChoice; readonly calibration: string; readonly costs: Readonly<Record<string, number>> }

const FREE_RIGHT = 1.02

export const useTiming = defineStore('timing', () => {
  const lab = useLab()
  const document = useDocument()
  const kernels = useKernels()
  const prefs = usePrefs()
  const shown = computed(() => prefs.pane === 'time' && document.info !== null)

  const info = shallowRef<TimelineInfo>()
  const source = ref<TimelineSource>('boot')
  const sides = shallowRef<readonly TimedSide[]>([])
  const runs = shallowRef<readonly TimelineRun[]>([])
  const problems = shallowRef<readonly InputProblem[]>([])
  const spread = shallowRef<TimelineSpread>()
  const progress = ref<{ readonly done: number; readonly runs: number }>()
  /** Which side the sliders are for: 0 above, 1 below, -1 both. */
  const editing = ref(-1)
  const running = ref(false)

  // ---- what is in view
  const from = ref(0)
  const to = ref(1)
  const total = computed(() => Math.max(1, ...runs.value.map((r) => r.total)))
  const fitted = ref(true)
  function fit(): void {
    fitted.value = true
    from.value = 0
    to.value = total.value * FREE_RIGHT
  }
  function show(a: number, b: number): void {
    const least = Math.max(1, total.value / 1e7)
    const most = total.value * FREE_RIGHT
    const span = Math.min(most, Math.max(least, b - a))
    const start = Math.min(Math.max(0, a), most - span)
    from.value = start
    to.value = start + span
    fitted.value = span >= most
  }
  /** Zooms around a share of the width. */
  function zoom(factor: number, at = 0.5): void {
    const span = to.value - from.value
    const middle = from.value + span * at
    const next = span / factor
    show(middle - next * at, middle + next * (1 - at))
  }
  const pan = (share: number): void => show(from.value + (to.value - from.value) * share, to.value + (to.value - from.value) * share)

  // ---- what is asked of main
  const sent = (side: TimedSide): TimelineSide => ({
    profile: side.profile, costs: { ...side.costs }, ...(side.calibration === '' ? {} : { calibration: side.calibration }),
  })
  let asked = 0
  async function run(): Promise<void> {
    if (!shown.value || sides.value.length === 0) return
    const number = ++asked
    running.value = true
    spread.value = undefined
    progress.value = undefined
    try {
      const reply = await lab.request('timelineRun', { source: source.value, sides: sides.value.map(sent) })
      if (number !== asked) return
      problems.value = reply.ok ? [] : reply.problems
      if (reply.ok && reply.value) {
        const whole = fitted.value || runs.value.length === 0
        runs.value = reply.value
        if (whole) fit()
        else show(from.value, to.value)
      }
    } catch (error) {
      if (number === asked) lab.report(error)
    } finally {
      if (number === asked) running.value = false
    }
  }

  /** Percentiles over many runs of the lower side. */
  async function vary(percent: number, count: number): Promise<void> {
    const side = sides.value.at(-1)
    if (!side) return
    const number = asked
    progress.value = { done: 0, runs: count }
    try {
      const reply = await lab.request('timelineSpread', { source: source.value, side: sent(side), percent, seed: 1, runs: count }, true)
      if (number !== asked) return
      if (reply.ok) spread.value = reply.value ?? undefined
      else problems.value = reply.problems
    } catch (error) {
      lab.report(error)
    } finally {
      if (number === asked) progress.value = undefined
    }
  }
  const cancel = (): void => void lab.request('timelineCancel', {}, true)

  async function exportTrace(side: number): Promise<void> {
    const of = sides.value[side]
    if (!of) return
    try {
      const reply = await lab.request('timelineTrace', { source: source.value, side: sent(of) })
      if (!reply.ok) problems.value = reply.problems
      else if (reply.value) saveText(reply.value.name, reply.value.text)
    } catch (error) {
      lab.report(error)
    }
  }

  // ---- changes
  function setCost(name: string, value: number): void {
    sides.value = sides.value.map((side, i) => (editing.value < 0 || editing.value === i ? { ...side, costs: { ...side.costs, [name]: value } } : side))
  }
  function resetCosts(): void {
    sides.value = sides.value.map((side, i) => (editing.value < 0 || editing.value === i ? { ...side, costs: {} } : side))
  }
  function setCalibration(name: string): void {
    sides.value = sides.value.map((side, i) => (editing.value < 0 || editing.value === i ? { ...side, calibration: name, costs: {} } : side))
  }
  function setProfile(side: number, profile: ProfileChoice): void {
    sides.value = sides.value.map((s, i) => (i === side ? { ...s, profile } : s))
  }
  /** A second side below, or one only. */
  function setTwo(two: boolean): void {
    const last = sides.value.at(-1)
    if (!last) return
    editing.value = -1
    sides.value = two ? (sides.value.length > 1 ? sides.value : [last, last]) : [last]
  }
  /** One of the scenario's other runs, below. */
  function takeVariant(name: string): void {
    const variant = info.value?.variants.find((v) => v.name === name)
    const first = sides.value[0]
    if (!variant || !first) return
    const changed = Object.fromEntries(Object.entries(variant.costs).filter(([cost, value]) => info.value?.costs[cost] !== value))
    sides.value = [first, { profile: variant.profile === undefined ? first.profile : { id: variant.profile }, calibration: '', costs: changed }]
  }

  /** Value of a cost on a side: set, or the calibration's, or the scenario's, or the default. */
  function costOf(side: TimedSide, name: string): number {
    const { info: known } = { info: info.value }
    const base = side.calibration === '' ? (source.value === 'scenario' ? known?.costs : {}) : known?.calibrations.find((c) => c.name === side.calibration)?.costs
    return side.costs[name] ?? base?.[name] ?? known?.parameters.find((p) => p.name === name)?.default ?? 0
  }

  async function begin(): Promise<void> {
    try {
      const [infoNow] = await Promise.all([lab.request('timeline', {}), kernels.load()])
      info.value = infoNow
      const own = document.info?.profileChoice ?? { id: 'v6.1' }
      if (!infoNow.sources.some((s) => s.id === source.value) || opened !== document.opened) {
        source.value = infoNow.sources[0]?.id ?? 'boot'
        const other = infoNow.variants.find((v) => v.profile === 'v3-2019-08') ?? infoNow.variants.find((v) => v.profile !== undefined)
        const plain: TimedSide = { profile: own, calibration: '', costs: {} }
        sides.value = other?.profile !== undefined ? [{ ...plain, profile: { id: other.profile } }, plain] : [plain]
        editing.value = -1
        runs.value = []
        fitted.value = true
      } else if (sides.value.length === 0) sides.value = [{ profile: own, calibration: '', costs: {} }]
      opened = document.opened
      await run()
    } catch (error) {
      lab.report(error)
    }
  }
  let opened = -1
  watch([shown, () => document.info?.revision], () => {
    if (shown.value) void begin()
  }, { immediate: true })
  watch([source, sides], () => {
    if (info.value) void run()
  })
  watch(() => lab.client, (client) => client?.on('timelineProgress', (event) => {
    if (progress.value) progress.value = event
  }), { immediate: true })

  return {
    shown, info, source, sides, runs, problems, spread, progress, editing, running, from, to, total, fitted,
    fit, show, zoom, pan, run, vary, cancel, exportTrace, setCost, resetCosts, setCalibration, setProfile, setTwo, takeVariant, costOf,
  }
})
