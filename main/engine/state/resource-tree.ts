/**
 * The resource tree (iomem_resource) as an immutable value, with the operations of kernel/resource.c, v6.1. Each returns
 * a new root; unchanged branches are shared. Addresses are bytes, `end` is exclusive.
 */

/** A resource. Children are sorted, disjoint and inside their parent. */
export interface Resource {
  readonly start: number
  readonly end: number
  readonly name: string
  /** IORESOURCE_BUSY: a driver claims it; a request that meets it fails instead of nesting. */
  readonly busy: boolean
  /** IORESOURCE_SYSRAM: System RAM, by whatever name. */
  readonly sysram: boolean
  /**
   * IORES_DESC_DEVICE_PRIVATE_MEMORY: a request that meets it is warned of an unaddressable device. IORES_DESC_DEVICE_PUBLIC_MEMORY (until
   * v5.2): platform code says that HMM may have it.
   */
  readonly desc?: ResourceDesc
  /** IORESOURCE_SYSRAM_MERGEABLE: joined with neighbours of the same name that are mergeable too. */
  readonly mergeable?: true
  readonly children: readonly Resource[]
}

export type ResourceDesc = 'device-private' | 'device-public'

export const iomemRoot = (end: number): Resource => ({ start: 0, end, name: 'PCI mem', busy: false, sysram: false, children: [] })

const overlaps = (r: Resource, start: number, end: number): boolean => r.start < end && start < r.end

export const withChildren = (r: Resource, children: readonly Resource[]): Resource => ({ ...r, children })

/** Places `node` among `siblings`, which it must not overlap. */
function insertSorted(siblings: readonly Resource[], node: Resource): readonly Resource[] {
  const at = siblings.findIndex((s) => s.start >= node.end)
  return at < 0 ? [...siblings, node] : [...siblings.slice(0, at), node, ...siblings.slice(at)]
}

export interface Requested {
  /** The new root; undefined when the request was refused. */
  readonly root: Resource | undefined
  /** What it met: a busy resource, or the root itself when the range is outside. */
  readonly conflict: Resource | undefined
}

/**
 * __request_region(): claims [start, end) under the root. A conflict that is not busy becomes the parent and the search
 * goes on inside it; a busy one refuses. A range that is not inside the root, or that sticks out of a parent it was
 * moved under, conflicts with that parent.
 */
export function requestRegion(root: Resource, start: number, end: number, name: string, sysram: boolean, desc?: ResourceDesc): Requested {
  const place = (parent: Resource): Resource | { readonly conflict: Resource } => {
    if (end <= start || start < parent.start || end > parent.end) return { conflict: parent }
    const hit = parent.children.find((c) => overlaps(c, start, end))
    // the type bits of the parent are inherited (resource_ext_type), and what describes it
    const described = desc ?? parent.desc
    const fresh: Resource = { start, end, name, busy: true, sysram: sysram || parent.sysram, ...(described ? { desc: described } : {}), children: [] }
    if (!hit) return withChildren(parent, insertSorted(parent.children, fresh))
    if (hit.busy) return { conflict: hit }
    const inner = place(hit)
    return 'conflict' in inner ? inner : withChildren(parent, parent.children.map((c) => (c === hit ? inner : c)))
  }
  const placed = place(root)
  return 'conflict' in placed ? { root: undefined, conflict: placed.conflict } : { root: placed, conflict: undefined }
}

/** request_resource() at the root: a busy resource, or the conflict with whatever is there, busy or not. */
export function requestResource(root: Resource, start: number, end: number, name: string, sysram: boolean): Requested {
  if (end <= start || start < root.start || end > root.end) return { root: undefined, conflict: root }
  const hit = root.children.find((c) => overlaps(c, start, end))
  if (hit) return { root: undefined, conflict: hit }
  return { root: withChildren(root, insertSorted(root.children, { start, end, name, busy: true, sysram, children: [] })), conflict: undefined }
}

/**
 * merge_system_ram_resource(): marks the System RAM [start, end) mergeable and joins it with the neighbours, below the same parent, that
 * are so already, have its name and no children.
 */
