/** Parameters of a row, fitted on other rows: least squares of the logarithm of computed over published. */
import { COSTS, parameterOf, type CostName, type CostValues } from '../costs.ts'
import { measure } from './experiment.ts'
import { range, type Free, type Row } from './row.ts'

export class Fits {
  private readonly byId: ReadonlyMap<string, Row>
  private readonly known = new Map<string, number>()
  constructor(rows: readonly Row[]) {
    this.byId = new Map(rows.map((r) => [r.id, r]))
  }

  /** All costs of a row: what is fixed, and what is fitted on others. */
  costsOf(row: Row, except?: CostName): CostValues {
    const costs: Record<string, number> = { ...row.fixed }
    for (const free of row.free ?? []) if (free.cost !== except) costs[free.cost] = this.fitted(row, free) * (free.of ?? 1)
    for (const [cost, as] of Object.entries(row.same ?? {})) if (costs[as] !== undefined) costs[cost] = costs[as]
    return costs
  }

  /** Seconds, or a bare ratio. */
  computed(row: Row): number {
    return this.at(row, this.costsOf(row))
  }

  private at(row: Row, costs: CostValues): number {
    if (!row.experiment) throw new Error(`${row.id} cannot be computed`)
    return measure(row.experiment, costs) / (row.unit === 's' ? 1e9 : 1)
  }

  /** The value that fits the other rows best; a share where `of` is given. */
  fitted(row: Row, free: Free): number {
    if (free.on.includes(row.id)) throw new Error(`${row.id} is fitted on itself`)
    const others = free.on.map((id) => this.byId.get(id)!)
    const key = `${free.cost} ${free.on.join()} ${free.of === undefined}`
    const before = this.known.get(key)
    if (before !== undefined) return before
    const bases = others.map((other) => ({ other, costs: this.costsOf(other, free.cost), like: Object.entries(other.same ?? {}).filter(([, as]) => as === free.cost).map(([cost]) => cost), of: (free.of === undefined ? undefined : other.free?.find((f) => f.cost === free.cost)?.of) ?? 1 }))
    const off = (x: number): readonly number[] => bases.map(({ other, costs, like, of }) => {
      const [low, high] = range(other)
      return Math.log(this.at(other, { ...costs, ...Object.fromEntries(like.map((cost) => [cost, x * of])), [free.cost]: x * of }) / Math.sqrt(low * high))
    })
    const p = parameterOf(free.cost)!
    const found = p.use === 'charged' ? proportional(off, COSTS[free.cost].default) : golden((x) => off(x).reduce((n, d) => n + d * d, 0), free.of === undefined ? [1, 500] : [0.02, 2])
    this.known.set(key, found)
    return found
  }
}

/** A time a unit: the total grows in proportion to it, or nearly so. */
function proportional(off: (x: number) => readonly number[], from: number): number {
  let x = from
  for (let i = 0; i < 40; i++) {
    const d = off(x)
    const step = d.reduce((n, e) => n + e, 0) / d.length
    x *= Math.exp(-step)
    if (Math.abs(step) < 1e-6) break
  }
  return x
}

/** Golden section search on a logarithmic scale. */
function golden(f: (x: number) => number, [from, to]: readonly [number, number]): number {
  const g = (Math.sqrt(5) - 1) / 2
  let [a, b] = [Math.log(from), Math.log(to)]
  let [c, d] = [b - g * (b - a), a + g * (b - a)]
  let [fc, fd] = [f(Math.exp(c)), f(Math.exp(d))]
  for (let i = 0; i < 32; i++) {
    if (fc < fd) {
      b = d
      d = c
      fd = fc
      c = b - g * (b - a)
      fc = f(Math.exp(c))
    } else {
      a = c
      c = d
      fc = fd
      d = a + g * (b - a)
      fd = f(Math.exp(d))
    }
  }
  return Math.exp((a + b) / 2)
}
