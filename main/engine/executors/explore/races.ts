/** Data races: two pending plain accesses to one place in one reached state, one of them a write. */
import type { Race } from './exploration.ts'
import type { Machine } from './machine.ts'
import { placeName } from './names.ts'
import { Do, type Node } from './node.ts'
import { look } from './resolve.ts'

export class Races {
  readonly found: Race[] = []
  private readonly known = new Set<string>()
  /** By pair of threads, by node of the first, by node of the second: 1 no race ever, 2 listed. */
  private readonly pairs: Uint8Array[][] = []

  /**
   * Looks at the pending step of the thread that moved, against the others'; and at what others scan, which what was written may have
   * changed. The first race that is new, or undefined.
   */
  check(machine: Machine, moved: number): Race | undefined {
    let first: Race | undefined
    for (let t = 0; t < machine.threads; t++) {
      const a = machine.node(t)
      if (!a.plain || a.does === Do.Constant) continue
      for (let u = t + 1; u < machine.threads; u++) {
        const b = machine.node(u)
        if (t !== moved && u !== moved && a.does !== Do.Look && b.does !== Do.Look) continue
        if (!b.plain || b.does === Do.Constant || !(a.writes || b.writes)) continue
        first = this.pair(machine, t, a, u, b) ?? first
      }
    }
    return first
  }

  private pair(machine: Machine, t: number, a: Node, u: number, b: Node): Race | undefined {
    const rows = (this.pairs[t * 4 + u] ??= [])
    let row = rows[a.id]
    if (!row || row.length <= b.id) {
      const longer = new Uint8Array(Math.max(64, b.id * 2))
      if (row) longer.set(row)
      rows[a.id] = row = longer
    }
    if (row[b.id] !== 0) return undefined
    const common = shared(a, b)
    if (common.length === 0) {
      row[b.id] = 1
      return undefined
    }
    // a scan stops where it finds what it looks for
    const place = common.find((p) => reaches(machine, a, p) && reaches(machine, b, p))
    if (place === undefined) return undefined
    row[b.id] = 2
    const race: Race = {
      cell: placeName(machine.layout.places[place]!),
      a: { thread: t, function: a.operation.name, write: a.writes }, b: { thread: u, function: b.operation.name, write: b.writes },
    }
    const key = `${race.cell} ${t} ${race.a.function} ${a.writes} ${u} ${race.b.function} ${b.writes}`
    if (this.known.has(key)) return undefined
    this.known.add(key)
    this.found.push(race)
    return race
  }
}

const placesOf = (n: Node): readonly number[] => (n.place >= 0 ? [n.place] : n.places)

function shared(a: Node, b: Node): readonly number[] {
  const other = placesOf(b)
  return placesOf(a).filter((p) => other.includes(p))
}

function reaches(machine: Machine, node: Node, place: number): boolean {
  if (node.does !== Do.Look) return true
  const touched = (machine.view.touched = new Uint8Array(machine.layout.size))
  look(machine.view, node.step!)
  machine.view.touched = undefined
  return touched[place] === 1
}
