/** Which label fits. A label is drawn only whole: a shorter form, then none; never cut, never overlapping. */
import { exactSize, shortSize } from '../ui/format.ts'

/** Width of one character of the map's 10 px monospace font. */
export const CHAR_PX = 6
export const LABEL_PADDING = 3
/** Narrowest place for a number, and for letters. */
export const MIN_NUMBER_PX = 24
export const MIN_LETTERS_PX = 32

/** The first candidate that fits into `width` with 3 px at each side; undefined when none does. */
export function fitLabel(candidates: readonly string[], width: number, charPx = CHAR_PX): string | undefined {
  return candidates.find((text) => text !== '' && text.length * charPx + 2 * LABEL_PADDING <= width)
}

/** Forms of a size, the fullest first: `1008 MiB present`, `1008 MiB`, `1008M`. */
export function sizeForms(bytes: number, word = ''): readonly string[] {
  const full = exactSize(bytes)
  return word === '' ? [full, shortSize(bytes)] : [`${full} ${word}`, full, shortSize(bytes)]
}

/** A name that may be shortened with an ellipsis, as long as four of its letters remain. */
export function fitName(name: string, width: number, charPx = CHAR_PX): string | undefined {
  const room = Math.floor((width - 2 * LABEL_PADDING) / charPx)
  if (name.length <= room) return name === '' ? undefined : name
  return room >= 5 ? `${name.slice(0, room - 1).trimEnd()}…` : undefined
}

/** Names of small neighbours said together: `Kernel code`, `Kernel data` → `Kernel code data`. */
export function joinNames(names: readonly string[]): string {
  let before: readonly string[] = []
  const words: string[] = []
  for (const name of names) {
    const parts = name.split(' ')
    let same = 0
    while (same < parts.length - 1 && parts[same] === before[same]) same++
    words.push(...parts.slice(same))
    before = parts
  }
  return words.join(' ')
}
