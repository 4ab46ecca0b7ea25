/**
 * Which decisions cannot go together, and which cannot matter on a machine. A combination is refused only where the kernel's code
 * of one decision needs what the other takes away; what is merely wrong (a defect, a "what if") is what the lab is for.
 */
import type { MachineDescription } from '../machine/description.ts'
import { decisionOf, type DecisionName, type Decisions } from './decisions.ts'

export interface Illegal {
  /** The decisions that contradict each other. */
  readonly decisions: readonly DecisionName[]
  /** "devicePageInit: twice with deviceGrowth: after-hotplug-lock" */
  readonly found: string
  readonly reason: string
}

interface Rule { readonly between: readonly DecisionName[]; readonly broken: (d: Decisions) => boolean; readonly reason: string }

const RULES: readonly Rule[] = [
  {
    between: ['deviceGrowth', 'devicePageInit'],
    broken: (d) => d.deviceGrowth === 'after-hotplug-lock' && d.devicePageInit !== 'outside',
    reason: 'struct pages get their zone when the range enters it: nothing can be initialised under mem_hotplug_lock when the growth comes after it (devicePageInit: outside)',
  },
  {
    between: ['pfnValid', 'earlySections'],
    broken: (d) => d.pfnValid === 'subsection' && d.earlySections === 'unmarked',
    reason: 'pfn_valid() by sub-section takes every pfn of an early section, so it has to know which sections are early (earlySections: marked)',
  },
  {
    between: ['deviceGranularity', 'pfnValid'],
    broken: (d) => d.deviceGranularity === 'subsection' && d.pfnValid === 'section',
    reason: 'parts of sections can be added only where a section knows which of its parts are there (pfnValid: subsection)',
  },
  {
    between: ['onlinePageTest', 'pfnValid'],
    broken: (d) => d.onlinePageTest === 'subsection-and-pgmap' && d.pfnValid === 'section',
    reason: 'pfn_to_online_page() asks the sub-section map, which there is with pfnValid: subsection only',
  },
  {
    between: ['onlinePageTest', 'taint'],
    broken: (d) => d.onlinePageTest === 'subsection-and-pgmap' && d.taint === 'none',
    reason: 'pfn_to_online_page() looks for a page map in tainted sections, and nothing taints them (taint: edges)',
  },
  {
    between: ['earlyRemoval', 'earlySections'],
    broken: (d) => d.earlyRemoval === 'keeps' && d.earlySections === 'unmarked',
    reason: 'the memmap of an early section can be kept only where a section knows that it is early (earlySections: marked)',
  },
  {
    between: ['onlineFile', 'hotplugLockPlace'],
    broken: (d) => d.onlineFile === 'no-hotplug-lock' && d.hotplugLockPlace === 'online-pages',
    reason: 'online_pages() takes mem_hotplug_lock itself, whichever file was written (hotplugLockPlace: caller)',
  },
  {
    between: ['autoMovable', 'presentEarly'],
    broken: (d) => d.autoMovable === 'ratio' && d.presentEarly === 'none',
    reason: 'the ratio is computed from present_early_pages (presentEarly: counted)',
  },
  {
    between: ['poisonOnLeave', 'ramSpanShrinks'],
    broken: (d) => d.poisonOnLeave === 'yes' && d.ramSpanShrinks === 'at-remove',
    reason: 'RAM leaves its zone together with its struct pages: there is nothing left to poison (ramSpanShrinks: at-offline)',
  },
  {
    between: ['releaseReference', 'idleReference'],
    broken: (d) => d.releaseReference === 'each-page' && d.idleReference !== 'all',
    reason: 'a release cannot drop a reference of each page when idle pages have none (idleReference: all)',
  },
]

/** Every contradiction among the decisions of a kernel; empty when it could be built. */
export const contradictions = (d: Decisions): readonly Illegal[] =>
  RULES.filter((rule) => rule.broken(d)).map(({ between, reason }) => ({
    decisions: between, reason, found: between.map((name) => `${name}: ${d[name]}`).join(' with '),
  }))

export interface WithoutEffect { readonly decision: DecisionName; readonly title: string; readonly why: string }

const MATTERS: Partial<Record<DecisionName, (m: MachineDescription) => string | undefined>> = {
  numaFake: (m) => (/(?:^|\s)numa=fake=/.test(m.cmdline) ? undefined : 'the machine is booted without numa=fake='),
  nodeData: (m) => (m.nodes.some(({ id }) => !m.affinity.some((r) => r.node === id && !r.hotplug)) ? undefined : 'every possible node of the machine has memory from boot'),
  memmapOnMemory: (m) => (/memory_hotplug\.memmap_on_memory/.test(m.cmdline) ? undefined : 'the machine is booted without memory_hotplug.memmap_on_memory'),
}

/** Those of some decisions that cannot matter on a machine, each with why. */
export const withoutEffect = (names: readonly DecisionName[], machine: MachineDescription): readonly WithoutEffect[] =>
  names.flatMap((decision) => {
    const why = MATTERS[decision]?.(machine)
    return why === undefined ? [] : [{ decision, title: decisionOf(decision).title, why }]
  })
