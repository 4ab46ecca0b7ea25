/** One exploration from beginning to end: sequential runs to find the scope, a plain search, reduced ones where there is much, the best trace. */
import type { Broken, Exploration, Progress } from './exploration.ts'
import { FootprintGrown, Judge } from './judge.ts'
import { lockCycles } from './lock-order.ts'
import { Machine } from './machine.ts'
import { Program } from './program.ts'
import { DEFAULT_OPTIONS, MAX_THREADS, QuestionError, type ExploreOptions, type Question } from './question.ts'
import { Reduction } from './reduction.ts'
import { resolve } from './resolve.ts'
import { Scope, ScopeGrown } from './scope.ts'
import { Search } from './search.ts'
import { Shortest } from './shortest.ts'
import { ToldStates } from './told-states.ts'
import { tellTrace } from './trace.ts'
import { Values } from './values.ts'
import type { World } from './world.ts'

/** Most questions have fewer states than that, and are explored plainly. */
const PLAIN_STATES = 2_000

/** An exploration with what it was made of: for tests, exports and "why". */
export interface Explored {
  readonly exploration: Exploration
  /** The machine after each step of the trace. */
  readonly told: ToldStates
  readonly world: World
  readonly programs: readonly Program[]
  readonly machine: Machine
  readonly search: Search
  readonly judge: Judge
  readonly options: ExploreOptions
}

export function* exploration(question: Question): Generator<Progress, Explored, void> {
  const options = optionsOf(question)
  const { kernel, base, threads } = question
  const values = new Values()
  const scope = new Scope()
  const world: World = {
    kernel, base, values, scope, layout: scope.layout(base, values, threads.length), pageGrain: options.pageGrain, without: new Set(options.without), checkMerges: options.checkMerges, lenient: false, resumes: 0,
  }
  const programs = threads.map((spec, t) => new Program(world, spec, t))
  const judge = new Judge(world, question.invariants, threads, options.recordValues)

  /** A machine on a layout that has a place for everything that is known to be written. */
  const machineOf = (): Machine => {
    for (;;)
      try {
        if (world.layout.version !== scope.version) resolveEverything(world, programs)
        for (const p of programs) p.begin()
        const machine = new Machine(world, programs, options.recordValues)
        judge.attach(machine)
        return machine
      } catch (e) {
        if (!(e instanceof ScopeGrown)) throw e
      }
  }
  /** Begins anew while threads write, or invariants look, where nobody did before. */
  function* settled(make: (machine: Machine) => Search): Generator<Progress, Search> {
    for (;;)
      try {
        const search = make(machineOf())
        yield* search.run()
        return search
      } catch (e) {
        if (!(e instanceof ScopeGrown) && !(e instanceof FootprintGrown)) throw e
      }
  }

  world.lenient = true
  for (const p of programs) p.begin()
  for (const order of orders(threads.length)) {
    scout(world, programs, () => new Machine(world, programs), order)
    yield { phase: 'learn', states: 0, transitions: 0, depth: 0 }
  }
  world.lenient = false
  resolveEverything(world, programs)
  if (question.invariants.length > 0) for (const order of orders(threads.length)) lookAround(machineOf, judge, order)

  const plainLimit = options.reduce === 'on' ? 0 : options.reduce === 'off' ? options.maxStates : Math.min(PLAIN_STATES, options.maxStates)
  let search = yield* settled((m) => new Search(m, judge, options, undefined, question.outcome, plainLimit))
  const irqs = programs.some((p) => p.irq)
  if (!search.complete && !search.stopped && options.reduce !== 'off') {
    for (;;) {
      const known = learnt(programs)
      yield { phase: 'learn', states: search.visited.size, transitions: search.transitions, depth: 0 }
      search = yield* settled((m) => new Search(m, judge, options, irqs ? undefined : new Reduction(programs, m.layout, judge, kernel.memHotplugLock), question.outcome, options.maxStates))
      if (search.useless) {
        search = yield* settled((m) => new Search(m, judge, options, undefined, question.outcome, options.maxStates))
        break
      }
      if (search.stopped || !search.complete || learnt(programs) === known) break
    }
  }
  return yield* conclude(question, options, world, programs, search, judge)
}

function* conclude(question: Question, options: ExploreOptions, world: World, programs: readonly Program[], search: Search, judge: Judge): Generator<Progress, Explored> {
  const { machine } = search
  for (const p of programs) p.verify()
  const cycles = search.complete || search.stopped ? lockCycles(programs, world.without) : []
  const findings: Broken[] = search.found.map((f) => f.broken)
  if (options.breaks.lockOrder) for (const c of cycles) findings.push({ kind: 'lock-order', id: 'I23', text: `${c.locks.join(' -> ')} -> ${c.locks[0]!}: ${c.text}` })
  const [first] = search.found
  const states: Int32Array[] = []
  const trace = first ? tellTrace(machine, yield* new Shortest(machine, judge, options, question.outcome, first.broken, first.path).run(), first.broken, () => states.push(machine.state.slice())) : []
  const broken = findings[0]
  const exploration: Exploration = {
    verdict: broken ? 'broken' : search.complete ? 'holds' : 'incomplete',
    ...(broken ? { broken } : {}),
    findings, states: search.visited.size, transitions: search.transitions, complete: search.complete,
    bound: boundText(question, options, world, search), reduced: search.reduced, trace,
    terminals: search.terminals, terminalCount: search.terminalCount, races: search.races.found, lockCycles: cycles.map((c) => c.locks), results: search.answers,
    localStates: programs.reduce((n, p) => n + p.nodes.length, 0), resumes: world.resumes, bytes: search.visited.bytes,
  }
  return { exploration, told: new ToldStates(machine, states), world, programs, machine, search, judge, options }
}

