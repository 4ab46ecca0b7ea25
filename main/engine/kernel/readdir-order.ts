/**
 * The order in which a folder of sysfs lists its entries: by hash of the name. daxctl takes a node's blocks in this order and stops at the
 * first that refuses. kernfs_name_hash(), fs/kernfs/dir.c; full_name_hash(), include/linux/stringhash.h; v4.8+, 64 bit.
 */
const WORD = 2n ** 64n - 1n
const GOLDEN_RATIO_64 = 0x61c8864680b583ebn

function kernfsNameHash(name: string): number {
  let hash = 0n
  for (const character of name) {
    const c = BigInt(character.charCodeAt(0))
    // partial_name_hash
    hash = ((hash + (c << 4n) + (c >> 4n)) * 11n) & WORD
  }
  // end_name_hash: hash_long(hash, 32)
  const folded = Number(((hash * GOLDEN_RATIO_64) & WORD) >> 32n) % 2 ** 31
  // 0, 1 and INT_MAX are kept for magic entries
  return folded < 2 ? folded + 2 : Math.min(folded, 2 ** 31 - 2)
}

/** Names in the order in which readdir(3) gives them. */
export const readdirOrder = <T>(entries: readonly T[], nameOf: (entry: T) => string): T[] =>
  entries.map((entry) => ({ entry, hash: kernfsNameHash(nameOf(entry)) })).sort((a, b) => a.hash - b.hash).map(({ entry }) => entry)
