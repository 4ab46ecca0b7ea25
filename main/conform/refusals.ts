/**
 * Refusals that depend on what happened to be allocated are an input, not an outcome: the recording's log names the page
 * that could not move, and the model gets it as an unmovable page for the length of the step.
 */
import type { Capture } from './recording.ts'
import type { Action } from './translate.ts'

/** A page that the kernel dumped because it could not move. */
export interface Met { readonly pfn: number; readonly block: number }

const DUMP = /\bpage:.* pfn:(0x[0-9a-f]+)/
const REASON = /page dumped because: (.*)$/

/** Pages dumped as unmovable in a step's log, in order. */
export function pagesMet(dmesg: readonly string[], pagesPerBlock: number): Met[] {
  const met: Met[] = []
  let pfn: number | undefined
  for (const line of dmesg) {
    const dump = DUMP.exec(line)
    if (dump) pfn = Number(dump[1])
    const reason = REASON.exec(line)
    if (reason && pfn !== undefined) {
      if (reason[1] === 'unmovable page') met.push({ pfn, block: Math.floor(pfn / pagesPerBlock) })
      pfn = undefined
    }
  }
  return met
}

export interface Refusals {
  /** Pages to mark before the step and to release after it. */
  readonly pages: readonly number[]
  /** Blocks whose refusal is taken from the recording. */
  readonly blocks: readonly number[]
  /** Refused with EBUSY without naming a page: which page is unknown, so the dump that the model prints is not compared. */
  readonly unnamed: boolean
}

/**
 * What the refusals of a step met. A write to one block names its block; an eject is tried twice, and a block that was refused
 * the first time and taken the second must not be refused here: it lies below the last one refused.
 */
export function refusalsOf(actions: readonly Action[], capture: Capture, pagesPerBlock: number): Refusals {
  const met = pagesMet(capture.dmesg, pagesPerBlock)
  const refused = new Map<number, number>()
  let unnamed = false
  for (const { command, answer, refusedBlock } of actions) {
    if (answer === undefined || answer === 'ok') continue
    if (refusedBlock !== undefined) {
      const page = met.find((m) => m.block === refusedBlock)
      refused.set(refusedBlock, page?.pfn ?? refusedBlock * pagesPerBlock)
      unnamed ||= page === undefined
      continue
    }
    if (command.op === 'block' && answer === 'EBUSY') {
      const page = met.find((m) => m.block === command.block)
      if (page) refused.set(page.block, page.pfn)
      else if (command.state === 'offline') {
        refused.set(command.block, command.block * pagesPerBlock)
        unnamed = true
      }
    } else if (command.op === 'unplug_dimm' || (command.op === 'offline_and_remove_memory' && answer === 'EBUSY')) {
      const last = met.at(-1)
      for (const page of met) if (last && page.block >= last.block && !refused.has(page.block)) refused.set(page.block, page.pfn)
    }
  }
  return { pages: [...refused.values()], blocks: [...refused.keys()], unnamed }
}
