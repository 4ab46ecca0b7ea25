/** Seeded variation of durations: factors around 1 with a given standard deviation, the same for the same seed. */

/** Uniform numbers in (0, 1): mulberry32. */
function uniform(seed: number): () => number {
  let a = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296
  }
}

/** Log-normal factors of mean 1: a duration cannot become negative, and is late more often than it is early. */
export function jitterOf(percent: number, seed: number): () => number {
  const next = uniform(seed)
  const sigma = Math.sqrt(Math.log(1 + (percent / 100) ** 2))
  return () => Math.exp(sigma * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()) - (sigma * sigma) / 2)
}
