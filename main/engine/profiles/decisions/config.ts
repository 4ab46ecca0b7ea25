/** Decisions that are the configuration of a kernel rather than its code. No release decides them: a profile may. */
import { decision } from '../decision.ts'

export const CONFIG_DECISIONS = {
  debugVm: decision({
    title: 'CONFIG_DEBUG_VM',
    doc: 'Whether page_init_poison() fills struct pages with ones, and reading one that says nothing is a BUG.',
    source: 'mm/debug.c, include/linux/page-flags.h',
    values: { off: 'They keep what the memory held.', on: 'They are poisoned; PagePoisoned() is a BUG.' },
    history: [['v4.13', 'off']],
  }),
  bugMessages: decision({
    title: 'CONFIG_BUG',
    doc: 'Whether WARN() says anything. A small kernel may be built without; what the kernel does is the same.',
    source: 'include/asm-generic/bug.h; recordings of the small build of 5.10',
    values: { on: 'A splat with the warning, its place and a trace.', off: 'Nothing: the condition is tested, and that is all.' },
    history: [['v4.13', 'on']],
  }),
  devicePrivate: decision({
    title: 'CONFIG_DEVICE_PRIVATE',
    doc: 'Whether memremap_pages() takes private memory.',
    source: 'mm/Kconfig',
    values: { on: 'It does.', off: 'It refuses with -EINVAL.' },
    history: [['v4.14', 'on']],
  }),
} as const
