/** What `conform` prints: one line a recording, each difference, and a summary by theme. */
import type { InputError } from '../engine/errors.ts'
import type { RecordingReport } from './conform.ts'
import { UNMODELLED_THEMES } from './known.ts'
import type { ProfileChoice } from './profile.ts'
import type { Recording } from './recording.ts'
import { releaseOf } from './recording.ts'

export type Status = 'same' | 'different' | 'not-modelled' | 'stopped' | 'unreadable'

/** One recording in the `--json` output; documented in docs/command-line.md. */
export interface ConformEntry {
  readonly id: string
  readonly dir: string
  readonly theme: string
  readonly kernel: string
  /** Id of the profile that it was held against; absent where nothing was. */
  readonly profile?: string
  /** Why that one, where there is none of the very release. */
  readonly profileNote?: string
  readonly status: Status
  /** Why, for the last three. */
  readonly why?: string
  readonly steps: number
  readonly facts: number
  readonly differences: readonly { readonly step: string; readonly field: string; readonly kernel: string; readonly model: string }[]
  readonly fromStep00: readonly string[]
  /** Refusals that depend on what was allocated: taken from the recording. */
  readonly refusals: readonly { readonly step: string; readonly block: number }[]
  /** Steps that the emulator refused. */
  readonly host: readonly { readonly step: string; readonly text: string }[]
  readonly unmodelled: readonly { readonly step: string; readonly what: string; readonly reason: string }[]
  /** Facts left out because of those. */
  readonly leftOut: number
  /** Sub-sections whose struct pages were never initialised and hold what the memory held: taken from the recording. */
  readonly uninitialised: number
  /** Where the recording itself ends early, in words. */
  readonly ended?: string
}

const nothing = { steps: 0, facts: 0, differences: [], fromStep00: [], refusals: [], host: [], unmodelled: [], leftOut: 0, uninitialised: 0 } as const

export function unreadable(dir: string, errors: readonly InputError[]): ConformEntry {
  const [first] = errors
  return { id: dir.split('/').filter(Boolean).at(-1) ?? dir, dir, theme: 'unreadable', kernel: '', status: 'unreadable', why: first ? `${first.file}: ${first.found}` : 'unreadable', ...nothing }
}

export const isModelled = (recording: Recording): boolean => !Object.hasOwn(UNMODELLED_THEMES, recording.theme)

export function notModelled(recording: Recording): ConformEntry {
  return {
    id: recording.id, dir: recording.dir, theme: recording.theme, kernel: releaseOf(recording), status: 'not-modelled',
    why: UNMODELLED_THEMES[recording.theme] ?? '', ...nothing,
  }
}

export function entryOf(recording: Recording, report: RecordingReport, { profile, note }: ProfileChoice): ConformEntry {
  const differences = report.steps.flatMap((step) => step.differences.map((d) => ({ step: step.step, ...d })))
  return {
    id: recording.id, dir: recording.dir, theme: recording.theme, kernel: releaseOf(recording), profile: profile.id, ...(note === undefined ? {} : { profileNote: note }),
    status: report.stopped !== undefined ? 'stopped' : differences.length > 0 ? 'different' : 'same',
    ...(report.stopped === undefined ? {} : { why: report.stopped }),
    ...(report.ended === undefined ? {} : { ended: report.ended }),
    steps: report.steps.length,
    facts: report.steps.reduce((sum, step) => sum + step.facts, 0),
    differences,
    fromStep00: report.fromStep00,
    refusals: report.steps.flatMap((step) => step.refusals.map((block) => ({ step: step.step, block }))),
    host: report.steps.flatMap((step) => (step.host === undefined ? [] : [{ step: step.step, text: step.host }])),
    unmodelled: report.steps.flatMap((step) => (step.unmodelled ? [{ step: step.step, what: step.unmodelled.what, reason: step.unmodelled.reason }] : [])),
    leftOut: report.steps.reduce((sum, step) => sum + step.leftOut, 0),
    uninitialised: report.steps.reduce((sum, step) => sum + step.uninitialised, 0),
  }
}

export interface ThemeSummary {
  readonly theme: string
  /** Release of the kernel, as far as the profiles tell releases apart: `6.12`. */
  readonly kernel: string
  readonly recordings: number
  readonly same: number
  readonly different: number
  readonly stopped: number
  readonly notModelled: number
  readonly steps: number
  readonly facts: number
  readonly differences: number
  readonly refusals: number
  readonly unmodelledSteps: number
  readonly leftOut: number
}

/** `6.12.107+deb13-amd64` is 6.12. */
const shortRelease = (kernel: string): string => /^\d+\.\d+/.exec(kernel)?.[0] ?? kernel

