/** SPIN, where it is installed (Debian's package `spin`, and a C compiler). */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why SPIN cannot be asked here; undefined when it can. */
export function spinMissing(): string | undefined {
  if (spawnSync('spin', ['-V']).status !== 0) return 'spin is not installed (apt-get install spin)'
  return spawnSync('cc', ['--version']).status === 0 ? undefined : 'there is no C compiler'
}

export interface SpinAnswer {
  /** Errors of a search that stops at the first. */
  readonly errors: number
  /** What the first error is: "assertion violated", "invalid end state"; empty when there is none. */
  readonly what: string
  readonly states: number
  readonly transitions: number
  /** Milliseconds: of spin and cc, and of pan alone. */
  readonly compiling: number
  readonly searching: number
}

/** Lets SPIN search a model; `reduced`: with its partial order reduction. */
export function askSpin(model: string, reduced = true, first = true): SpinAnswer {
  const folder = mkdtempSync(join(tmpdir(), 'zonelab-spin-'))
  try {
    writeFileSync(join(folder, 'question.pml'), model)
    const run = (command: string, ...args: readonly string[]): string => execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 })
    const before = performance.now()
    run('spin', '-a', 'question.pml')
    run('cc', '-O2', '-w', '-DSAFETY', '-DVECTORSZ=16384', '-DMEMLIM=4096', ...(reduced ? [] : ['-DNOREDUCE']), '-o', 'pan', 'pan.c')
    const compiled = performance.now()
    const out = run('./pan', '-m2000000', first ? '-c1' : '-c0')
    const done = performance.now()
    const number = (pattern: RegExp): number => Number(pattern.exec(out)?.[1] ?? NaN)
    return {
      errors: number(/errors: (\d+)/), what: /pan:\d+: (assertion violated|invalid end state)/.exec(out)?.[1] ?? '',
      states: number(/(\S+) states, stored/), transitions: number(/(\S+) transitions/), compiling: compiled - before, searching: done - compiled,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
