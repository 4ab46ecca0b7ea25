import { describe, expect, test } from 'vitest'
import { measure } from '../../main/engine/timing/calibration/experiment.ts'
import { Fits } from '../../main/engine/timing/calibration/fit.ts'
import { errorOf, range } from '../../main/engine/timing/calibration/row.ts'
import { calibrate, calibrationMarkdown, ROWS, STATED_ERROR } from '../../main/engine/timing/calibration/table.ts'
import { CALIBRATIONS } from '../../main/engine/timing/calibrations.ts'

/** Published figures that the timeline does not meet with parameters from elsewhere. Each has its reason in the table. */
const NOT_MET: ReadonlySet<string> = new Set(['single pass', 'remote probe', 'local gain', 'EPYC 64, 16 threads', 'Gorman 1 TiB, saved'])

const fits = new Fits(ROWS)
const computable = ROWS.filter((row) => row.experiment && row.cannot === undefined)

describe('published figures, with parameters fitted on other figures of the same hardware', () => {
  test.each(computable.filter((row) => !NOT_MET.has(row.id)).map((row) => [row.id, row] as const))('%s', (_id, row) => {
    expect(Math.abs(errorOf(row, fits.computed(row)))).toBeLessThanOrEqual(STATED_ERROR)
  })

  test.each(computable.filter((row) => NOT_MET.has(row.id)).map((row) => [row.id, row] as const))('%s is not met, and the table says so', (id, row) => {
    expect(Math.abs(errorOf(row, fits.computed(row)))).toBeGreaterThan(STATED_ERROR)
    expect(calibrate().find((c) => c.row.id === id)?.verdict).toBe('not met')
  })

  test('no figure is fitted on itself, nor on one of other hardware', () => {
    const byId = new Map(ROWS.map((row) => [row.id, row]))
    for (const row of ROWS)
      for (const free of row.free ?? [])
        for (const id of free.on) expect([id, byId.get(id)?.hardware, id === row.id]).toEqual([id, row.hardware, false])
  })

  test('each figure can be computed or says why not, and has its own id', () => {
    for (const row of ROWS) expect([row.id, row.experiment !== undefined || row.cannot !== undefined]).toEqual([row.id, true])
    expect(new Set(ROWS.map((row) => row.id)).size).toBe(ROWS.length)
  })

  test('a wrong figure is found: half the time is no longer met', () => {
    const row = ROWS.find((r) => r.id === 'generic serial')!
    expect(Math.abs(errorOf({ ...row, published: 60 }, fits.computed(row)))).toBeGreaterThan(STATED_ERROR)
  })
})

test('docs/calibration.md is the table as computed (vitest -u writes it anew)', async () => {
  await expect(calibrationMarkdown()).toMatchFileSnapshot('../../docs/calibration.md')
})

test.each(CALIBRATIONS.map((c) => [c.name, c] as const))('calibration %s fits its figures on the average within 3 %%', (_name, c) => {
  const off = c.rows.map((id) => {
    const row = ROWS.find((r) => r.id === id)!
    const [low, high] = range(row)
    return Math.log(measure(row.experiment!, { ...row.fixed, ...c.costs, ...(row.id.includes(', 1 threads') || row.id.includes('before') ? { 'memory bandwidth ceiling': 0 } : {}) }) / 1e9 / Math.sqrt(low * high))
  })
  expect(Math.abs(off.reduce((n, d) => n + d, 0) / off.length)).toBeLessThan(0.03)
})
