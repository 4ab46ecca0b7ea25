/**
 * A question as a Promela model, so that a doubter can check an exploration with SPIN: the threads' automata with their places as ints. Each
 * step is one d_step. A model blocks where the exploration says that nothing can happen (an answer that it never saw), and fails an assertion
 * where a state shows a combination of values that the exploration has not judged good: SPIN agrees only with an exploration that missed
 * nothing. Not in the model: data races, lock order, rules about results.
 */
import type { Field, Lock } from '../../state/handles.ts'
import { StepKind, type Predicate } from '../step.ts'
import type { Explored } from './exploration-run.ts'
import { ANY, QUIESCENT, UNLOCKED } from './judge.ts'
import { sharable, type Machine } from './machine.ts'
import { placeName } from './names.ts'
import { Do, type KeptStep, type Node } from './node.ts'
import { QuestionError } from './question.ts'

/** One way in which a step may go. */
interface Way { readonly guard: string; readonly effects: readonly string[]; readonly to: number }

/** Tuples of values that may be enumerated for one test at most. */
const TUPLES = 4096

/** `explored` is complete, of a question explored with `all` and `recordValues`. */
export function promela(explored: Explored): string {
  const { machine, programs, exploration } = explored
  if (!exploration.complete) throw new QuestionError('promela', exploration.bound, 'a complete exploration')
  if (programs.some((p) => p.irq)) throw new QuestionError('promela', 'a thread in interrupt context', 'threads in process context')
  return new Model(explored, machine).text()
}

class Model {
  private readonly values: readonly (readonly number[])[]
  private readonly atomics: boolean
  private readonly groups: readonly number[]
  private readonly mhl: number

  constructor(private readonly explored: Explored, private readonly machine: Machine) {
    this.values = machine.layout.places.map((_, i) => [...new Set([machine.layout.initial[i]!, ...(machine.seen?.[i] ?? [])])].sort((a, b) => a - b))
    this.atomics = explored.programs.some((p) => p.nodes.some((n) => n.inner))
    this.groups = [ANY, UNLOCKED, QUIESCENT].filter((g) => explored.judge.has(g) && this.watched(g).length > 0)
    this.mhl = machine.layout.of(explored.world.kernel.memHotplugLock)
  }

  text(): string {
    const { machine, explored } = this
    const lines = [
      '/* Written by Zonelab: the threads of a question as automata over shared places.', ` * ${explored.exploration.bound}`, ' */',
      ...machine.layout.places.map((p, i) => `int v${i} = ${machine.layout.initial[i]!}; /* ${placeName(p).replaceAll('*/', '')} */`),
      ...(this.atomics ? ['byte excl = 0; /* 1 + the thread inside an atomic call */'] : []),
      'byte bad = 0;', 'byte flight = 0; /* operations in flight */',
      ...this.groups.flatMap((g) => this.table(g)),
    ]
    explored.programs.forEach((_, t) => lines.push(...this.process(t)))
    return `${lines.join('\n')}\n`
  }

  /** Combinations of values that were judged good, and a look-up. */
  private table(g: number): readonly string[] {
    const places = this.watched(g)
    const good = this.explored.judge.good(g)
    const name = `good${g}`
    return [
      'c_decl {', `  static const int ${name}[][${places.length}] = {`, ...good.map((tuple) => `    {${tuple.join(',')}},`), '  };', '}',
      'c_code {', `  static int not_${name}(void) {`, `    int now_[${places.length}] = {${places.map((p) => `now.v${p}`).join(', ')}};`, '    unsigned i; int j;',
      `    for (i = 0; i < sizeof(${name}) / sizeof(${name}[0]); i++) {`, `      for (j = 0; j < ${places.length} && ${name}[i][j] == now_[j]; j++) ;`, `      if (j == ${places.length}) return 0;`, '    }', '    return 1;', '  }', '}',
    ]
  }

