/** A refusal as one line to read: without the kernel function, in brackets at its end, that said it. */
export const plainReason = (reason: string): string => reason.replace(/ \[[a-z_0-9]+( [a-z_0-9]+)*\]$/, '')
