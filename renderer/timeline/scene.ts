/** One or two runs as rows and shapes. Pure: pixels in, shapes out. */
import type { TimelineLock, TimelinePiece, TimelineRun } from '../../preload/contract.ts'
import type { Ink, Shape } from './shapes.ts'
import { countText, timeText, timeTicks } from './time-text.ts'

/** Width of the names on the left, and of what follows the end of a run on the right. */
export const GUTTER = 172
export const RIGHT = 84
export const AXIS = 30

export type Row =
  | { readonly kind: 'title'; readonly side: number; readonly y: number; readonly h: number }
  | { readonly kind: 'thread'; readonly side: number; readonly thread: number; readonly y: number; readonly h: number }
  | { readonly kind: 'lock'; readonly side: number; readonly lock: TimelineLock; readonly y: number; readonly h: number }
  | { readonly kind: 'waiting'; readonly side: number; readonly lock: TimelineLock; readonly y: number; readonly h: number }
  | { readonly kind: 'pages'; readonly y: number; readonly h: number }

/** Locks that get lanes: those that somebody waited for, the longest waits first; where nobody waited, the one that was held longest. */
export function shownLocks(run: TimelineRun, most = 4): readonly TimelineLock[] {
  const writers = run.locks.filter((l) => l.mode === 'write' && l.held > 0)
  const waited = writers.filter((l) => l.waited > 0).sort((a, b) => b.waited - a.waited).slice(0, most)
  return waited.length > 0 ? waited : [...writers].sort((a, b) => b.held - a.held).slice(0, 1)
}

export function rowsOf(runs: readonly TimelineRun[]): { readonly rows: readonly Row[]; readonly height: number } {
  const rows: Row[] = []
  let y = 0
  const most = Math.max(0, ...runs.map((r) => r.threads.length))
  const lane = most > 120 ? 12 : most > 40 ? 18 : 26
  for (const [side, run] of runs.entries()) {
    rows.push({ kind: 'title', side, y, h: 32 })
    y += 32
    for (let thread = 0; thread < run.threads.length; thread++, y += lane) rows.push({ kind: 'thread', side, thread, y, h: lane })
    y += 4
    for (const lock of shownLocks(run)) {
      rows.push({ kind: 'lock', side, lock, y, h: 24 })
      y += 24
      if (lock.waited === 0) continue
      rows.push({ kind: 'waiting', side, lock, y, h: 30 })
      y += 30
    }
    y += 10
  }
  if (runs.some((r) => (r.initialised.at(-1)?.[1] ?? 0) > 0)) {
    rows.push({ kind: 'pages', y, h: 72 })
    y += 72
  }
  return { rows, height: y }
}

export interface Viewport {
  readonly width: number
  /** ns */
  readonly from: number
  readonly to: number
}

export interface Picture { readonly shapes: readonly Shape[]; readonly rows: readonly Row[]; readonly height: number }

const CHAR = 6.6

const timeWidth = (v: Viewport): number => Math.max(40, v.width - GUTTER - RIGHT)
export const xOf = (v: Viewport, at: number): number => GUTTER + ((at - v.from) / (v.to - v.from)) * timeWidth(v)
export const timeAt = (v: Viewport, x: number): number => v.from + ((x - GUTTER) / timeWidth(v)) * (v.to - v.from)

/** The axis on top. */
export function axisShapes(v: Viewport): readonly Shape[] {
  const out: Shape[] = [{ is: 'text', x: 12, y: 19, text: 'simulated time', ink: 'ink3', mono: false }]
  for (const tick of timeTicks(v.from, v.to, timeWidth(v))) {
    const x = Math.round(xOf(v, tick.at)) + 0.5
    out.push({ is: 'line', points: [[x, tick.major ? 8 : AXIS - 6], [x, AXIS - 1]], ink: tick.major ? 'lineStrong' : 'line', width: 1 })
    if (tick.major) out.push({ is: 'text', x: x + 4, y: 19, text: tick.label, ink: 'ink1', mono: true })
  }
  out.push({ is: 'line', points: [[0, AXIS - 0.5], [v.width, AXIS - 0.5]], ink: 'lineStrong', width: 1 })
  return out
}

