/** What a check of an invariant answers. */
import type { Kernel } from '../state/kernel.ts'
import type { Reader } from '../state/reader.ts'

/** One invariant of kernel-behaviour 8, as it stands now. */
export interface InvariantResult {
  readonly id: string
  /** One line in the kernel's words. */
  readonly title: string
  readonly holds: boolean
  /** Broken: the offender with its numbers. Not modelled: why. */
  readonly detail?: string
  /** An expected leftover: looks wrong, and is what the kernel leaves. */
  readonly byDesign?: string
  /** False where nothing in the state says whether it holds; `holds` is true then and means nothing. */
  readonly modelled: boolean
}

/** A verdict on one invariant: empty when it holds, `broken` names the first offender found. */
export interface Verdict {
  readonly broken?: string
  readonly byDesign?: string
  /** The state does not say; why. */
  readonly unknown?: string
}

/** Judges a store at rest: no operation in flight. Its cost grows with the number of runs, not with bytes. */
export type Check = (k: Kernel, store: Reader) => Verdict

export const HOLDS: Verdict = {}
