/** Differences of two texts by lines: a longest common subsequence between what their ends share. */
export type LineChange = { readonly kind: 'same' | 'added' | 'removed'; readonly text: string } | { readonly kind: 'changed'; readonly text: string; readonly before: string }

/** Above this many cells the middle is taken as replaced as a whole. */
const MAX_CELLS = 4_000_000

export function lineDiff(before: readonly string[], after: readonly string[]): LineChange[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  while (tail < before.length - head && tail < after.length - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  const a = before.slice(head, before.length - tail)
  const b = after.slice(head, after.length - tail)
  const same = (text: string): LineChange => ({ kind: 'same', text })
  return [...after.slice(0, head).map(same), ...paired(middle(a, b)), ...after.slice(after.length - tail).map(same)]
}

function middle(a: readonly string[], b: readonly string[]): LineChange[] {
  const removed = a.map((text): LineChange => ({ kind: 'removed', text }))
  const added = b.map((text): LineChange => ({ kind: 'added', text }))
  if (a.length === 0 || b.length === 0 || a.length * b.length > MAX_CELLS) return [...removed, ...added]
  const width = b.length + 1
  const length = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      length[i * width + j] = a[i] === b[j] ? length[(i + 1) * width + j + 1]! + 1 : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!)
  const out: LineChange[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      out.push({ kind: 'same', text: b[j]! })
      i++
      j++
    } else if (length[(i + 1) * width + j]! >= length[i * width + j + 1]!) out.push(removed[i++]!)
    else out.push(added[j++]!)
  }
  return [...out, ...removed.slice(i), ...added.slice(j)]
}

/** A removed line directly followed by an added one is one changed line, as often as there are pairs. */
function paired(changes: readonly LineChange[]): LineChange[] {
  const out: LineChange[] = []
  for (let i = 0; i < changes.length; ) {
    let r = i
    while (changes[r]?.kind === 'removed') r++
    let a = r
    while (changes[a]?.kind === 'added') a++
    const removed = changes.slice(i, r)
    const added = changes.slice(r, a)
    const pairs = Math.min(removed.length, added.length)
    for (let n = 0; n < pairs; n++) out.push({ kind: 'changed', text: added[n]!.text, before: removed[n]!.text })
    out.push(...removed.slice(pairs), ...added.slice(pairs))
    if (a === i) out.push(changes[i++]!)
    else i = a
  }
  return out
}
