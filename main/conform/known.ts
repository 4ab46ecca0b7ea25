/**
 * What the model cannot do yet, by name and with the reason. `conform` lists what it met of this; everything else must be the
 * same. This list shrinks; an entry that is no longer met is to be taken out.
 */

/** Themes of recordings that are held against the model. */
export const MODELLED_THEMES: ReadonlySet<string> = new Set([
  'boot', 'dimm', 'dimm-never-online', 'dimm-auto', 'offline-fail', 'ram-errors', 'memmap-on-memory', 'movablecore',
])

/** Themes that are not, and why. */
export const UNMODELLED_THEMES: Readonly<Record<string, string>> = {
  device: 'device memory (ZONE_DEVICE) comes later',
  mixed: 'device memory beside a DIMM',
  pmem: 'persistent memory is device memory',
  kmem: 'dax/kmem turns device memory into RAM',
  private: 'HMM private memory is device memory',
  'private-stress': 'two threads on private memory',
  concurrency: 'two threads on device memory',
  'virtio-mem': 'virtio-mem adds blocks with sub-blocks that are not plugged',
}

/** Why a step that is not carried out leaves facts out of the comparison. */
export const UNMODELLED_STEPS = {
  device: {
    reason: 'a step that adds or removes device memory is not carried out',
    leftOut:
      'zone Device of its node, sections and resources inside its range; the span of the node is the model\'s, widened to the recorded zone Device; highest_present_section counts its sections',
  },
  overDevice: {
    reason: 'a step about a range that meets device memory of an earlier step is not carried out: what refuses it is not there',
    leftOut: 'nothing: the model stays as it was',
  },
  other: {
    reason: 'a step that the model has no command for is not carried out',
    leftOut: 'every fact that the step changed, from there on',
  },
} as const
export type UnmodelledStep = keyof typeof UNMODELLED_STEPS
