/**
 * Who gets how much of CPUs and memory bandwidth: processor sharing. Work is in ns that one CPU needs for it alone. Threads of a node that
 * are more than its CPUs get an equal share each; a pinned thread shares its CPU with others pinned there only, while the rest find another. Writers to one memory with
 * ceiling B and demand D together slow down by sqrt(1 + (D/B)²), measured against one writer alone: a cost as given is what one takes.
 */

/** Memory with a bandwidth of its own: the RAM of a node, or device memory there. */
export const ramOf = (node: number): number => node * 2
export const deviceMemoryOf = (node: number): number => node * 2 + 1
export const isDeviceMemory = (target: number): boolean => target % 2 === 1

/** Work that occupies CPUs, and memory of `target` when that is not -1. */
export class Job {
  rate = 0
  /** Share of a CPU that each worker gets. */
  cpuShare = 1
  /** Work is left from `since` on. */
  since: number
  constructor(
    readonly thread: number,
    readonly node: number,
    /** Pinned to this CPU; -1 for any of the node. */
    readonly cpu: number,
    readonly workers: number,
    public left: number,
    readonly target: number,
    /** GB/s of struct pages that one worker writes alone. */
    readonly demand: number,
    now: number,
  ) {
    this.since = now
  }

  /** When it is done as things stand. */
  get doneAt(): number {
    return this.left <= 0 ? this.since : this.since + this.left / this.rate
  }
}

export interface Capacity {
  /** CPUs of a node. */
  cpus(node: number): number
  /** GB/s; Infinity for no ceiling. */
  ceiling(target: number): number
}

export class Sharing {
  readonly jobs = new Set<Job>()
  private readonly nodes = new Set<number>()
  private readonly targets = new Set<number>()
  constructor(private readonly capacity: Capacity) {}

  start(job: Job): void {
    this.jobs.add(job)
    this.changed(job)
  }

  end(job: Job): void {
    this.jobs.delete(job)
    this.changed(job)
  }

  private changed(job: Job): void {
    this.nodes.add(job.node)
    if (job.target >= 0) this.targets.add(job.target)
  }

  /** Gives the jobs that are concerned by what started and ended their rates from `now` on. */
  settle(now: number): void {
    const { jobs, nodes, targets, capacity } = this
    if (nodes.size === 0) return
    for (const node of nodes) {
      const pinned = new Map<number, number>()
      let free = 0
      for (const j of jobs) {
        if (j.node !== node) continue
        if (j.cpu < 0) free += j.workers
        else pinned.set(j.cpu, (pinned.get(j.cpu) ?? 0) + 1)
      }
      // those that may go anywhere leave a CPU alone to which others are pinned, unless there is no other
      const left = capacity.cpus(node) - pinned.size
      const crowded = left <= 0 && free > 0
      const share = Math.min(1, crowded ? capacity.cpus(node) / (free + pinned.size) : left / free)
      for (const j of jobs) {
        if (j.node !== node) continue
        j.cpuShare = j.cpu < 0 ? share : (crowded ? share : 1) / pinned.get(j.cpu)!
        if (j.target >= 0) targets.add(j.target)
      }
    }
    for (const target of targets) {
      let demand = 0
      for (const j of jobs) if (j.target === target) demand += j.workers * j.demand * j.cpuShare
      const ceiling = capacity.ceiling(target)
      for (const j of jobs) {
        if (j.target !== target) continue
        rerate(j, Math.min(1, Math.sqrt((1 + (j.demand / ceiling) ** 2) / (1 + (demand / ceiling) ** 2))), now)
      }
    }
    for (const j of jobs) if (j.target < 0 && nodes.has(j.node)) rerate(j, 1, now)
    nodes.clear()
    targets.clear()
  }
}

function rerate(job: Job, memoryShare: number, now: number): void {
  const rate = job.workers * job.cpuShare * memoryShare
  if (rate === job.rate) return
  job.left -= (now - job.since) * job.rate
  job.since = now
  job.rate = rate
}
