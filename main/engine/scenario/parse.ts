/** Text of a scenario file to a scenario that can be run: reading, checking, and making commands of its steps. */
import type { Command } from '../command.ts'
import type { Checked } from '../errors.ts'
import type { MachineDescription } from '../machine/description.ts'
import type { Profile } from '../profiles/profile.ts'
import { V6_1 } from '../profiles/profiles.ts'
import { machineOf } from './machine-form.ts'
import type { ImportSources } from './machine-form.ts'
import { profilesOfForm } from './profile-form.ts'
import type { ProfileSet } from './profile-set.ts'
import { problems } from './problems.ts'
import { readYaml } from './read-yaml.ts'
import type { Path } from './read-yaml.ts'
import { ScenarioFile } from './schema.ts'
import type { ExpectForm, ScenarioForm } from './schema.ts'
import { DimmSlots, commandsOf, stepText } from './steps.ts'
import { upgrade } from './upgrade.ts'

/** A scenario file that was read and is well formed; its machine may still have to be imported. */
export interface ParsedScenario {
  readonly file: string
  readonly form: ScenarioForm
  /** Line of a value in the file. */
  lineOf(path: Path): number
}

/** What has to hold after boot or a step: under every profile, and under some. */
export interface Expectations {
  readonly expect?: ExpectForm
  readonly expectUnder?: readonly ExpectUnder[]
}
/** `written` is the key in the file. */
export interface ExpectUnder { readonly written: string; readonly set: ProfileSet; readonly expect: ExpectForm }

export interface ScenarioStep extends Expectations {
  /** From 1; 0 is boot. */
  readonly n: number
  readonly line: number
  /** One line: `online_movable 32`. */
  readonly text: string
  readonly commands: readonly Command[]
  readonly note?: string
}

/** A scenario ready to run. Its own expectations are those after boot. */
export interface Scenario extends Expectations {
  readonly file: string
  readonly title: string
  readonly notes?: string
  /** Id of its own profile. */
  readonly profile: string
  /** Its own profile: one known by name, or custom. */
  readonly kernel: Profile
  /** The profiles that it is for; its own alone when it does not say. */
  readonly profiles: readonly Profile[]
  readonly description: MachineDescription
  readonly steps: readonly ScenarioStep[]
  /** As it was written; export keeps its machine. */
  readonly form: ScenarioForm
  lineOf(path: Path): number
}

export const DEFAULT_PROFILE = V6_1.id

/** Reads and checks a scenario file. `file` is what problems call it. */
export function parseScenario(text: string, file: string): Checked<ParsedScenario> {
  const read = readYaml(text, file)
  if (!read.ok) return read
  const data = upgrade(read.value, file)
  if (!data.ok) return data
  const checked = ScenarioFile.safeParse(data.value)
  if (!checked.success) return { ok: false, errors: problems(checked.error.issues, { ...read.value, data: data.value }, file) }
  return { ok: true, value: { file, form: checked.data, lineOf: (path) => read.value.lineOf(path) } }
}

/** Makes the machine and the commands. `sources` is needed only by a machine with `import:`. */
export function resolveScenario(parsed: ParsedScenario, sources?: ImportSources): Checked<Scenario> {
  const { form, file } = parsed
  const machine = machineOf(form.machine, { file, title: form.title, lineOf: (path) => parsed.lineOf(path), ...(sources ? { sources } : {}) })
  if (!machine.ok) return machine
  const read = profilesOfForm(parsed)
  if (!read.ok) return read
  const { kernel, profiles, boot, under } = read.value
  const slots = new DimmSlots(machine.value)
  const steps = (form.steps ?? []).map((step, i): ScenarioStep => {
    const commands = commandsOf(step, slots)
    return {
      n: i + 1,
      line: parsed.lineOf(['steps', i]),
      text: stepText(commands),
      commands,
      ...(step.note === undefined ? {} : { note: step.note }),
      ...(step.expect === undefined ? {} : { expect: step.expect }),
      ...(under[i] === undefined ? {} : { expectUnder: under[i] }),
    }
  })
  return {
    ok: true,
    value: {
      file,
      title: form.title,
      ...(form.notes === undefined ? {} : { notes: form.notes }),
      profile: kernel.id,
      kernel,
      profiles,
      description: machine.value,
      ...(form.expect === undefined ? {} : { expect: form.expect }),
      ...(boot === undefined ? {} : { expectUnder: boot }),
      steps,
      form,
      lineOf: (path) => parsed.lineOf(path),
    },
  }
}

/** Both in one: text to a scenario that can be run. */
export function loadScenario(text: string, file: string, sources?: ImportSources): Checked<Scenario> {
  const parsed = parseScenario(text, file)
  return parsed.ok ? resolveScenario(parsed.value, sources) : parsed
}

/** True when text looks like a scenario file rather than captured text: a `zonelab:` key at the top level. */
export const looksLikeScenario = (text: string): boolean => /^(?:\{\s*)?["']?zonelab["']?\s*:/m.test(text)