export function bodyShapes(runs: readonly TimelineRun[], v: Viewport): Picture {
  const { rows, height } = rowsOf(runs)
  const out: Shape[] = []
  for (const tick of timeTicks(v.from, v.to, timeWidth(v))) if (tick.major) out.push(line(v, tick.at, 0, height, 'line'))
  for (const row of rows) {
    switch (row.kind) {
      case 'title': titleRow(out, runs[row.side]!, row, v); break
      case 'thread': threadRow(out, runs[row.side]!, row, v); break
      case 'lock': lockRow(out, runs[row.side]!, row, v); break
      case 'waiting': waitingRow(out, row, v); break
      case 'pages': pagesRow(out, runs, row, v); break
    }
  }
  for (const [side, run] of runs.entries()) {
    criticalPath(out, run, rows, side, v)
    end(out, run, rows, side, v)
  }
  return { shapes: out, rows, height }
}

const line = (v: Viewport, at: number, y0: number, y1: number, ink: Ink): Shape => {
  const x = Math.round(xOf(v, at)) + 0.5
  return { is: 'line', points: [[x, y0], [x, y1]], ink, width: 1 }
}

const fits = (text: string, width: number): boolean => text.length * CHAR + 8 <= width
const cut = (text: string, letters: number): string => (text.length <= letters ? text : `${text.slice(0, Math.max(1, letters - 1))}…`)

function titleRow(out: Shape[], run: TimelineRun, row: Row, v: Viewport): void {
  if (row.y > 0) out.push({ is: 'line', points: [[0, row.y - 5.5], [v.width, row.y - 5.5]], ink: 'line', width: 1 })
  out.push({ is: 'text', x: 12, y: row.y + 20, text: cut(run.profile, 22), ink: 'ink1', mono: false, size: 13, bold: true })
  const notes = run.differs.slice(0, 3).map((d) => `${d.name} = ${d.value}`)
  if (run.differs.length > 3) notes.push(`and ${run.differs.length - 3} more decisions`)
  out.push({ is: 'text', x: GUTTER, y: row.y + 20, text: cut(notes.join(', '), Math.floor((v.width - GUTTER - 12) / 5.7)), ink: 'ink2', mono: false })
}

/** Part of a piece that is in view, at least a pixel wide. */
function span(v: Viewport, from: number, to: number): readonly [number, number] | undefined {
  const right = v.width
  const x0 = Math.max(GUTTER, xOf(v, from))
  const x1 = Math.min(right, xOf(v, to))
  return x1 < GUTTER || x0 > right || x1 < x0 ? undefined : [x0, Math.max(x1, x0 + 1)]
}

function threadRow(out: Shape[], run: TimelineRun, row: Extract<Row, { kind: 'thread' }>, v: Viewport): void {
  const t = run.threads[row.thread]!
  const thin = row.h < 20
  const [y, h] = [row.y + (thin ? 1 : 2), row.h - (thin ? 3 : 7)]
  if (row.h >= 14) {
    out.push({ is: 'text', x: 22, y: y + h / 2 + 4, text: cut(t.name, 16), ink: t.state === 'done' ? 'ink1' : 'deviceInk', mono: false, size: thin ? 10 : 12 })
    out.push({ is: 'text', x: GUTTER - 8, y: y + h / 2 + 4, text: `node ${t.node}`, ink: 'ink3', mono: true, align: 'right', size: thin ? 9 : 10 })
  }
  // many pieces in one pixel are drawn once
  let drawn = -1
  for (const p of t.pieces) {
    const s = span(v, p.from, p.to)
    if (!s) continue
    const [x0, x1] = s
    if (x1 - x0 <= 1 && x1 <= drawn + 0.5) continue
    drawn = x1
    piece(out, p, x0, x1, y, h)
  }
  // commands that answered an errno, the first of them where it ended
  const refused = t.commands.find((c) => c.errno !== undefined)
  const refusedAt = refused === undefined ? -1 : xOf(v, refused.to)
  if (t.state === 'done' && refused && refusedAt >= GUTTER - 1 && refusedAt < v.width - 60 && row.h >= 14)
    out.push({ is: 'text', x: refusedAt + 6, y: y + h / 2 + 4, text: `✗ -${refused.errno}`, ink: 'deviceInk', mono: true, size: 10 })
  if (t.state !== 'done') {
    const x = Math.min(Math.max(xOf(v, t.end), GUTTER), v.width - RIGHT)
    out.push({ is: 'text', x: x + 5, y: y + h / 2 + 4, text: t.state === 'hangs' ? 'waits for ever' : 'stopped', ink: 'deviceInk', mono: false, bold: true })
  }
}