  private watched(g: number): readonly number[] {
    return [...(this.explored.judge.places(g) ?? [])].flatMap((yes, i) => (yes ? [i] : []))
  }

  private process(t: number): readonly string[] {
    const { programs } = this.explored
    const { nodes, spec } = programs[t]!
    const first = this.behindSilent(t, 0)
    const out = [`active proctype ${spec.name.replaceAll(/\W/g, '_')}_${t}() {`, `  goto ${this.label(nodes[first]!)};`]
    const todo = [first]
    const done = new Set<number>()
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      if (done.has(id)) continue
      done.add(id)
      const node = nodes[id]!
      if (node.does === Do.Done) continue
      const ways = this.ways(t, node)
      out.push(`n${id}: /* ${node.operation.name}: ${node.step?.h?.name ?? ''} */`, '  if')
      for (const way of ways) {
        out.push(`  :: d_step { ${this.guarded(t, way.guard)} -> ${[...way.effects, ...this.after(t, node, nodes[way.to]!, id === first)].join('; ')} }; goto ${this.label(nodes[way.to]!)}`)
        todo.push(way.to)
      }
      // nothing that was ever seen: SPIN calls it an invalid end state
      if (ways.length === 0) out.push('  :: false -> goto stop')
      out.push('  fi;')
    }
    out.push('stop: skip', '}')
    return out
  }

  private label(node: Node): string {
    return node.does === Do.Done ? 'stop' : `n${node.id}`
  }

  private guarded(t: number, guard: string): string {
    return this.atomics ? `((excl == 0 || excl == ${t + 1}) && ${guard})` : `(${guard})`
  }

  /** What follows a step at once: who is alone, who is in flight, what is judged. */
  private after(t: number, node: Node, to: Node, begins: boolean): readonly string[] {
    const out: string[] = []
    const { spec } = this.explored.programs[t]!
    if (this.atomics && (node.inner || node.opens || to.inner)) out.push(`excl = ${to.inner ? t + 1 : 0}`)
    if (spec.role !== 'reader') {
      if (begins && to.does !== Do.Done) out.push('flight++')
      if (!begins && to.does === Do.Done) out.push('flight--')
    }
    const { breaks } = this.explored.options
    if (to.fault && (to.fault.kind === 'bug' ? breaks.bug : to.fault.kind === 'sleep' ? breaks.sleep : breaks.lockOrder)) out.push('assert(false)')
    const writes = node.does !== Do.Read && node.does !== Do.Look && node.does !== Do.Choose
    for (const g of this.groups) {
      if (!writes && to.does !== Do.Done) continue
      const when = g === UNLOCKED && this.mhl >= 0 ? `v${this.mhl} <= 0` : g === QUIESCENT ? 'flight == 0' : 'true'
      out.push(`if :: ${when} -> c_code { now.bad = not_good${g}(); }; assert(bad == 0) :: else fi`)
    }
    if (out.length === 0) out.push('skip')
    return out
  }

  private behindSilent(t: number, id: number): number {
    let node = this.explored.programs[t]!.nodes[id]!
    while (node.does === Do.Constant && node.next >= 0 && !node.closesLoop && !node.fault) node = this.explored.programs[t]!.nodes[node.next]!
    return node.id
  }

  /** Successor by answer, or undefined where that was never answered. */
  private to(t: number, node: Node, answer: number): number | undefined {
    const next = node.edges.get(answer)
    return next === undefined ? undefined : this.behindSilent(t, next)
  }

  private ways(t: number, node: Node): readonly Way[] {
    const step = node.step!
    const v = `v${node.place}`
    const way = (answer: number, guard: string, ...effects: readonly string[]): readonly Way[] => {
      const to = this.to(t, node, answer)
      return to === undefined ? [] : [{ guard, effects, to }]
    }
    const each = (of: (answer: number) => readonly Way[]): readonly Way[] => [...node.edges.keys()].flatMap(of)
    switch (node.does) {
      case Do.Read: return each((a) => way(a, `${v} == ${a}`))
      case Do.Write: return way(0, 'true', `${v} = ${node.code}`)
      case Do.Add: {
        const { values } = this.explored.world
        return each((a) => way(a, `${v} == ${values.code(values.number(a) - node.code)}`, `${v} = ${a}`))
      }
      case Do.Update: {
        const { values } = this.explored.world
        return way(0, 'true', this.changed(node.place, (old) => values.refCode((step.x as (value: unknown) => unknown)(values.ref(old)))))
      }
      case Do.Fill: return way(0, 'true', ...node.places.map((p) => `v${p} = ${node.code}`))
      case Do.Map: {
        const { values } = this.explored.world
        return way(0, 'true', ...node.places.map((p) => this.changed(p, (old) => values.code((step.x as (value: number) => number)(values.number(old))))))
      }
      case Do.Look: return step.kind === StepKind.Scan ? this.scan(t, node, step) : this.counted(t, node, step)
      case Do.Lock: return way(0, this.free(node), ...this.take(t, node))
      case Do.TryLock: return [...way(1, this.free(node), ...this.take(t, node)), ...way(0, `!(${this.free(node)})`)]
      case Do.Unlock: return way(0, 'true', ...this.drop(t, node))
      case Do.Choose: return each((a) => way(a, 'true'))
      case Do.Wait: return each((a) => way(a, `${v} == ${node.code}`))
      case Do.SeqBegin: return each((a) => way(a, `${v} == 0 && v${node.place + 1} == ${a}`))
      case Do.SeqRetry: {
        const again = `${v} != 0 || v${node.place + 1} != ${step.a}`
        return [...way(1, again), ...way(0, `!(${again})`)]
      }
      case Do.GraceBegin: return way(0, 'true', `v${node.place + 1 + t} = -${v}`)
      case Do.GraceEnd: return way(0, `v${node.place + 1 + t} == 0`)
      case Do.Constant: return each((a) => way(a, 'true'))
      case Do.Done: return []
    }
  }

  /** An assignment by what the place holds. */
  private changed(place: number, change: (old: number) => number): string {
    const cases = this.values[place]!.flatMap((old) => {
      const next = change(old)
      return next === old ? [] : [`:: v${place} == ${old} -> v${place} = ${next}`]
    })
    return cases.length === 0 ? 'skip' : `if ${cases.join(' ')} :: else fi`
  }

  private free(node: Node): string {
    const lock = node.step!.h as Lock
    const v = `v${node.place}`
    if (lock.kind === 'rcu') return 'true'
    return node.step!.text === 'read' && sharable(lock) ? `${v} <= 0` : `${v} == 0`
  }

  private take(t: number, node: Node): readonly string[] {
    const lock = node.step!.h as Lock
    const v = `v${node.place}`
    if (node.step!.text === 'read' && sharable(lock)) return [`${v} = -((-${v}) | ${1 << t})`]
    return [`${v} = ${t + 1}`, ...(lock.kind === 'seqlock' ? [`v${node.place + 1}++`] : [])]
  }

  private drop(t: number, node: Node): readonly string[] {
    const lock = node.step!.h as Lock
    const v = `v${node.place}`
    const held = node.held.filter((h) => h.lock === lock && h.mode !== 'seq')
    if (held.length === 0) return ['skip']
    if (!(held[0]!.mode === 'read' && sharable(lock))) return [`${v} = 0`]
    if (held.length > 1) return ['skip']
    const mine = 1 << t
    const left = `${v} = -((-${v}) & ~${mine})`
    return lock.kind === 'rcu' ? [left, ...this.explored.programs.map((_, o) => `v${node.place + 1 + o} = v${node.place + 1 + o} & ~${mine}`)] : [left]
  }

  /** For which values of the places `test` holds at a pfn, as an expression; true or false where it does not depend on them. */
  private holds(fields: readonly Field[], pfn: number, test: Predicate): string | boolean {
    const { layout } = this.machine
    const { base, values } = this.explored.world
    const places = fields.map((h) => layout.at(h, Math.floor(pfn / h.unit)))
    const choices = fields.map((h, i) => (places[i]! < 0 ? [base.at(h, pfn)] : this.values[places[i]!]!.map((c) => values.number(c))))
    if (choices.reduce((n, c) => n * c.length, 1) > TUPLES) throw new QuestionError('promela', `more than ${TUPLES} combinations of values in one test`, 'a smaller question')
    const yes: string[] = []
    let all = 0
    const walk = (i: number, tuple: readonly number[]): void => {
      if (i < fields.length) {
        for (const value of choices[i]!) walk(i + 1, [...tuple, value])
        return
      }
      all++
      if (!test(tuple[0] ?? 0, tuple[1] ?? 0, tuple[2] ?? 0, tuple[3] ?? 0)) return
      const terms = places.flatMap((p, f) => (p < 0 || choices[f]!.length === 1 ? [] : [`v${p} == ${values.code(tuple[f]!)}`]))
      yes.push(terms.length === 0 ? 'true' : terms.join(' && '))
    }
    walk(0, [])
    if (yes.length === 0) return false
    return yes.length === all ? true : yes.map((x) => `(${x})`).join(' || ')
  }

  /** Candidates of a scan at which the answer may differ, in order, each with the test. */
  private candidates(step: KeptStep): readonly { readonly pfn: number; readonly when: string | boolean }[] {
    const { view } = this.machine
    const fields = step.x as readonly Field[]
    const out: { readonly pfn: number; readonly when: string | boolean }[] = []
    const up = step.c > 0
    for (let at = step.a; up ? at < step.b : at >= step.b; ) {
      const when = this.holds(fields, at, step.y as Predicate)
      if (when !== false) out.push({ pfn: at, when })
      if (when === true) break
      const edge = up ? Math.min(...fields.map((f) => view.endOf(f, at))) : Math.max(...fields.map((f) => view.startOf(f, at)))
      if (up) at = Math.max(at + step.c, edge === Infinity ? step.b : step.a + Math.ceil((edge - step.a) / step.c) * step.c)
      else at = Math.min(at + step.c, step.a - Math.ceil((step.a - edge + 1) / -step.c) * -step.c)
    }
    return out
  }

  private scan(t: number, node: Node, step: KeptStep): readonly Way[] {
    const { values } = this.explored.world
    const out: Way[] = []
    const none: string[] = []
    for (const { pfn, when } of this.candidates(step)) {
      const to = this.to(t, node, values.code(pfn))
      if (to !== undefined) out.push({ guard: [...none, ...(when === true ? [] : [`(${String(when)})`])].join(' && ') || 'true', effects: [], to })
      if (when === true) return out
      none.push(`!(${String(when)})`)
    }
    const to = this.to(t, node, values.code(-1))
    return to === undefined ? out : [...out, { guard: none.join(' && ') || 'true', effects: [], to }]
  }

  /** A count: a sum over stretches in which nothing changes. */
  private counted(t: number, node: Node, step: KeptStep): readonly Way[] {
    const { view } = this.machine
    const { values } = this.explored.world
    const fields = step.x as readonly Field[]
    const parts: string[] = []
    let sure = 0
    for (let at = step.a; at < step.b; ) {
      const end = Math.min(step.b, ...fields.map((f) => view.endOf(f, at)))
      const when = this.holds(fields, at, step.y as Predicate)
      if (when === true) sure += end - at
      else if (when !== false) parts.push(`((${when}) -> ${end - at} : 0)`)
      at = end
    }
    const sum = [String(sure), ...parts].join(' + ')
    return [...node.edges.keys()].flatMap((a) => {
      const to = this.to(t, node, a)
      return to === undefined ? [] : [{ guard: `(${sum}) == ${values.number(a)}`, effects: [], to }]
    })
  }
}
