export function findChromium(): string | undefined
export const quietFlags: readonly string[]
export function profileBase(chromium: string): string
export function hasDisplay(): boolean
