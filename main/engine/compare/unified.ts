/** Unified diff of two texts, as `diff -u` prints it. */

interface Edit { readonly kind: ' ' | '-' | '+'; readonly line: string }

/** The diff with `context` lines around each change; empty when the texts are the same. */
export function unifiedDiff(a: string, b: string, nameA: string, nameB: string, context = 3): string {
  if (a === b) return ''
  const edits = editsOf(linesOf(a), linesOf(b))
  const out = [`--- ${nameA}`, `+++ ${nameB}`]
  let lineA = 1
  let lineB = 1
  for (let i = 0; i < edits.length; ) {
    if (edits[i]!.kind === ' ') {
      lineA++
      lineB++
      i++
      continue
    }
    // from `context` lines before this change to `context` lines after the last that is near enough
    const start = Math.max(0, i - context)
    let end = i
    for (let j = i; j < edits.length && j - end <= 2 * context; j++) if (edits[j]!.kind !== ' ') end = j + 1
    const stop = Math.min(edits.length, end + context)
    const hunk = edits.slice(start, stop)
    const [na, nb] = [hunk.filter((e) => e.kind !== '+').length, hunk.filter((e) => e.kind !== '-').length]
    const [fromA, fromB] = [lineA - (i - start), lineB - (i - start)]
    out.push(`@@ -${span(fromA, na)} +${span(fromB, nb)} @@`, ...hunk.map((e) => e.kind + e.line))
    for (const e of edits.slice(i, stop)) {
      if (e.kind !== '+') lineA++
      if (e.kind !== '-') lineB++
    }
    i = stop
  }
  return `${out.join('\n')}\n`
}

const span = (from: number, n: number): string => (n === 1 ? `${from}` : `${n === 0 ? from - 1 : from},${n}`)

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

/** Myers' greedy algorithm between what is common at both ends. */
function editsOf(a: readonly string[], b: readonly string[]): readonly Edit[] {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  const same = (line: string): Edit => ({ kind: ' ', line })
  return [...a.slice(0, head).map(same), ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)), ...a.slice(a.length - tail).map(same)]
}

/** Beyond this many edits the rest is told as one replacement: nobody reads such a diff line by line. */
const MOST_EDITS = 4000

function middle(a: readonly string[], b: readonly string[]): readonly Edit[] {
  const [n, m] = [a.length, b.length]
  const most = Math.min(n + m, MOST_EDITS)
  const trace: Map<number, number>[] = []
  const reached = new Map<number, number>([[1, 0]])
  for (let d = 0; d <= most; d++) {
    trace.push(new Map(reached))
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && (reached.get(k - 1) ?? -1) < (reached.get(k + 1) ?? -1)) ? (reached.get(k + 1) ?? 0) : (reached.get(k - 1) ?? 0) + 1
      let y = x - k
      while (x < n && y < m && a[x] === b[y]) {
        x++
        y++
      }
      reached.set(k, x)
      if (x >= n && y >= m) return walkedBack(trace, a, b)
    }
  }
  return [...a.map((line): Edit => ({ kind: '-', line })), ...b.map((line): Edit => ({ kind: '+', line }))]
}

function walkedBack(trace: readonly Map<number, number>[], a: readonly string[], b: readonly string[]): readonly Edit[] {
  const out: Edit[] = []
  let x = a.length
  let y = b.length
  for (let d = trace.length - 1; d >= 0; d--) {
    const reached = trace[d]!
    const k = x - y
    const before = k === -d || (k !== d && (reached.get(k - 1) ?? -1) < (reached.get(k + 1) ?? -1)) ? k + 1 : k - 1
    const fromX = reached.get(before) ?? 0
    const fromY = fromX - before
    while (x > fromX && y > fromY) {
      out.push({ kind: ' ', line: a[x - 1]! })
      x--
      y--
    }
    if (d === 0) break
    if (x === fromX) out.push({ kind: '+', line: b[y - 1]! })
    else out.push({ kind: '-', line: a[x - 1]! })
    x = fromX
    y = fromY
  }
  return out.reverse()
}
