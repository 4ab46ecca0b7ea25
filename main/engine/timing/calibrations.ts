/** Calibrations: costs of machines that figures were published of. Filled in calibration-sets.ts. */
import type { CostValues } from './costs.ts'

export interface Calibration {
  readonly name: string
  readonly title: string
  readonly costs: CostValues
}

export const CALIBRATIONS: readonly Calibration[] = []

export const calibrationNamed = (name: string): Calibration | undefined => CALIBRATIONS.find((c) => c.name === name)
