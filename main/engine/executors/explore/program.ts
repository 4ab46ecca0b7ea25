/**
 * A thread's operation as an automaton, compiled as it is needed. A generator cannot be copied; but a local state is a function of what was
 * observed, so a missing successor is found by running the real generator on: resumed where it stands, or replayed with what each open
 * frame observed. On return a frame's history gives way to its answer; a failed attempt leaves nothing.
 */
import type { Cell, Lock } from '../../state/handles.ts'
import { AGAIN, CALL, MARKED, StepKind, type Operation, type Step, type Steps } from '../step.ts'
import type { Broken } from './exploration.ts'
import { Do, keep, Node, sleeps, spins, type Event, type Frame, type Held, type History, type KeptStep, type Mode } from './node.ts'
import { NotDeterministic } from './not-deterministic.ts'
import type { ThreadSpec } from './question.ts'
import { resolve } from './resolve.ts'
import { pieceBorders, type World } from './world.ts'

/** How far two histories that end in one local state are followed (checkMerges). */
const MERGE_STEPS = 4

export class Program {
  readonly nodes: Node[] = []
  private readonly byKey = new Map<string, Node>()
  private readonly histories = new Map<string, History>()
  /** Live generators, one a frame, that stand where node `at` waits for its answer. */
  private live: Steps[] = []
  private liveAt = -1
  private merged = false
  /** Edges so far: whether anything new was learnt. */
  edges = 0

  constructor(readonly world: World, readonly spec: ThreadSpec, readonly thread: number) {
    freeze(spec.args)
  }

  /** Compiles the first node, unless it is there. */
  begin(): void {
    if (this.nodes.length > 0) return
    if (this.irq) this.interrupt()
    else this.first(undefined)
  }

  private first(source: Node | undefined): number {
    const operation = this.spec.operation as unknown as Operation<readonly unknown[]>
    const frames: Frame[] = [{ operation, mode: CALL.plain, history: undefined }]
    this.live = [operation.body(this.world.kernel, ...this.spec.args)]
    return this.run(undefined, frames, [], 0, source)
  }

  /** The step before the first: the moment at which an interrupt comes. */
  private interrupt(): void {
    const operation = this.spec.operation as unknown as Operation<readonly unknown[]>
    const step: KeptStep = { kind: StepKind.Cost, h: undefined, a: 0, b: 0, c: 0, text: '', x: undefined, y: undefined }
    const node = new Node(0, step, [{ operation, mode: CALL.plain, history: undefined }], [], 0, 1)
    node.opens = node.starts = true
    this.nodes.push(node)
  }

  get irq(): boolean {
    return typeof this.spec.context === 'object'
  }

  /** The node after `node`, when its step answered `code`. */
  successor(node: Node, code: number): number {
    if (node.answered === code && node.next >= 0) return node.next
    const known = node.edges.get(code)
    if (known !== undefined) return known
    const next = this.build(node, code)
    node.edges.set(code, next)
    if (node.next < 0) {
      node.answered = code
      node.next = next
    }
    this.edges++
    return next
  }

  private build(node: Node, code: number): number {
    const step = node.step!
    const held = heldAfter(node, step, code)
    if (node.starts) return this.first(node)
    if (node.piece + 1 < node.pieces) return this.node(step, node.frames, held, node.piece + 1, node.pieces).id
    this.stand(node)
    const answer = this.answerOf(node, step, code)
    const frames = node.frames.slice()
    const top = frames.length - 1
    frames[top] = { ...frames[top]!, history: this.extend(frames[top]!.history, signature(step), answer) }
    return this.run(answer, frames, held, code, node)
  }

  /** What the generator is told. */
  private answerOf(node: Node, step: KeptStep, code: number): unknown {
    const { values } = this.world
    switch (step.kind) {
      case StepKind.ReadRef: return values.ref(code)
      case StepKind.Write: case StepKind.Fill: case StepKind.Map: case StepKind.WriteRef: case StepKind.UpdateRef: case StepKind.Lock: case StepKind.Unlock: case StepKind.MightSleep: case StepKind.Synchronize: return 0
      case StepKind.TryLock: case StepKind.Choose: case StepKind.SeqRetry: case StepKind.SeqBegin: return code
      default: return values.number(code)
    }
  }

