/** What is under the pointer, and why it is so. */
import type { TimelinePiece, TimelineRun } from '../../preload/contract.ts'
import { timeAt, type Row, type Viewport, GUTTER } from './scene.ts'
import { countText, timeText } from './time-text.ts'

export interface Hit { readonly title: string; readonly lines: readonly string[] }

export function hitAt(runs: readonly TimelineRun[], rows: readonly Row[], v: Viewport, x: number, y: number): Hit | undefined {
  const row = rows.find((r) => y >= r.y && y < r.y + r.h)
  if (!row || x < GUTTER) return row && x < GUTTER ? nameHit(runs, row) : undefined
  const at = timeAt(v, x)
  const slack = (v.to - v.from) / v.width
  switch (row.kind) {
    case 'thread': {
      const run = runs[row.side]!
      const t = run.threads[row.thread]!
      const p = t.pieces.find((q) => at >= q.from - slack && at <= q.to + slack && (at <= q.to || q.to - q.from < slack)) ?? t.pieces.find((q) => at >= q.from && at <= q.to)
      return p ? pieceHit(run, t.name, p) : undefined
    }
    case 'lock': {
      const hold = row.lock.holds.find((h) => at >= h.from - slack && at <= h.to + slack)
      const name = hold ? runs[row.side]!.threads[hold.thread]?.name : undefined
      return hold ? { title: row.lock.name, lines: [`held by ${name ?? 'nobody'} for ${timeText(hold.to - hold.from)}`, `${timeText(hold.from)} … ${timeText(hold.to)}`] } : { title: row.lock.name, lines: ['free'] }
    }
    case 'waiting': {
      const n = row.lock.waiters.findLast(([t]) => t <= at)?.[1] ?? 0
      return { title: `waiting for ${row.lock.name}`, lines: [n === 0 ? 'nobody' : `${n} thread${n === 1 ? '' : 's'} at ${timeText(at)}`] }
    }
    case 'pages': return { title: `at ${timeText(at)}`, lines: runs.map((r) => `${r.profile}: ${countText(pagesAt(r, at))} struct pages initialised`) }
    case 'title': {
      const { differs } = runs[row.side]!
      return differs.length > 0 ? { title: runs[row.side]!.profile, lines: differs.map((d) => `${d.name} = ${d.value}`) } : undefined
    }
  }
}

function nameHit(runs: readonly TimelineRun[], row: Row): Hit | undefined {
  if (row.kind !== 'thread') return undefined
  const t = runs[row.side]!.threads[row.thread]!
  return {
    title: t.name,
    lines: [
      `waits ${timeText(t.waited + t.awaited)}, sleeps ${timeText(t.slept)}, works ${timeText(t.worked)}, of that ${timeText(t.workedLocked)} with a lock`,
      ...t.commands.slice(0, 8).map((c) => `${c.text}: ${timeText(c.to - c.from)}${c.errno === undefined ? '' : ` -${c.errno} ${c.reason ?? ''}`}`), ...(t.reason === undefined ? [] : [t.reason]),
    ],
  }
}

function pieceHit(run: TimelineRun, thread: string, p: TimelinePiece): Hit {
  const took = timeText(p.to - p.from)
  const when = `${timeText(p.from)} … ${timeText(p.to)}`
  const held = p.held.length > 0 ? [`holds ${p.held.join(', ')}`] : ['holds no lock']
  const name = (i: number | undefined): string | undefined => (i === undefined ? undefined : run.threads[i]?.name)
  switch (p.kind) {
    case 'wait': {
      const [holder, by] = [name(p.holder), name(p.by)]
      return {
        title: `${thread} waits ${took} for ${p.what}`,
        lines: [...(holder === undefined ? [] : [`${holder} had it when the wait began`]), by === undefined ? 'nobody ever lets it go on' : `${by} let it go on`, when, ...(p.held.length > 0 ? held : [])],
      }
    }
    case 'sleep': return { title: `${thread} sleeps ${took}: ${p.what}`, lines: [when, `${p.fn}()`, ...held] }
    case 'work': return {
      title: `${thread}: ${p.what}, ${took}`,
      lines: [
        ...(p.units === undefined || p.units === 1 ? [] : [`${countText(p.units)} ${p.pages ? 'struct pages' : 'units'}, ${((p.to - p.from) / p.units).toPrecision(3)} ns each${p.workers === undefined ? '' : `, ${p.workers} workers`}`]),
        ...(p.count === undefined ? [] : [`${p.count} pieces in one`]), `${p.fn}()`, when, ...held,
      ],
    }
  }
}

function pagesAt(run: TimelineRun, at: number): number {
  const i = run.initialised.findLastIndex(([t]) => t <= at)
  const here = run.initialised[i]
  const next = run.initialised[i + 1]
  if (!here) return 0
  return next ? here[1] + ((next[1] - here[1]) * (at - here[0])) / (next[0] - here[0]) : here[1]
}
