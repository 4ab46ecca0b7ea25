/**
 * What the model cannot do yet, by name and with the reason. `conform` lists what it met of this; everything else must be the
 * same. This list shrinks; an entry that is no longer met is to be taken out.
 */

/** Themes of recordings that are not held against the model, and why. A theme that is not named here is. */
export const UNMODELLED_THEMES: Readonly<Record<string, string>> = {
}

/** Why a step that is not carried out leaves facts out of the comparison. */
export const UNMODELLED_STEP = {
  reason: 'a step that the model has no command for is not carried out',
  leftOut: 'every fact that the step changed, from there on',
} as const
