/** How the command key is written here. */
export const isMac = /mac|iphone|ipad/i.test(navigator.platform)
export const MOD = isMac ? '⌘' : 'Ctrl '

/** True for places where keys write text: single-key commands must wait there. */
export const isTypingTarget = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