function piece(out: Shape[], p: TimelinePiece, x0: number, x1: number, y: number, h: number): void {
  const w = x1 - x0
  if (p.kind === 'sleep') {
    out.push({ is: 'line', points: [[x0, y + h / 2], [x1, y + h / 2]], ink: 'ink3', width: 1, dash: true })
  } else if (p.kind === 'wait') {
    const inset = Math.min(4, h / 4)
    out.push({ is: 'rect', x: x0, y: y + inset, w, h: h - 2 * inset, hatch: 'ink3', ...(w > 3 ? { edge: 'ink3' as const } : {}) })
    const text = `waits ${timeText(p.to - p.from)}`
    if (h > 12 && fits(text, w - 20)) {
      out.push({ is: 'rect', x: x0 + 12, y, w: text.length * CHAR + 8, h, fill: 'surface' })
      out.push({ is: 'text', x: x0 + 16, y: y + h / 2 + 4, text, ink: 'ink2', mono: true })
    }
    return
  } else {
    const kind = p.pages
    const fill: Ink = kind === undefined ? (p.locked ? 'mark' : 'neutral') : p.locked ? kind : `${kind}Light`
    out.push({ is: 'rect', x: x0, y, w, h, fill, ...(w > 3 ? { edge: kind === undefined ? 'ink3' as const : `${kind}Ink` as const } : {}) })
  }
  const took = timeText(p.to - p.from)
  const text = [`${p.what} ${took}`, ...(p.kind === 'work' ? [p.pages ? `struct pages ${took}` : took, took] : [])].find((candidate) => fits(candidate, w))
  if (text === undefined || h <= 12) return
  const ink: Ink = p.kind === 'sleep' ? 'ink2' : p.pages && p.locked ? `${p.pages}Text` : p.locked ? 'surface' : 'ink1'
  if (p.kind === 'sleep') out.push({ is: 'rect', x: x0 + 2, y, w: text.length * CHAR + 4, h, fill: 'surface' })
  out.push({ is: 'text', x: x0 + 5, y: y + h / 2 + 4, text, ink, mono: true })
}

function lockRow(out: Shape[], run: TimelineRun, row: Extract<Row, { kind: 'lock' }>, v: Viewport): void {
  out.push({ is: 'text', x: 22, y: row.y + 16, text: cut(row.lock.name, 23), ink: 'ink1', mono: false, size: 12 })
  let drawn = -1
  for (const hold of row.lock.holds) {
    const s = span(v, hold.from, hold.to)
    if (!s || (s[1] - s[0] <= 1 && s[1] <= drawn + 0.5)) continue
    const [x0, x1] = s
    drawn = x1
    out.push({ is: 'rect', x: x0, y: row.y + 3, w: Math.max(1, x1 - x0 - 1), h: 17, fill: 'mark' })
    const text = [`held by ${run.threads[hold.thread]?.name ?? ''}`, run.threads[hold.thread]?.name ?? ''].find((t) => fits(t, x1 - x0))
    if (text !== undefined) out.push({ is: 'text', x: x0 + 5, y: row.y + 15.5, text, ink: 'surface', mono: true })
  }
}

/** How many waited, as steps. */
function waitingRow(out: Shape[], row: Extract<Row, { kind: 'waiting' }>, v: Viewport): void {
  const { lock } = row
  const base = row.y + row.h - 4
  const unit = (row.h - 8) / Math.max(1, lock.mostWaiters)
  out.push({ is: 'text', x: 30, y: row.y + 16, text: 'waiting for it', ink: 'ink2', mono: false, size: 11 })
  out.push({ is: 'line', points: [[GUTTER, base + 0.5], [v.width - RIGHT, base + 0.5]], ink: 'lineStrong', width: 1 })
  lock.waiters.forEach(([at, n], i) => {
    const until = lock.waiters[i + 1]?.[0] ?? at
    const s = span(v, at, until)
    if (n === 0 || !s) return
    out.push({ is: 'rect', x: s[0], y: base - n * unit, w: s[1] - s[0], h: n * unit, fill: 'neutral' })
    const text = `${n} thread${n === 1 ? '' : 's'}`
    // inside where there is room, else above
    if (fits(text, s[1] - s[0])) out.push({ is: 'text', x: s[0] + 5, y: n * unit >= 12 ? base - n * unit / 2 + 3.5 : base - n * unit - 3, text, ink: 'ink1', mono: true, size: 10 })
  })
}

