/** release_mem_region_adjustable(), kernel/resource.c: taking a piece out of a busy memory resource, in the ages of the function. */
import { withChildren, type Resource } from './resource-tree.ts'

/** In what kernels differ. */
export interface AdjustableRules {
  /** Stops at the first resource that is not System RAM, before it looks below it (v5.0 … v6.2). */
  readonly sysramOnly: boolean
  /** Where the children of a resource go that is split: all stay with the first half, or each goes to the half that it lies in. */
  readonly splitChildren: 'first-half' | 'by-address'
}

export interface Released {
  /** The new root; the very one that was given when nothing was released. */
  readonly root: Resource
  /**
   * `stopped`: at a resource that is not System RAM. `no-match`: no one resource contains the range. `child`: a child would stick out of
   * what is left (-EBUSY of __adjust_resource()). `outside`: the range is not inside the root.
   */
  readonly came: 'released' | 'stopped' | 'no-match' | 'child' | 'outside'
}

const V6_1: AdjustableRules = { sysramOnly: false, splitChildren: 'first-half' }

/** Gives back [start, end) of a busy memory resource, which is removed, cut at one end, or split; goes down into resources that are not busy. */
export function releaseMemRegionAdjustable(root: Resource, start: number, end: number, rules: AdjustableRules = V6_1): Released {
  if (start < root.start || end > root.end) return { root, came: 'outside' }
  return end > start ? below(root, start, end, rules) : { root, came: 'no-match' }
}

function below(root: Resource, start: number, end: number, rules: AdjustableRules): Released {
  // those that it does not fit into are passed over
  const at = root.children.findIndex((c) => c.start <= start && c.end >= end)
  const child = root.children[at]
  if (!child) return { root, came: 'no-match' }
  if (rules.sysramOnly && !child.sysram) return { root, came: 'stopped' }
  const replace = (...by: readonly Resource[]): Released =>
    ({ root: withChildren(root, [...root.children.slice(0, at), ...by, ...root.children.slice(at + 1)]), came: 'released' })
  if (!child.busy) {
    const inner = below(child, start, end, rules)
    return inner.came === 'released' ? replace(inner.root) : { root, came: inner.came }
  }
  // what is below a resource that is freed goes with it
  if (child.start === start && child.end === end) return replace()
  if (child.start === start) return childrenFit(child.children, end, child.end) ? replace({ ...child, start: end }) : { root, came: 'child' }
  if (child.end === end) return childrenFit(child.children, child.start, start) ? replace({ ...child, end: start }) : { root, came: 'child' }
  const high = rules.splitChildren === 'by-address' ? child.children.filter((c) => c.start >= end) : []
  const low = child.children.filter((c) => !high.includes(c))
  if (!childrenFit(low, child.start, start)) return { root, came: 'child' }
  return replace({ ...child, end: start, children: low }, { ...child, start: end, children: high })
}

const childrenFit = (children: readonly Resource[], start: number, end: number): boolean => children.every((c) => c.start >= start && c.end <= end)
