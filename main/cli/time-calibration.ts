/** `zonelab time --calibration`. */
import { EXIT, type Exit, type Io } from './io.ts'
import type { Parsed } from './options.ts'

export function printCalibration(_options: Parsed, _io: Io): Exit {
  return EXIT.holds
}
