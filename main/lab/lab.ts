/**
 * The lab: one window's session. Holds the open document and answers the window's requests; every request runs to its end
 * before the next, so nobody sees a machine half way through a command.
 */
import { PROTOCOL, type DocumentInfo, type Outcome } from '../../preload/contract.ts'
import { RpcError } from '../../preload/rpc.ts'
import type { Checked } from '../engine/errors.ts'
import { profileText, readProfileText } from '../engine/profiles/text.ts'
import { toScenario } from '../engine/scenario/export.ts'
import { readThisComputer } from '../import/this-computer.ts'
import type { LabEvent, LabSession } from '../transport/session.ts'
import { createPluginHost, type PluginHost } from '../plugins/host.ts'
import { axis } from './axis.ts'
import { deviceTypeInfos } from './device-types.ts'
import type { CompareHandlers } from './compare/requests.ts'
import { answeredOtherwise, checkedProfile, chosenProfile } from './choose-profile.ts'
import type { Document } from './document.ts'
import { find } from './find.ts'
import { gallery, galleryInTurns, galleryScenario, projectVersion } from './gallery.ts'
import { history } from './history-text.ts'
import { inspect } from './inspect.ts'
import { lifetimes } from './lifetimes.ts'
import { map } from './map.ts'
import { documentOfScenario, documentOfTexts, guarded } from './open.ts'
import { outline } from './outline.ts'
import { ProfileUndo } from './profile-undo.ts'
import { inputProblem as problem } from './problem.ts'
import { choiceOf } from './profile-choice.ts'
import { kernelName, profileInfo, profileList } from './profiles.ts'
import type { RaceSession } from './races/session.ts'
import { summary } from './summary.ts'
import { textView } from './text-view.ts'
import { thisComputer } from './this-computer.ts'
import { TimelineSession } from './timeline/session.ts'
import { timelineInfo } from './timeline/sources.ts'
import { tryOut } from './try-out.ts'

export interface LabOptions {
  readonly host: 'electron' | 'browser'
  /** Where device types come from; what ships with Zonelab when absent. Shared by all sessions of a host. */
  readonly plugins?: PluginHost
}