  /** Runs the live generators on to the next step that others can notice, or to the end. */
  private run(input: unknown, frames: Frame[], held: readonly Held[], code: number, source: Node | undefined): number {
    const events: Event[] = []
    const event = (kind: Event['kind'], text: string): void => {
      const { operation } = frames[frames.length - 1]!
      events.push({ kind, function: operation.name, source: operation.source, text })
    }
    this.liveAt = -1
    for (;;) {
      this.world.resumes++
      const r = this.live[this.live.length - 1]!.next(input as number)
      if (r.done) {
        const done = frames.pop()!
        this.live.pop()
        if (frames.length === 0) {
          frames.push(done)
          const left = held.filter((h) => h.mode !== 'seq')
          const end = this.end(frames, held, { kind: 'returned', value: r.value }, left.length === 0 ? undefined : { kind: 'lock-order', id: 'I23', text: `${left[0]!.lock.name} still held when ${done.operation.name}() returned` })
          event('return', String(r.value))
          if (source) source.events.set(code, events)
          return end.id
        }
        input = r.value
        const top = frames.length - 1
        if (done.mode === CALL.retry && r.value === AGAIN) {
          if (source) source.closesLoop = true
        } else frames[top] = { ...frames[top]!, history: this.extend(frames[top]!.history, 'return', r.value) }
        continue
      }
      const s = r.value
      input = 0
      switch (s.kind) {
        case StepKind.Cost: break
        case StepKind.Print: event('print', s.text); break
        case StepKind.Warn: event('warn', s.text); break
        case StepKind.Fail:
          event('fail', s.text)
          input = -s.a
          break
        case StepKind.Call: this.open(s, frames); break
        case StepKind.Bug: {
          const { text } = s
          const id = this.end(frames, held, { kind: 'bug', text }, { kind: 'bug', id: 'BUG', text: `${text} [${frames[frames.length - 1]!.operation.name}]` }).id
          if (source) source.events.set(code, events)
          return id
        }
        default: {
          const node = this.node(keep(s), frames, held, 0, this.piecesOf(s))
          if (source && events.length > 0) source.events.set(code, events)
          this.liveAt = this.merged ? -1 : node.id
          this.merged = false
          return node.id
        }
      }
    }
  }

  private open(s: Step, frames: Frame[]): void {
    const operation = s.x as Operation<readonly unknown[]>
    const args = s.y as readonly unknown[]
    freeze(args)
    frames.push({ operation, mode: s.a, history: undefined })
    this.live.push(operation.body(this.world.kernel, ...args))
  }

  private end(frames: readonly Frame[], held: readonly Held[], result: NonNullable<Node['result']>, fault: Broken | undefined): Node {
    const key = `end ${JSON.stringify(result)} ${heldKey(held)}`
    let node = this.byKey.get(key)
    if (!node) {
      node = new Node(this.nodes.length, undefined, frames.slice(), held, 0, 1)
      node.does = Do.Done
      node.result = result
      node.fault = fault
      this.nodes.push(node)
      this.byKey.set(key, node)
    }
    return node
  }

  private node(step: KeptStep, frames: readonly Frame[], held: readonly Held[], piece: number, pieces: number): Node {
    let key = `${piece} ${heldKey(held)} `
    for (const f of frames) key += f.history ? `${f.history.id},` : ','
    let node = this.byKey.get(key)
    if (node) {
      if (signature(node.step!) !== signature(step)) throw new NotDeterministic(node.operation.name, signature(node.step!), signature(step))
      if (this.world.checkMerges && piece === 0) this.compareOn(node)
      return node
    }
    node = new Node(this.nodes.length, step, frames.slice(), held, piece, pieces)
    this.nodes.push(node)
    this.byKey.set(key, node)
    node.inner = insideAtomic(frames) || (piece > 0 && frames.some((f) => f.mode === CALL.atomic))
    node.opens = !node.inner && frames.some((f) => f.mode === CALL.atomic)
    node.fault = this.faultOf(node, step)
    const plain = (step.kind === StepKind.Read || step.kind === StepKind.Write) && step.b !== MARKED
    const pages = step.kind === StepKind.Get || step.kind === StepKind.Fill || step.kind === StepKind.Scan || step.kind === StepKind.Count || step.kind === StepKind.Map
    node.plain = (plain || pages) && !held.some((h) => h.mode === 'seq') && !frames.some((f) => f.mode === CALL.atomic)
    node.writes = step.kind === StepKind.Write || step.kind === StepKind.Fill || step.kind === StepKind.Map
    resolve(this.world, node)
    return node
  }

