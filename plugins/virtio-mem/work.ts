/** The driver's work queue: brings what is plugged to what is requested, as far as that goes. virtio_mem_run_wq(), v6.1. */
import { ERRNO, kernel, type Steps } from '../sdk/index.ts'
import * as bigBlockMode from './big-block-mode.ts'
import { countOffline, info, note, pluggedSize, type Vm } from './device.ts'
import * as subBlockMode from './sub-block-mode.ts'

/** Errors after which the driver goes on; any other marks the device broken. */
const KNOWN: ReadonlySet<number> = new Set([ERRNO.ENOSPC, ERRNO.EBUSY, ERRNO.ENOMEM])

/** One run, and further ones as long as memory that was removed queues them. Answers 0, or why it stopped short. */
export function* runWork(vm: Vm, configChanged: boolean): Steps {
  if (vm.broken) return yield kernel.fail(ERRNO.EIO, 'the device is marked broken')
  if (configChanged) {
    yield info(vm, `plugged size: 0x${pluggedSize(vm).toString(16)}`)
    yield info(vm, `requested size: 0x${vm.requested.toString(16)}`)
  }
  let rc = 0
  do {
    vm.again = false
    yield* countOffline(vm)
    const diff = vm.requested - pluggedSize(vm)
    const wanted = { units: Math.floor(Math.abs(diff) / vm.unit) }
    const mode = vm.mode === 'SBM' ? subBlockMode : bigBlockMode
    rc = wanted.units === 0 ? 0 : diff > 0 ? yield* mode.plugRequest(vm, wanted) : yield* mode.unplugRequest(vm, wanted)
  } while (vm.again && rc < 0 && KNOWN.has(-rc))
  if (rc < 0 && !KNOWN.has(-rc)) {
    vm.broken = true
    yield kernel.print(3, `virtio_mem ${vm.name}: unknown error, marking device broken: ${rc}`)
  }
  yield note(vm)
  return rc
}
