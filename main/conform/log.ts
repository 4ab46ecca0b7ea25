/**
 * The first kernel log line of a refusal, or of a warning, from either side, in a form that can be compared: no time stamp, no
 * pointers, and of a dumped page only its pfn (what sat on it is the recording's own affair).
 */
import type { LogLine } from '../engine/command.ts'

/** Lines of the kernel that have nothing to do with the step: other subsystems, and what every change of zones prints. */
const NOISE = [
  /^Fallback order for Node /, /^Built \d+ zonelists/, /^Policy zone: /, /^Demotion targets for Node /,
  /^(?:clocksource|hrtimer|sched|sched_clock|rcu|random|tsc|audit|kauditd|perf|workqueue|watchdog|systemd|TSC|NOHZ|INFO|input|usb|pci|ata\d)[: ]/,
  /^sh \(\d+\)/, /^printk: /,
]
/** Printed by the kernel without a line end, so that they show up with the next step's. */
const NO_LINE_END = [/^Block size \[/, /^resource: Unaddressable device /, /Failed to re-online memory:/, /Failed to remove memory:/]

export const endsNoLine = (line: string): boolean => NO_LINE_END.some((pattern) => pattern.test(line))

/** A recorded log without time stamps and noise; of a warning's splat only what it says and where. */
export function recordedLines(dmesg: readonly string[]): string[] {
  const lines: string[] = []
  let splat: 'no' | 'message' | 'rest' = 'no'
  for (const raw of dmesg) {
    const line = raw.replace(/^(?:<\d+>)?\[\s*\d+\.\d+\]\s?/, '')
    if (/^-+\[ cut here \]-+$/.test(line)) splat = 'message'
    else if (/^-+\[ end trace/.test(line)) splat = 'no'
    else if (splat === 'rest') continue
    else if (splat === 'message' && /^(?:Modules linked in|CPU: )/.test(line)) splat = 'rest'
    else if (!NOISE.some((pattern) => pattern.test(line))) lines.push(plain(line))
  }
  return lines.filter((line) => line !== '')
}

/** Single lines in the form in which they are compared. */
export const plainLines = (lines: readonly string[]): string[] => lines.map((line) => plain(line))

/** The model's log in the same form. Debug lines are not printed by an ordinary kernel. */
export function modelLines(log: readonly LogLine[]): string[] {
  return log
    .filter((entry) => entry.level < 7 && !/^-+\[ (?:cut here|end trace)/.test(entry.text))
    .map((entry) => plain(entry.text))
    .filter((line) => line !== '' && !NOISE.some((pattern) => pattern.test(line)))
}

function plain(line: string): string {
  const dump = /\bpage:.*\bpfn:(0x[0-9a-f]+)/.exec(line)
  if (dump) return `page pfn:${dump[1]}`
  const warning = /^WARNING: (?:.*\bat )?(?:\S+:\d+ )?(?:at )?([A-Za-z_]\w*)(?:[+.]|$|,| )/.exec(line)
  if (warning) return `WARNING at ${warning[1]}`
  return line.replace(/\b[0-9a-f]{16}\b/g, 'PTR').replace('(____ptrval____)', 'PTR').replace(/^acpi PNP0C80(?::\w+)?/, 'acpi PNP0C80').trim()
}
