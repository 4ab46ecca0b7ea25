/** `zonelab time --calibration`: every published figure beside what the timeline computes. */
import { calibrate, computedText, errorText, fittedText, publishedText, summaryText, STATED_ERROR } from '../engine/timing/calibration/table.ts'
import { TIME_JSON } from '../engine/timing/report.ts'
import { EXIT, type Exit, type Io } from './io.ts'
import type { Parsed } from './options.ts'
import { table } from './time-text.ts'

export function printCalibration(options: Parsed, io: Io): Exit {
  const all = calibrate()
  if (options.flag('json')) {
    io.out(`${JSON.stringify({
      version: TIME_JSON, statedError: STATED_ERROR,
      rows: all.map(({ row, computed, error, verdict, fitted }) => ({
        id: row.id, section: row.section, hardware: row.hardware, what: row.what, published: row.published, unit: row.unit, source: row.source, verdict,
        ...(computed === undefined ? {} : { computed, error }), ...(row.cannot === undefined ? {} : { because: row.cannot }), fitted,
      })),
    }, null, 2)}\n`)
    return EXIT.holds
  }
  io.out(`${table(['published', '', 'computed', 'error', '', 'fitted on others'], all.map((c) => [
    c.row.what, publishedText(c.row), computedText(c), errorText(c), c.verdict, c.row.cannot ?? fittedText(c),
  ])).join('\n')}\n\n  ${summaryText(all)}\n`)
  return EXIT.holds
}