  /**
   * Two histories end in one local state: the generators that just got there must go on as those before them did. Follows what is known of
   * the automaton a few steps, and leaves the generators used up.
   */
  private compareOn(from: Node): void {
    let node = from
    const live = this.live
    for (let step = 0; step < MERGE_STEPS && node.next >= 0; step++) {
      const next = this.nodes[node.next]!
      if (next.step === undefined || next.piece > 0) break
      const expected = signature(next.step)
      let input: unknown = this.answerOf(node, node.step!, node.answered)
      let found: string | undefined
      while (found === undefined && live.length > 0) {
        const r = live[live.length - 1]!.next(input as number)
        input = 0
        if (r.done) {
          live.pop()
          input = r.value
          continue
        }
        const s = r.value
        if (s.kind === StepKind.Call) live.push((s.x as Operation<readonly unknown[]>).body(this.world.kernel, ...(s.y as readonly unknown[])))
        else if (s.kind === StepKind.Fail) input = -s.a
        else if (s.kind !== StepKind.Cost && s.kind !== StepKind.Print && s.kind !== StepKind.Warn) found = signature(s)
      }
      if (found !== expected) throw new NotDeterministic(next.operation.name, expected, found ?? 'its end')
      node = next
    }
    this.live = []
    this.merged = true
  }

  /** What is wrong with a thread that is about to take this step. */
  private faultOf(node: Node, step: KeptStep): Broken | undefined {
    const lock = step.h as Lock
    const sleeping =
      step.kind === StepKind.MightSleep ? step.text
      : step.kind === StepKind.Lock && sleeps(lock) ? lock.name
      : step.kind === StepKind.WaitUntil ? `the wait for ${(step.h as Cell).name}`
      : step.kind === StepKind.Synchronize ? 'synchronize_rcu()'
      : undefined
    if (sleeping !== undefined) {
      const spin = node.held.find(spins)
      if (spin) return { kind: 'sleep', id: 'I15', text: `${node.operation.name}() may sleep (${sleeping}) with ${spin.lock.name} held` }
      if (this.irq) return { kind: 'sleep', id: 'I15', text: `${node.operation.name}() may sleep (${sleeping}) in an interrupt` }
    }
    if (step.kind === StepKind.Unlock && !node.held.some((h) => h.lock === lock && h.mode !== 'seq')) return { kind: 'lock-order', id: 'I23', text: `${lock.name} dropped but not held in ${node.operation.name}()` }
    return undefined
  }

  /** Whether a write shows in the middle, and in how many pieces. */
  private piecesOf(s: Step): number {
    if ((s.kind !== StepKind.Fill && s.kind !== StepKind.Map) || s.h !== this.world.kernel.page) return s.kind === StepKind.Synchronize ? 2 : 1
    return Math.max(1, pieceBorders(this.world, s.a, s.b).length - 1)
  }

  private extend(before: History | undefined, sign: string, answer: unknown): History {
    const value = typeof answer === 'number' ? answer : `r${this.world.values.refCode(answer)}`
    const key = `${before?.id ?? -1} ${value} ${sign}`
    let h = this.histories.get(key)
    if (!h) {
      h = { id: this.histories.size, before, signature: sign, answer, length: (before?.length ?? 0) + 1 }
      this.histories.set(key, h)
    }
    return h
  }