export function createLab(options: LabOptions): LabSession {
  const plugins = options.plugins ?? createPluginHost()
  const listeners = new Set<(event: LabEvent) => void>()
  let open: Document | undefined
  const kernels = new ProfileUndo()
  const timeline = new TimelineSession()

  const doc = (): Document => {
    if (!open) throw new RpcError('no-document', 'no document is open')
    return open
  }
  const changed = (): void => {
    const event: LabEvent = { event: 'changed', data: { document: open ? info(open) : null } }
    for (const listener of listeners) listener(event)
  }
  const opened = (result: Checked<Document>): Outcome<DocumentInfo> => {
    if (!result.ok) return { ok: false, problems: result.errors.map(problem) }
    open = result.value
    kernels.clear()
    changed()
    return { ok: true, value: info(open) }
  }
  /** Another document takes the place of the open one: the same machine as another kernel. */
  const exchanged = (next: Document): DocumentInfo => {
    open = next
    changed()
    return info(next)
  }
  const moved = (position: number): DocumentInfo => {
    const d = doc()
    const before = d.position
    d.goto(position)
    if (d.position !== before) changed()
    return info(d)
  }

  const info = (d: Document): DocumentInfo => {
    const p = d.engine.profile
    const [undoes, redoes] = [kernels.undoes(d), kernels.redoes(d)]
    return {
      name: d.name, profile: kernelName(p), profileTitle: p.title, profileDate: p.date, profileChoice: choiceOf(p), summary: summary(d.engine),
      position: d.position, steps: d.steps.length, revision: d.revision, modified: d.modified,
      canUndo: undoes !== undefined || d.position > 0, canRedo: redoes !== undefined || d.position < d.steps.length,
      ...(undoes === undefined ? {} : { undoes }), ...(redoes === undefined ? {} : { redoes }),
      stuck: d.store.ref(d.kernel.heldForEver).map(({ lock, mode, by }) => ({ lock: lock.name, mode, by })),
      warnings: [...d.warnings, ...d.engine.booted.warnings],
    }
  }

  let comparing: Promise<CompareHandlers> | undefined
  const compare = (): Promise<CompareHandlers> => (comparing ??= import('./compare/requests.ts').then((m) => m.compareHandlers(doc)).catch((error: unknown) => {
    // asked again, it may be there
    comparing = undefined
    throw error
  }))
  let racing: Promise<RaceSession> | undefined
  const races = (): Promise<RaceSession> => (racing ??= import('./races/session.ts').then((m) => new m.RaceSession((data) => {
    for (const listener of listeners) listener({ event: 'raceProgress', data })
  })))

  return {
    hello: ({ protocol }) => {
      if (protocol !== PROTOCOL) throw new RpcError('bad-request', `window speaks protocol ${protocol}, main speaks ${PROTOCOL}: reload the window`)
      return { protocol: PROTOCOL, version: projectVersion(), host: options.host }
    },
    gallery: () => galleryInTurns(),
    thisComputer: () => thisComputer(),
    openGallery: ({ id }) => {
      const scenario = galleryScenario(id)
      if (!scenario) return { ok: false, problems: [problem({ code: 'ZL-OPEN-GALLERY', file: id, found: 'no such entry', expected: `one of ${gallery().map((g) => g.id).join(', ')}` })] }
      return opened(documentOfScenario(scenario, plugins.types))
    },
    openThisComputer: () => {
      const { texts, sources } = readThisComputer()
      if (texts.length === 0) return { ok: false, problems: sources.map((s) => problem({ code: 'ZL-OPEN-COMPUTER', file: s.path, found: s.text, expected: 'a readable file' })) }
      return opened(documentOfTexts(texts, plugins.types))
    },
    openTexts: ({ texts }) => opened(documentOfTexts(texts, plugins.types)),
    close: () => {
      open = undefined
      changed()
      return null
    },
    document: () => (open ? info(open) : null),
    outline: () => outline(doc()),
    axis: () => axis(doc()),
    map: ({ range, columns, tracks, limit }) => map(doc(), range, columns, tracks, limit),
    maps: ({ parts, tracks, limit }) => parts.map((p) => map(doc(), p.range, p.columns, tracks, limit)),
    inspect: ({ selection }) => inspect(doc(), selection),
    history: () => history(doc()),
    log: () => doc().steps.slice(0, doc().position).flatMap((s, i) => s.result.log.map((l) => ({ step: i + 1, level: l.level, text: l.text, fn: l.fn, ...(l.splat ? { splat: l.splat } : {}) }))),
    invariants: () => doc().engine.invariants(),
    text: ({ format }) => textView(doc(), format),
    plugins: () => plugins.plugins,
    reloadPlugins: async () => {
      await plugins.reload()
      if (open) open.revision++
      changed()
      return plugins.plugins
    },
    compare: async (params) => (await compare()).compare(params),
    compareStep: async (params) => (await compare()).compareStep(params),
    compareCauses: async (params) => (await compare()).compareCauses(params),
    compareAxis: async (params) => (await compare()).compareAxis(params),
    compareMaps: async (params) => (await compare()).compareMaps(params),
    compareText: async (params) => (await compare()).compareText(params),
    compareInspect: async (params) => (await compare()).compareInspect(params),
    compareMatrix: async (params) => (await compare()).compareMatrix(params),
    timeline: () => timelineInfo(doc()),
    timelineRun: ({ source, sides }) => timeline.run(doc(), source, sides),
    timelineSpread: ({ source, side, runs, ...how }) => timeline.spread(doc(), source, side, { ...how, runs }, (done) => {
      for (const listener of listeners) listener({ event: 'timelineProgress', data: { done, runs } })
    }),
    timelineTrace: ({ source, side }) => timeline.trace(doc(), source, side),
    timelineCancel: () => {
      timeline.cancel()
      return null
    },
    races: async () => (await races()).info(doc()),
    raceQuestion: async ({ question }) => (await races()).question(doc(), question),
    raceAsk: async ({ question, profile, trace }) => (await races()).ask(doc(), question, profile, trace),
    raceWhy: async ({ question, profile }) => (await races()).why(doc(), question, profile),
    raceCauses: async ({ question, from, to }) => (await races()).causes(doc(), question, from, to),
    raceCancel: async () => {
      const session = await racing
      session?.cancel()
      return null
    },
    racePromela: async ({ question, profile }) => (await races()).promela(doc(), question, profile),
    raceState: async ({ answer, step }) => (await races()).state(answer, step),
    raceInspect: async ({ answer, step, selection }) => (await races()).inspect(answer, step, selection),
    deviceTypes: () => deviceTypeInfos(doc(), (type) => plugins.pluginOf(type)),
    lifetimes: () => lifetimes(doc()),
    find: ({ query }) => find(doc(), query),
    run: ({ command }) => {
      const d = doc()
      const result = d.run(command)
      changed()
      return { ok: true, value: { ret: result.ret, ...(result.errno ? { errno: result.errno } : {}), ...(result.reason ? { reason: result.reason } : {}), document: info(d) } }
    },
    tryOut: ({ command }) => tryOut(doc(), command),
    runAll: ({ commands }) => {
      const d = doc()
      const failed = commands.filter((command) => d.run(command).ret < 0).length
      changed()
      return { ok: true, value: { done: commands.length - failed, failed, document: info(d) } }
    },
    goto: ({ position }) => moved(position),
    undo: () => {
      const former = kernels.undo(doc())
      return former ? exchanged(former) : moved(doc().position - 1)
    },
    redo: () => {
      const later = kernels.redo(doc())
      return later ? exchanged(later) : moved(doc().position + 1)
    },
    profiles: () => profileList(),
    checkProfile: ({ profile }) => checkedProfile(profile, open?.description),
    setProfile: ({ profile }) => {
      const before = doc()
      const chosen = chosenProfile(profile)
      if (!chosen.ok) return { ok: false, problems: chosen.errors.map(problem) }
      const again = guarded(before.name, () => before.rebooted(chosen.value))
      if (!again.ok) return { ok: false, problems: again.errors.map(problem) }
      kernels.changed(before, again.value)
      const document = exchanged(again.value)
      return { ok: true, value: { document, from: kernelName(before.engine.profile), to: kernelName(chosen.value), replayed: before.steps.length, otherwise: answeredOtherwise(before, again.value) } }
    },
    profileText: ({ profile }) => {
      const chosen = chosenProfile(profile)
      if (!chosen.ok) return { ok: false, problems: chosen.errors.map(problem) }
      return { ok: true, value: { name: `${fileName(kernelName(chosen.value))}.profile.yaml`, text: profileText(chosen.value) } }
    },
    readProfile: ({ name, text }) => {
      const read = readProfileText(text, name)
      return read.ok ? { ok: true, value: profileInfo(read.value) } : { ok: false, problems: read.errors.map(problem) }
    },
    exportScenario: () => {
      const d = doc()
      const text = toScenario(d.description, d.steps.slice(0, d.position).map((s) => s.command), { title: d.name, profile: d.engine.profile, ...(d.scenario ? { from: d.scenario } : {}) })
      return { name: `${fileName(d.name)}.zonelab.yaml`, text }
    },
    rename: ({ name }) => {
      const d = doc()
      d.name = name
      d.modified = true
      d.revision++
      changed()
      return info(d)
    },
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const fileName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'machine'