export function mergeSystemRam(root: Resource, start: number, end: number, name: string): Resource {
  const at = root.children.findIndex((c) => c.start === start && c.end === end && c.name === name && c.sysram && c.busy)
  const found = root.children[at]
  if (!found) {
    const outer = root.children.find((c) => c.start <= start && c.end >= end)
    const inner = outer && mergeSystemRam(outer, start, end, name)
    return inner === undefined || inner === outer ? root : withChildren(root, root.children.map((c) => (c === outer ? inner : c)))
  }
  const joins = (c: Resource | undefined): c is Resource => c !== undefined && c.mergeable === true && c.busy && c.sysram && c.name === name && c.children.length === 0 && found.children.length === 0
  const [before, after] = [root.children[at - 1], root.children[at + 1]]
  const low = joins(before) && before.end === start ? 1 : 0
  const high = joins(after) && after.start === end ? 1 : 0
  const merged: Resource = { ...found, start: low && before ? before.start : start, end: high && after ? after.end : end, mergeable: true }
  return withChildren(root, [...root.children.slice(0, at - low), merged, ...root.children.slice(at + 1 + high)])
}

/** release_resource(): unlinks exactly this node (by range and name) with all below it. */
export function releaseResource(root: Resource, start: number, end: number, name: string): Resource {
  let changed = false
  const children: Resource[] = []
  for (const c of root.children) {
    if (!changed && c.start === start && c.end === end && c.name === name) {
      changed = true
      continue
    }
    if (!changed && c.start <= start && c.end >= end) {
      const inner = releaseResource(c, start, end, name)
      if (inner !== c) {
        changed = true
        children.push(inner)
        continue
      }
    }
    children.push(c)
  }
  return changed ? withChildren(root, children) : root
}

/**
 * insert_resource(): puts a node in, pushing existing resources that it fully contains below it. Undefined when it
 * partly overlaps something (-EBUSY). The kernel puts it `around` one that has the same bounds; a tree that is built from /proc/iomem,
 * parents first, wants it `inside`.
 */
export function insertResource(root: Resource, node: Resource, sameBounds: 'inside' | 'around' = 'inside'): Resource | undefined {
  if (node.start < root.start || node.end > root.end) return undefined
  const hits = root.children.filter((c) => overlaps(c, node.start, node.end))
  if (hits.length === 0) return withChildren(root, insertSorted(root.children, node))
  if (hits.every((c) => c.start >= node.start && c.end <= node.end)) {
    const same = hits.length === 1 && hits[0]!.start === node.start && hits[0]!.end === node.end
    if (!same || sameBounds === 'around') {
      let inner: Resource = withChildren(node, hits)
      for (const child of node.children) inner = insertResource(inner, child, sameBounds) ?? inner
      return withChildren(root, insertSorted(root.children.filter((c) => !hits.includes(c)), inner))
    }
  }
  const outer = hits.length === 1 ? hits[0]! : undefined
  if (!outer || outer.start > node.start || outer.end < node.end) return undefined
  const inner = insertResource(outer, node, sameBounds)
  return inner && withChildren(root, root.children.map((c) => (c === outer ? inner : c)))
}

/**
 * Number of bytes of [start, end) that are busy System RAM, in whole pages of `page` bytes as walk_system_ram_range() counts them
 * (a piece is rounded inwards). Looks at the topmost busy System RAM resources; a busy child does not end its parent.
 */
export function systemRamBytes(root: Resource, start: number, end: number, page: number): number {
  let bytes = 0
  for (const c of root.children) {
    if (!overlaps(c, start, end)) continue
    if (c.sysram && c.busy) {
      const first = Math.ceil(Math.max(c.start, start) / page) * page
      const last = Math.floor(Math.min(c.end, end) / page) * page
      if (last > first) bytes += last - first
    } else bytes += systemRamBytes(c, start, end, page)
  }
  return bytes
}

/** The resource with exactly these bounds and this name. */
export function findResource(root: Resource, start: number, end: number, name: string): Resource | undefined {
  for (const c of root.children) {
    if (c.start > start || c.end < end) continue
    const found = c.start === start && c.end === end && c.name === name ? c : findResource(c, start, end, name)
    if (found) return found
  }
  return undefined
}

/** The innermost resource with exactly these bounds, whatever its name. */
export function findBounds(root: Resource, start: number, end: number): Resource | undefined {
  const c = root.children.find((r) => r.start <= start && r.end >= end)
  return c && (findBounds(c, start, end) ?? (c.start === start && c.end === end ? c : undefined))
}

/** The outermost resource of this name that contains an address. */
export function resourceAround(root: Resource, at: number, name: string): Resource | undefined {
  const c = root.children.find((r) => r.start <= at && at < r.end)
  return c === undefined || c.name === name ? c : resourceAround(c, at, name)
}

/** Visits every resource, parents first; `depth` 0 is a child of the root. */
export function eachResource(root: Resource, visit: (r: Resource, depth: number) => void, depth = 0): void {
  for (const c of root.children) {
    visit(c, depth)
    eachResource(c, visit, depth + 1)
  }
}

