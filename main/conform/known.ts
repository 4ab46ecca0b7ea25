/**
 * What the model cannot do yet, by name and with the reason. `conform` lists what it met of this; everything else must be the
 * same. This list shrinks; an entry that is no longer met is to be taken out.
 *
 * No gaps, but the recording's to say, and counted or named where they are met:
 * - boot: the end of /proc/iomem, resources of devices and firmware, managed and reserved pages of boot memory (boot.ts);
 * - a page that could not move, because somebody had it (refusals.ts), and sub-blocks of virtio-mem for the same reason (virtio-mem.ts);
 * - struct pages that nobody initialised: they hold what the memory held (struct-pages.ts);
 * - two threads: how often each answer came, and in which order they logged (stress.ts);
 * - whether a small build of somebody's own has CONFIG_BUG, by whether it ever warned (profile.ts);
 * - free pages and watermarks, reference counts of pages in use, which are compared nowhere.
 */

/** Themes of recordings that are not held against the model, and why. There is none; a theme that is not named here is tried. */
export const UNMODELLED_THEMES: Readonly<Record<string, string>> = {}

/** Why a step that is not carried out leaves facts out of the comparison. */
export const UNMODELLED_STEP = {
  reason: 'a step that the model has no command for is not carried out',
  leftOut: 'every fact that the step changed, from there on',
} as const
