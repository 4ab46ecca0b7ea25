/** This computer, for the start screen: what can be read of it, and its strip. Nothing of it is changed. */
import type { ThisComputer } from '../../preload/contract.ts'
import { readThisComputer } from '../import/this-computer.ts'
import { formatSize } from '../engine/units.ts'
import { documentOfTexts } from './open.ts'
import { strip } from './strip.ts'
import { summary } from './summary.ts'

export function thisComputer(): ThisComputer {
  const { texts, sources } = readThisComputer()
  if (texts.length === 0) return { available: false, summary: 'Nothing under /proc or /sys tells of its memory.', sources, strip: [] }
  const doc = documentOfTexts(texts)
  if (!doc.ok) return { available: false, summary: doc.errors[0] ? `${doc.errors[0].file}: ${doc.errors[0].found}` : 'It cannot be read.', sources, strip: [] }
  const { engine } = doc.value
  const { kernel: k, store } = engine.booted
  let blocks = 0
  store.eachRun([k.blockState], 0, k.pluggableEnd / k.pageSize, (s, e, state) => {
    if (state) blocks += (e - s) / k.pagesPerBlock
  })
  return { available: true, summary: `${summary(engine)} · ${blocks} memory blocks of ${formatSize(k.blockBytes)}`, sources, strip: strip(engine) }
}