  /** Makes the live generators stand at a node, by replaying them alone where they stand elsewhere. */
  private stand(node: Node): void {
    if (this.liveAt === node.id) return
    const { kernel } = this.world
    this.liveAt = -1
    this.live = []
    let args: readonly unknown[] = this.spec.args
    node.frames.forEach((frame, depth) => {
      const steps = frame.operation.body(kernel, ...args)
      this.live.push(steps)
      const told: History[] = []
      for (let h = frame.history; h; h = h.before) told.push(h)
      let input: unknown = undefined
      for (;;) {
        this.world.resumes++
        const r = steps.next(input as number)
        if (r.done) throw new NotDeterministic(frame.operation.name, told.at(-1)?.signature ?? 'a step', 'its end')
        const s = r.value
        input = 0
        if (s.kind === StepKind.Cost || s.kind === StepKind.Print || s.kind === StepKind.Warn) continue
        if (s.kind === StepKind.Fail) {
          input = -s.a
          continue
        }
        const next = told.pop()
        if (!next) {
          if (s.kind === StepKind.Call) {
            const into = node.frames[depth + 1]
            if (into?.operation !== s.x) throw new NotDeterministic(frame.operation.name, into?.operation.name ?? signature(node.step!), (s.x as Operation<readonly unknown[]>).name)
            args = s.y as readonly unknown[]
            freeze(args)
          } else if (depth + 1 < node.frames.length || signature(s) !== signature(node.step!)) throw new NotDeterministic(frame.operation.name, signature(node.step!), signature(s))
          return
        }
        const said = s.kind === StepKind.Call ? 'return' : signature(s)
        if (said !== next.signature) throw new NotDeterministic(frame.operation.name, next.signature, said)
        input = next.answer
      }
    })
    this.liveAt = node.id
  }

  /** Replays a few local states: what was never resumed elsewhere has to be deterministic, too. */
  verify(): void {
    const some = Math.max(1, Math.floor(this.nodes.length / 4))
    for (let i = this.nodes.length - 1; i >= 0; i -= some) {
      const node = this.nodes[i]!
      if (!node.step || node.starts) continue
      this.liveAt = -1
      this.stand(node)
    }
  }

  /** Gives every node its places in a new layout. */
  resolveAll(): void {
    for (const node of this.nodes) if (node.step) resolve(this.world, node)
  }
}

/** Kind and what it is about: what a replay must yield again. */
export const signature = (s: Step | KeptStep): string => {
  const h = s.h
  const value = s.kind === StepKind.Read || s.kind === StepKind.ReadRef || s.kind === StepKind.Lock || s.kind === StepKind.Unlock ? s.text : `${s.a},${s.kind === StepKind.Write ? 0 : s.b},${s.kind === StepKind.Fill || s.kind === StepKind.Scan || s.kind === StepKind.Extent ? s.c : 0}`
  return `${s.kind}:${h ? `${h.name}` : ''}:${value}`
}

const heldKey = (held: readonly Held[]): string => held.map((h) => `${h.lock.id}${h.mode[0]}`).join()

/** Behind the first step of an atomic call. */
function insideAtomic(frames: readonly Frame[]): boolean {
  const at = frames.findIndex((f) => f.mode === CALL.atomic)
  return at >= 0 && frames.slice(at).some((f) => f.history !== undefined)
}

function heldAfter(node: Node, step: KeptStep, code: number): readonly Held[] {
  const lock = step.h as Lock
  const take = (mode: Mode): readonly Held[] => [...node.held, { lock, mode }]
  const drop = (seq: boolean): readonly Held[] => {
    const at = node.held.findLastIndex((h) => h.lock === lock && (h.mode === 'seq') === seq)
    return at < 0 ? node.held : node.held.filter((_, i) => i !== at)
  }
  switch (step.kind) {
    case StepKind.Lock: return take(step.text as Mode)
    case StepKind.TryLock: return code === 1 ? take(step.text as Mode) : node.held
    case StepKind.Unlock: return drop(false)
    case StepKind.SeqBegin: return take('seq')
    case StepKind.SeqRetry: return drop(true)
    default: return node.held
  }
}

/** Plain data that is handed on cannot be changed behind the steps' back. Handles, zones and nodes are left alone. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  const proto: unknown = Object.getPrototypeOf(value)
  if (proto !== Object.prototype && proto !== Array.prototype) return
  if ('startPfn' in value || 'zones' in value) return
  Object.freeze(value)
  for (const inner of Object.values(value)) freeze(inner)
}