/** One summary for each theme of each kernel, in the order in which they came. */
export function themesOf(entries: readonly ConformEntry[]): ThemeSummary[] {
  const groups = [...new Map(entries.map((entry) => [`${shortRelease(entry.kernel)} ${entry.theme}`, { kernel: shortRelease(entry.kernel), theme: entry.theme }])).values()]
  return groups.map(({ kernel, theme }) => {
    const own = entries.filter((entry) => entry.theme === theme && shortRelease(entry.kernel) === kernel)
    const sum = (of: (entry: ConformEntry) => number): number => own.reduce((total, entry) => total + of(entry), 0)
    return {
      theme, kernel,
      recordings: own.length,
      same: sum((e) => (e.status === 'same' ? 1 : 0)),
      different: sum((e) => (e.status === 'different' ? 1 : 0)),
      stopped: sum((e) => (e.status === 'stopped' || e.status === 'unreadable' ? 1 : 0)),
      notModelled: sum((e) => (e.status === 'not-modelled' ? 1 : 0)),
      steps: sum((e) => e.steps),
      facts: sum((e) => e.facts),
      differences: sum((e) => e.differences.length),
      refusals: sum((e) => e.refusals.length),
      unmodelledSteps: sum((e) => e.unmodelled.length),
      leftOut: sum((e) => e.leftOut),
    }
  })
}

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

/** The text of one recording: its line, then its differences. */
export function entryText(entry: ConformEntry): string {
  if (entry.status === 'not-modelled') return `${entry.id}: not yet modelled (theme ${entry.theme}: ${entry.why})\n`
  if (entry.status === 'unreadable') return `${entry.id}: unreadable: ${entry.why}\n`
  const parts = [
    `${plural(entry.steps, 'step')}, ${plural(entry.facts, 'fact')}, ${plural(entry.differences.length, 'difference')}`,
    ...(entry.refusals.length > 0 ? [`${plural(entry.refusals.length, 'refusal')} taken from the recording (${entry.refusals.map((r) => `block ${r.block} in ${r.step}`).join(', ')})`] : []),
    ...(entry.uninitialised > 0 ? [`struct pages of ${plural(entry.uninitialised, 'sub-section')} that nobody initialised taken from the recording`] : []),
    ...(entry.host.length > 0 ? [`${plural(entry.host.length, 'step')} refused by the emulator (${entry.host.map((h) => h.step).join(', ')})`] : []),
    ...(entry.unmodelled.length > 0 ? [`${plural(entry.unmodelled.length, 'step')} not yet modelled (${entry.unmodelled.map((u) => `${u.step}: ${u.what}`).join(', ')}), ${plural(entry.leftOut, 'fact')} left out`] : []),
    ...(entry.profileNote === undefined ? [] : [entry.profileNote]),
    ...(entry.ended === undefined ? [] : [`ends early: ${entry.ended}`]),
    ...(entry.why === undefined ? [] : [`stopped: ${entry.why}`]),
  ]
  const lines = entry.differences.map((d) => `  ${entry.id} ${d.step}: ${d.field}: kernel ${d.kernel}, model ${d.model}\n`)
  return `${entry.id}: ${parts.join('; ')}\n${lines.join('')}`
}

const BOOT_INPUTS = `Booted from each recording's boot log and emulator arguments. Read from step 00: the end of /proc/iomem; resources of devices,
firmware and the kernel image; managed of each zone (compared as the change from there); reserved runs of struct pages; which persistent and soft-reserved ranges a driver had.`

export function summaryText(entries: readonly ConformEntry[]): string {
  const rows = themesOf(entries)
  const kernels = [...new Set(rows.map((row) => row.kernel))]
  const lines: string[] = ['\n']
  if (rows.some((row) => row.notModelled < row.recordings)) lines.push(`${BOOT_INPUTS}\n`)
  for (const kernel of kernels) {
    const own = rows.filter((row) => row.kernel === kernel)
    if (kernels.length > 1) lines.push(`Linux ${kernel === '' ? 'unknown' : kernel}:\n`)
    for (const row of own.filter((r) => r.notModelled < r.recordings)) {
      lines.push(
        `theme ${row.theme}: ${row.same} of ${plural(row.recordings, 'recording')} the same, ${plural(row.steps, 'step')}, ${plural(row.facts, 'fact')}, ${plural(row.differences, 'difference')}` +
          `${row.refusals > 0 ? `, ${plural(row.refusals, 'refusal')} taken from recordings` : ''}${row.unmodelledSteps > 0 ? `, ${plural(row.unmodelledSteps, 'step')} not yet modelled` : ''}${row.stopped > 0 ? `, ${row.stopped} stopped` : ''}\n`,
      )
    }
    for (const row of own.filter((r) => r.notModelled === r.recordings)) lines.push(`theme ${row.theme}: not yet modelled, ${plural(row.recordings, 'recording')} (${UNMODELLED_THEMES[row.theme] ?? ''})\n`)
    if (own.length > 1) {
      const total = (of: (row: ThemeSummary) => number): number => own.reduce((n, row) => n + of(row), 0)
      lines.push(`all: ${total((r) => r.same)} of ${plural(total((r) => r.recordings), 'recording')} the same, ${plural(total((r) => r.steps), 'step')}, ${plural(total((r) => r.facts), 'fact')}, ${plural(total((r) => r.differences), 'difference')}\n`)
    }
  }
  return lines.join('')
}
