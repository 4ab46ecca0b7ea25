/** Replays a recording on the model and compares after every step. */
import type { Booted } from '../engine/boot/boot.ts'
import type { Command, CommandResult } from '../engine/command.ts'
import { InputErrors, formatInputError } from '../engine/errors.ts'
import type { MachineDescription } from '../engine/machine/description.ts'
import type { Snapshot } from '../engine/snapshot-types.ts'
import { hex } from '../engine/units.ts'
import { bootInputs } from './boot.ts'
import { compare } from './compare.ts'
import type { Comparison, Difference } from './compare.ts'
import { UNMODELLED_STEP } from './known.ts'
import { endsNoLine, modelLines, recordedLines } from './log.ts'
import { Masks } from './masks.ts'
import { modelAtBoot, modelPicture, recordedAtBoot, recordedPicture } from './picture.ts'
import type { AtBoot, Picture } from './picture.ts'
import type { Capture, RecordedStep, Recording } from './recording.ts'
import { refusalsOf } from './refusals.ts'
import { stressed } from './stress.ts'
import { pageFields, withoutUninitialised } from './struct-pages.ts'
import type { Seen } from './struct-pages.ts'
import { translate } from './translate.ts'
import { busyPages } from './virtio-mem.ts'
import type { Action, PageLine, Translation } from './translate.ts'

export interface ConformEngine {
  readonly booted: Booted
  execute(command: Command): CommandResult
  snapshot(): Snapshot
}

export interface StepReport {
  readonly step: string
  /** Facts compared. */
  readonly facts: number
  readonly differences: readonly Difference[]
  /** Blocks whose refusal was taken from the recording. */
  readonly refusals: readonly number[]
  /** The emulator refused, so the kernel never heard of it. */
  readonly host?: string
  readonly unmodelled?: { readonly what: string; readonly reason: string }
  /** Facts left out because of steps that are not modelled. */
  readonly leftOut: number
  /** Sub-sections whose struct pages were never initialised and hold what the memory held: taken from the recording. */
  readonly uninitialised: number
}

export interface RecordingReport {
  readonly fromStep00: readonly string[]
  readonly steps: readonly StepReport[]
  /** Why the replay ended before the recording did. */
  readonly stopped?: string
  /** The recording itself ends there: its guest gave no answer any more. */
  readonly ended?: string
}

export function conform(recording: Recording, boot: (description: MachineDescription) => ConformEngine): RecordingReport {
  const first = recording.steps[0]?.capture
  if (!first) return { fromStep00: [], steps: [], stopped: 'step 00 was not captured' }
  const inputs = bootInputs(recording, first)
  if (!inputs.ok) return { fromStep00: [], steps: [], stopped: inputs.errors.map(formatInputError).join('; ') }
  let engine: ConformEngine
  try {
    engine = boot(inputs.value.description)
  } catch (e) {
    if (e instanceof InputErrors) return { fromStep00: inputs.value.fromStep00, steps: [], stopped: `the model does not boot: ${e.message}` }
    throw e
  }
  const replay = new Replay(engine, first, recording.steps.some((step) => step.capture?.probe.sections.some((s) => s.runs.some((run) => run.says.includes('/offline')))))
  const steps: StepReport[] = []
  const lost = recording.steps.find((step) => !step.capture)
  for (const step of recording.steps) {
    if (step.capture) steps.push(replay.step(step, step.capture))
    else if (step.result.guest !== undefined) steps.push(replay.lastStep(step))
    else return { fromStep00: inputs.value.fromStep00, steps, stopped: `${step.folder} was not captured` }
    if (!step.capture) break
  }
  const last = steps.at(-1)
  const unseen = replay.unseenLine()
  if (last && unseen) steps[steps.length - 1] = { ...last, differences: [...last.differences, unseen] }
  return { fromStep00: inputs.value.fromStep00, steps, ...(lost ? { ended: `the guest ${lost.result.guest ?? 'was gone'} in ${lost.folder}` } : {}) }
}

class Replay {
  readonly #kernelAtBoot: AtBoot
  readonly #modelAtBoot: AtBoot
  readonly #masks = new Masks()
  readonly #pagesPerBlock: number
  readonly #pageSize: number
  readonly #seen: Seen
  /** Pages that the recording's probe keeps allocated. */
  #held = new Map<number, 'unmovable' | 'pinned'>()
  #before: Picture | undefined
  /** Devices that a thread of the probe was adding when it ended: the probe never lists them. */
  readonly #unfinished = new Set<string>()
  /** A thread of the probe ended in the kernel, or waits there for ever; the probe does one command at a time, so that every other one waits for it. */
  #probeStuck = false
  /** A line that the model printed and the kernel may still print, without a line end, with the next step's. */
  #pending: string | undefined

  constructor(readonly engine: ConformEngine, first: Capture, offlineMarks: boolean) {
    const snapshot = engine.snapshot()
    this.#kernelAtBoot = recordedAtBoot(first)
    this.#modelAtBoot = modelAtBoot(snapshot)
    this.#pageSize = snapshot.constants.pageSize
    this.#seen = { onlinePageTest: engine.booted.kernel.profile.decisions.onlinePageTest, offlineMarks }
    this.#pagesPerBlock = snapshot.constants.blockSize / snapshot.constants.pageSize
  }

