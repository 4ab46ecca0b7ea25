/** pr_warn_once(): in the frame of the function that prints. include/linux/printk.h. */
import { KERN_WARNING, print, readRef, writeRef, type Step } from '../executors/step.ts'
import type { Kernel } from '../state/kernel.ts'

/** Prints a warning the first time only; `key` names the place in the source. */
export function* prWarnOnce(k: Kernel, key: string, text: string): Generator<Step, void, number> {
  const seen = yield* readRef(k.warnedOnce)
  if (seen.includes(key)) return
  yield writeRef(k.warnedOnce, [...seen, key])
  yield print(KERN_WARNING, text)
}
