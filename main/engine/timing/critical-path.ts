/**
 * The critical path of a run: what the total consists of. From the end of the thread that was done last, backwards; where that thread waited,
 * the path goes on in the thread that let it go.
 */
import type { Piece, TimedRun } from '../executors/time/timed-run.ts'

export interface PathPiece {
  readonly thread: number
  readonly from: number
  readonly to: number
  /** What happened meanwhile; undefined for the time before a thread was started. */
  readonly piece: Piece | undefined
}

/** In the order of time, without gaps from 0 to the total. */
export function criticalPath(run: TimedRun): readonly PathPiece[] {
  let thread = run.threads.reduce((last, t, i) => (t.end > (run.threads[last]?.end ?? -1) ? i : last), 0)
  const path: PathPiece[] = []
  let at = run.total
  for (let guard = 0; at > 0 && guard < 1e6; guard++) {
    const t = run.threads[thread]
    if (!t) break
    const piece = t.pieces.findLast((p) => p.from < at)
    if (!piece) {
      path.push({ thread, from: 0, to: at, piece: undefined })
      break
    }
    // one that waited did nothing: whoever ended its wait did
    if (piece.kind === 'wait' && piece.by >= 0 && piece.to >= at) {
      thread = piece.by
      continue
    }
    path.push({ thread, from: piece.from, to: Math.min(at, piece.to), piece })
    at = piece.from
  }
  return path.reverse()
}
