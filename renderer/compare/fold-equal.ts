/** Equal lines far from any difference, folded to one that says how many. */
export type FoldedRow<L> = { readonly kind: 'line'; readonly line: L } | { readonly kind: 'folded'; readonly count: number }

/** Keeps `around` equal lines before and after each that differs; a single line is never folded. */
export function foldEqual<L extends { readonly same: boolean }>(lines: readonly L[], around: number): readonly FoldedRow<L>[] {
  const out: FoldedRow<L>[] = []
  let i = 0
  while (i < lines.length) {
    if (!lines[i]!.same) {
      out.push({ kind: 'line', line: lines[i++]! })
      continue
    }
    let end = i
    while (end < lines.length && lines[end]!.same) end++
    const head = i === 0 ? 0 : Math.min(around, end - i)
    const tail = end === lines.length ? 0 : Math.min(around, end - i - head)
    const hidden = end - i - head - tail
    const cut = hidden > 1
    for (let k = i; k < (cut ? i + head : end); k++) out.push({ kind: 'line', line: lines[k]! })
    if (cut) {
      out.push({ kind: 'folded', count: hidden })
      for (let k = end - tail; k < end; k++) out.push({ kind: 'line', line: lines[k]! })
    }
    i = end
  }
  return out
}
