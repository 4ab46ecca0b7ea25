/**
 * A profile: a kernel as a set of named decisions. Operations branch on decisions, never on a version number. Only the
 * decisions that an operation reads exist here.
 */
export interface Decisions {
  /** CONFIG_DEBUG_VM: page_init_poison() fills struct pages with ones; otherwise they keep what the memory held. */
  readonly debugVm: boolean
  /** CONFIG_DEVICE_PRIVATE: memremap_pages() takes MEMORY_DEVICE_PRIVATE. */
  readonly devicePrivate: boolean
}

export interface Profile {
  readonly id: string
  readonly title: string
  /** Release that it is, or is nearest to, as "v5.3"; absent where the id says it. Decides which device types there are. */
  readonly release?: string
  /** Release date of the kernel or date of the patch, as text. */
  readonly date: string
  readonly decisions: Decisions
}