  step(step: RecordedStep, capture: Capture): StepReport {
    const translation = translate(step)
    const differences: Difference[] = []
    let facts = 0
    const lines = recordedLines(step.op === 'boot' ? [] : capture.dmesg)
    // it shows up with the next line that is printed at all
    if (this.#pending !== undefined && lines.length > 0) {
      facts++
      if (lines[0] === this.#pending) lines.shift()
      else differences.push({ field: 'log of a step before', kernel: 'nothing', model: this.#pending })
      this.#pending = undefined
    }
    let refusals: readonly number[] = []
    if (translation.kind === 'actions') {
      const done = this.#act(step, translation.actions, capture, lines)
      facts += done.facts
      differences.push(...done.differences)
      refusals = done.refusals
    } else if (translation.kind === 'stress') {
      const done = stressed(this.engine.booted, () => this.engine.snapshot(), translation.workers, (snapshot) => this.#compare(capture, snapshot).differences.length)
      facts += done.facts
      differences.push(...done.differences)
    } else this.#aside(translation)

    const snapshot = this.engine.snapshot()
    if (translation.kind === 'pages') {
      const read = comparePages(translation.lines, snapshot, this.#seen)
      facts += read.facts
      differences.push(...read.differences)
    }
    const recorded = recordedPicture(capture, this.#kernelAtBoot)
    if (translation.kind === 'unmodelled' && this.#before) this.#masks.changedBy(this.#before, recorded)
    this.#before = recorded
    const { leftOut, uninitialised, ...compared } = this.#compare(capture, snapshot)
    return {
      step: step.folder,
      facts: facts + compared.facts,
      differences: [...differences, ...compared.differences],
      refusals,
      ...(translation.kind === 'nothing' && translation.why === 'host' ? { host: translation.text } : {}),
      ...(translation.kind === 'unmodelled' ? { unmodelled: { what: translation.what, reason: UNMODELLED_STEP.reason } } : {}),
      leftOut,
      uninitialised,
    }
  }

  /** The step over which the guest was gone: what it was to answer is all that is known. */
  lastStep(step: RecordedStep): StepReport {
    const translation = translate(step)
    const dying = recordedLines(step.console ?? [])
    const done =
      translation.kind === 'actions' ? this.#act(step, translation.actions, undefined, [])
      : translation.kind === 'stress' ? stressed(this.engine.booted, () => this.engine.snapshot(), translation.workers, () => 0, dying)
      : { facts: 0, differences: [] }
    const unmodelled = translation.kind === 'unmodelled' ? { unmodelled: { what: translation.what, reason: UNMODELLED_STEP.reason } } : {}
    return { step: step.folder, facts: done.facts, differences: done.differences, refusals: [], ...unmodelled, leftOut: 0, uninitialised: 0 }
  }

  /** Both pictures, without what is an input or was left out. */
  #compare(capture: Capture, snapshot: Snapshot): Comparison & { readonly leftOut: number; readonly uninitialised: number } {
    const recorded = recordedPicture(capture, this.#kernelAtBoot)
    const model = modelPicture({ ...snapshot, devices: snapshot.devices.filter((d) => !this.#unfinished.has(d.name)) }, this.#modelAtBoot, this.#seen)
    const leftOut = this.#masks.apply(recorded, model)
    const uninitialised = blankUninitialised(recorded, model)
    return { ...compare(recorded, model), leftOut, uninitialised }
  }

  /** A line without its end at the very end of a recording is never seen; any other should have been. */
  unseenLine(): Difference | undefined {
    return this.#pending === undefined || endsNoLine(this.#pending) ? undefined : { field: 'log', kernel: 'nothing', model: this.#pending }
  }

  /** Steps without a command that the model still has to know of. */
  #aside(translation: Exclude<Translation, { kind: 'actions' }>): void {
    if (translation.kind === 'hold') {
      for (const { pfn, zone } of translation.pages) {
        // a page in Movable passes the first test and then never moves; elsewhere it is refused at once
        const as = zone === 'Movable' ? 'pinned' : 'unmovable'
        this.#held.set(pfn, as)
        this.#mark(pfn, as)
      }
    }
    if (translation.kind === 'unhold') {
      for (const pfn of this.#held.keys()) this.#mark(pfn, 'none')
      this.#held = new Map()
    }
  }

  #act(step: RecordedStep, actions: readonly Action[], capture: Capture | undefined, lines: readonly string[]): { facts: number; differences: Difference[]; refusals: readonly number[] } {
    const differences: Difference[] = []
    const met = capture ? refusalsOf(actions, capture, this.#pagesPerBlock) : { pages: [], blocks: [], unnamed: false }
    const units = capture ? this.#busyUnits(actions, capture) : []
    const busy = [...met.pages, ...units]
    for (const pfn of busy) this.#mark(pfn, 'unmovable')
    const results = actions.map((action) => ({ ...action, result: this.#probeStuck && step.op === 'probe' ? WAITS_FOR_PROBE : this.engine.execute(action.command) }))
    for (const { command, result } of results) {
      if (result.stopped === undefined || step.op !== 'probe') continue
      this.#probeStuck = true
      if (command.op === 'add_device') this.#unfinished.add(command.name)
    }
    for (const pfn of busy) this.#mark(pfn, this.#held.get(pfn) ?? 'none')

    let facts = 0
    for (const { command, plugged } of actions) {
      if (plugged === undefined || command.op !== 'device_action') continue
      facts++
      const model = this.engine.snapshot().devices.find((d) => d.name === command.name)?.data['plugged']
      if (model !== plugged) differences.push({ field: 'plugged size', kernel: hex(plugged), model: typeof model === 'number' ? hex(model) : 'nothing' })
    }
    for (const { command, answer, emulator, result } of results) {
      if (answer === undefined) continue
      facts++
      const said = result.ret === 0 ? 'ok' : (result.errno ?? String(result.ret))
      const same = answer === 'refused' ? result.ret !== 0 : said === answer || (emulator === true && result.stopped === 'hangs')
      const field = actions.length === 1 ? 'result' : command.op === 'block' ? `result of block ${command.block}` : `result of ${command.op}`
      if (!same) differences.push({ field, kernel: answer, model: result.reason === undefined ? said : `${said} (${result.reason})` })
    }

    const printed = modelLines(results.flatMap(({ result }) => result.log))
    const told = met.unnamed ? printed.filter((line) => !/^page pfn:|^flags:|^page dumped/.test(line)) : printed
    const refused = results.some(({ answer, result }) => (answer !== undefined && answer !== 'ok') || result.ret !== 0)
    const warned = [...told, ...lines].some((line) => line.startsWith('WARNING at '))
    if (capture && (refused || warned)) {
      facts++
      // a page refused in the first pass of an eject and gone in the second is not the model's to know
      const pages = new Set(met.pages.map((pfn) => `page pfn:0x${pfn.toString(16)}`))
      const kernel = lines.find((line) => !line.startsWith('page pfn:') || pages.size === 0 || pages.has(line))
      const model = told[0]
      if (kernel === undefined && model !== undefined && endsNoLine(model)) this.#pending = model
      else if (kernel !== model) differences.push({ field: 'log', kernel: kernel ?? 'nothing', model: model ?? 'nothing' })
    }
    // a refusal is the model's own where the probe holds a page of the block; else it was an input
    const heldBlocks = new Set([...this.#held.keys()].map((pfn) => Math.floor(pfn / this.#pagesPerBlock)))
    const blocks = new Set([...met.blocks, ...units.map((pfn) => Math.floor(pfn / this.#pagesPerBlock))])
    return { facts, differences, refusals: [...blocks].filter((block) => !heldBlocks.has(block)) }
  }

  /** What a virtio-mem device could not unplug, because somebody used it. */
  #busyUnits(actions: readonly Action[], capture: Capture): number[] {
    return actions.flatMap(({ command, plugged }) => {
      if (plugged === undefined || command.op !== 'device_action') return []
      const snapshot = this.engine.snapshot()
      const device = snapshot.devices.find((d) => d.name === command.name)
      return device ? busyPages(device, snapshot, Number(command.params['size']), plugged, capture) : []
    })
  }

  #mark(pfn: number, as: 'unmovable' | 'pinned' | 'none'): void {
    this.engine.execute({ op: 'mark', start: pfn * this.#pageSize, size: this.#pageSize, as })
  }
}

/** What a command of the probe answers while another one holds its lock for ever. */
const WAITS_FOR_PROBE: CommandResult = { ret: -1, errno: 'HANGS', stopped: 'hangs', reason: 'the probe does one command at a time, and one never ended', log: [], steps: 0 }

/** Single struct pages, as far as both sides tell. */
function comparePages(lines: readonly PageLine[], snapshot: Snapshot, seen: Seen): { facts: number; differences: Difference[] } {
  const differences: Difference[] = []
  let facts = 0
  for (const { pfn, fields } of lines) {
    for (const [name, model] of Object.entries(pageFields(snapshot, pfn, seen))) {
      const kernel = fields[name]
      if (kernel === undefined) continue
      facts++
      if (kernel !== model) differences.push({ field: `page ${hex(pfn)} ${name}`, kernel, model })
    }
  }
  return { facts, differences }
}

/** Takes struct pages that nobody initialised out of both pictures; answers of how many sub-sections. */
function blankUninitialised(recorded: Picture, model: Picture): number {
  let inputs = 0
  for (const [field, said] of model) {
    if (!field.endsWith(' struct pages')) continue
    const kernel = recorded.get(field)
    if (kernel === undefined) continue
    const without = withoutUninitialised(kernel, said)
    inputs += without.inputs
    recorded.set(field, without.recorded)
  }
  return inputs
}