/** Struct pages initialised over time: the last run solid, the one above it dashed. */
function pagesRow(out: Shape[], runs: readonly TimelineRun[], row: Row, v: Viewport): void {
  const top = Math.max(1, ...runs.map((r) => r.initialised.at(-1)?.[1] ?? 0))
  const [y0, y1] = [row.y + 12, row.y + row.h - 10]
  out.push({ is: 'line', points: [[0, row.y + 0.5], [v.width, row.y + 0.5]], ink: 'line', width: 1 })
  out.push({ is: 'text', x: 12, y: row.y + 22, text: 'initialised', ink: 'ink1', mono: false, size: 12, bold: true })
  out.push({ is: 'text', x: GUTTER - 8, y: row.y + 36, text: `${countText(top)} pages`, ink: 'ink3', mono: true, align: 'right', size: 10 })
  out.push({ is: 'line', points: [[GUTTER, y1 + 0.5], [v.width - RIGHT, y1 + 0.5]], ink: 'lineStrong', width: 1 })
  for (const [side, run] of runs.entries()) {
    const points: [number, number][] = []
    for (const [i, [at, n]] of run.initialised.entries()) {
      const [px, py] = [xOf(v, at), y1 - (n / top) * (y1 - y0)]
      const before = run.initialised[i - 1]
      // cut at the left end of the picture
      if (px < GUTTER) {
        const next = run.initialised[i + 1]
        if (!next || xOf(v, next[0]) <= GUTTER) continue
        const share = (GUTTER - px) / (xOf(v, next[0]) - px)
        points.push([GUTTER, y1 - ((n + (next[1] - n) * share) / top) * (y1 - y0)])
      } else if (px > v.width) {
        if (before && xOf(v, before[0]) < v.width) {
          const share = (v.width - xOf(v, before[0])) / (px - xOf(v, before[0]))
          points.push([v.width, y1 - ((before[1] + (n - before[1]) * share) / top) * (y1 - y0)])
        }
        break
      } else points.push([px, py])
    }
    if (points.length < 2) continue
    const dash = runs.length > 1 && side === 0
    out.push({ is: 'line', points, ink: dash ? 'ink3' : 'ink1', width: 1.5, dash })
    const last = points.at(-1)!
    if (last[0] < v.width - 8) out.push({ is: 'text', x: last[0] + 6, y: last[1] + (side === 0 ? 14 : 4), text: cut(run.profile, 12), ink: dash ? 'ink3' : 'ink1', mono: true, size: 10 })
  }
}

/** A line below what the total consists of, and from thread to thread where one let the next go on. */
function criticalPath(out: Shape[], run: TimelineRun, rows: readonly Row[], side: number, v: Viewport): void {
  const at = new Map<number, number>()
  for (const row of rows) if (row.kind === 'thread' && row.side === side) at.set(row.thread, row.y + row.h - (row.h < 20 ? 1.5 : 4))
  const points: [number, number][] = []
  for (const p of run.path) {
    const y = at.get(p.thread)
    const [x0, x1] = [xOf(v, p.from), xOf(v, p.to)]
    // what is out of view is not drawn at its edge
    if (y === undefined || x1 < GUTTER || x0 > v.width) continue
    points.push([Math.max(GUTTER, x0), y], [Math.min(v.width, x1), y])
  }
  if (points.length > 1) out.push({ is: 'line', points, ink: 'ink1', width: 2 })
}

function end(out: Shape[], run: TimelineRun, rows: readonly Row[], side: number, v: Viewport): void {
  const own = rows.filter((r) => r.kind !== 'pages' && r.side === side)
  const first = own[1] ?? own[0]
  const last = own.at(-1)
  if (!first || !last) return
  const x = xOf(v, run.total)
  if (x < GUTTER || x > v.width) return
  const bottom = last.y + last.h
  out.push({ is: 'line', points: [[Math.round(x) + 0.5, first.y], [Math.round(x) + 0.5, bottom]], ink: 'ink1', width: 1 })
  const text = timeText(run.total)
  const w = text.length * CHAR + 12
  out.push({ is: 'rect', x: Math.min(Math.round(x), v.width - w), y: bottom - 19, w, h: 19, fill: 'ink1' })
  out.push({ is: 'text', x: Math.min(Math.round(x), v.width - w) + 6, y: bottom - 5.5, text, ink: 'surface', mono: true, bold: true })
}