/** __release_region(): unlinks the busy resource with exactly these bounds, found by descending through those not busy. */
export function releaseRegion(root: Resource, start: number, end: number): Resource {
  const child = root.children.find((c) => c.start <= start && c.end >= end)
  if (!child) return root
  if (!child.busy) {
    const inner = releaseRegion(child, start, end)
    return inner === child ? root : withChildren(root, root.children.map((c) => (c === child ? inner : c)))
  }
  return child.start === start && child.end === end ? withChildren(root, root.children.filter((c) => c !== child)) : root
}

/** remove_resource(): unlinks this node; its children take its place. */
export function removeResource(root: Resource, start: number, end: number, name: string): Resource {
  for (const c of root.children) {
    if (c.start > start || c.end < end) continue
    if (c.start === start && c.end === end && c.name === name) return withChildren(root, root.children.flatMap((x) => (x === c ? c.children : [x])))
    const inner = removeResource(c, start, end, name)
    if (inner !== c) return withChildren(root, root.children.map((x) => (x === c ? inner : x)))
  }
  return root
}

/** insert_resource_expand_to_fit(): grows `node` over whatever it partly overlaps, until it can be put in. */
export function insertResourceExpandToFit(root: Resource, node: Resource): Resource {
  let grown = node
  for (;;) {
    const done = insertResource(root, grown)
    if (done) return done
    const conflict = firstConflict(root, grown)
    if (!conflict || (conflict.start >= grown.start && conflict.end <= grown.end)) return root
    grown = { ...grown, start: Math.min(grown.start, conflict.start), end: Math.max(grown.end, conflict.end) }
  }
}

/** The resource that a node cannot be put beside: what it partly overlaps, at the level where it would go. */
function firstConflict(root: Resource, node: Resource): Resource | undefined {
  const hits = root.children.filter((c) => overlaps(c, node.start, node.end))
  const outer = hits.length === 1 && hits[0]!.start <= node.start && hits[0]!.end >= node.end ? hits[0] : undefined
  return outer ? firstConflict(outer, node) : hits.find((c) => c.start < node.start || c.end > node.end)
}

/** Replaces the flags of one resource, found by range and name. The same root when it is not there. */
export function setResourceFlags(root: Resource, start: number, end: number, name: string, flags: { readonly busy: boolean; readonly sysram: boolean }): Resource {
  for (const c of root.children) {
    if (c.start > start || c.end < end) continue
    const next = c.start === start && c.end === end && c.name === name ? { ...c, ...flags } : setResourceFlags(c, start, end, name, flags)
    if (next !== c) return withChildren(root, root.children.map((x) => (x === c ? next : x)))
  }
  return root
}

/** get_free_mem_region(), ascending: the lowest base.start (aligned) + n*step inside `base` that meets none of its children; undefined when there is none. */
export function findFreeRegionAscending(base: Resource, size: number, align: number, step: number): number | undefined {
  for (let start = Math.ceil(base.start / align) * align; start + size <= base.end; start += step) if (!base.children.some((c) => overlaps(c, start, start + size))) return start
  return undefined
}

/** get_free_mem_region(), descending: the highest `top - size - n*step` above `step` that meets no resource at all; undefined when there is none. */
export function findFreeRegion(root: Resource, size: number, top: number, step: number): number | undefined {
  for (let start = top - size; start > step && start >= root.start; ) {
    const hit = root.children.find((c) => overlaps(c, start, start + size))
    if (!hit) return start
    // every candidate that still reaches into what was hit meets it too
    start -= Math.ceil((start + size - hit.start) / step) * step
  }
  return undefined
}

/**
 * region_intersects(SYSTEM_RAM): what a range meets. `mixed` when it meets System RAM and, beside it, something that is none. Looks at the top
 * level only, or (`descendants`) also for System RAM inside something else, which covers what is around it (v6.12, stable trees before).
 */
export function ramIntersects(root: Resource, start: number, end: number, look: 'top-level' | 'descendants'): 'disjoint' | 'intersects' | 'mixed' {
  let ram = 0
  let other = 0
  for (const p of root.children) {
    if (!overlaps(p, start, end)) continue
    if (p.sysram) {
      ram++
      continue
    }
    let from = Math.max(start, p.start)
    const to = Math.min(end, p.end)
    let covered = false
    if (look === 'descendants')
      eachResource(p, (d) => {
        if (covered || !overlaps(d, start, end) || !d.sysram) return
        ram++
        if (d.start > from) return
        if (d.end >= to) covered = true
        else from = Math.max(from, d.end)
      })
    if (!covered) other++
  }
  return ram === 0 ? 'disjoint' : other === 0 ? 'intersects' : 'mixed'
}