/** What grows as automata do. */
const learnt = (programs: readonly Program[]): number => programs.reduce((n, p) => n + p.nodes.length + p.edges, 0)

/** A few orders of running the threads one after the other: most of what is written shows in them. */
const orders = (threads: number): readonly (readonly number[])[] => {
  const forwards = Array.from({ length: threads }, (_, t) => t)
  return forwards.flatMap((t) => {
    const turned = forwards.map((u) => (t + u) % threads)
    return [turned, turned.toReversed()]
  })
}

function resolveEverything(world: World, programs: readonly Program[]): void {
  world.layout = world.scope.layout(world.base, world.values, programs.length)
  for (const p of programs) p.resolveAll()
}

/** Runs the threads in that order, each as far as it gets, on to the end of what they write: the scope grows on the way. */
function scout(world: World, programs: readonly Program[], machineOn: () => Machine, order: readonly number[]): void {
  let machine = machineOn()
  /** After a growth: the same state on a layout that has a place for the step. */
  const settle = (t: number): void => {
    const node = machine.node(t)
    while (node.step && node.version !== machine.layout.version) {
      resolve(world, node)
      if (node.version === machine.layout.version) return
      world.layout = world.scope.layout(world.base, world.values, programs.length)
      machine = machineOn().continueFrom(machine)
    }
  }
  for (const t of order)
    for (;;) {
      settle(t)
      if (!machine.enabled(t)) break
      const node = machine.node(t)
      machine.step(t, 0)
      machine.undoTop = 0
      // alone it would go round for ever
      if (node.closesLoop) break
    }
}

/** Has the invariants look at the beginning, and at the ends of sequential runs: most of what they look at shows there. */
function lookAround(machineOf: () => Machine, judge: Judge, order: readonly number[]): void {
  for (;;)
    try {
      const machine = machineOf()
      judge.judge(machine, true)
      for (const t of order)
        while (machine.enabled(t)) {
          const node = machine.node(t)
          machine.step(t, 0)
          machine.undoTop = 0
          if (node.closesLoop) break
        }
      judge.judge(machine, true)
      return
    } catch (e) {
      if (!(e instanceof ScopeGrown) && !(e instanceof FootprintGrown)) throw e
    }
}

function boundText(question: Question, options: ExploreOptions, world: World, search: Search): string {
  const { kernel: k } = question
  const sections = new Set<number>()
  for (const p of world.layout.places)
    if (p.kind === 'field' && (p.h === k.page || p.h === k.sectionFlags || p.h === k.subsectionMap)) {
      const first = Math.floor((p.start * p.h.unit) / k.pagesPerSection)
      const last = Math.ceil((p.end * p.h.unit) / k.pagesPerSection)
      for (let s = first; s < last && sections.size < 10_000; s++) sections.add(s)
    }
  const n = search.visited.size
  // two of n states in one of 2^64 hashes
  const chance = (n * n) / 2 / 2 ** 64
  const omission = options.exact ? 'exact' : `chance that a hash hid a state ${chance < 1e-12 ? 'below 1e-12' : chance.toExponential(0)}`
  const end = search.complete ? 'complete' : search.stopped ? 'stopped at the first finding' : `stopped at ${options.maxStates} states`
  return `${question.threads.length} threads, ${sections.size} section${sections.size === 1 ? '' : 's'}, ${n} states, ${end}, ${omission}`
}

function optionsOf({ kernel, threads, options = {} }: Question): ExploreOptions {
  if (threads.length < 1 || threads.length > MAX_THREADS) throw new QuestionError('threads', `${threads.length} threads`, `1 to ${MAX_THREADS}`)
  const names = threads.map((t) => t.name)
  const twice = names.find((n, i) => names.indexOf(n) !== i)
  if (twice !== undefined) throw new QuestionError('threads', `two threads "${twice}"`, 'a name for each')
  threads.forEach((t, i) => {
    if (typeof t.context !== 'object') return
    const host = threads[t.context.irqOn]
    if (!host || t.context.irqOn === i || typeof host.context === 'object') throw new QuestionError(`threads[${i}].context`, `an interrupt on thread ${t.context.irqOn}`, 'another thread, which is no interrupt')
  })
  return { ...DEFAULT_OPTIONS, pageGrain: kernel.pagesPerSection, ...options }
}
