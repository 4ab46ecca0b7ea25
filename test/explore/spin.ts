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
  /** Milliseconds of processor time: of spin and cc, and of pan alone. */
  readonly compiling: number
  readonly searching: number
}

/** Lets SPIN search a model; `reduced`: with its partial order reduction. */
export function askSpin(model: string, reduced = true, first = true): SpinAnswer {
  const folder = mkdtempSync(join(tmpdir(), 'zonelab-spin-'))
  try {
    writeFileSync(join(folder, 'question.pml'), model)
    // the shell tells what its children took: minutes and seconds, theirs in the second line
    const run = (...command: readonly string[]): readonly [out: string, ms: number] => {
      const text = execFileSync('sh', ['-c', '"$@"; status=$?; times; exit $status', 'sh', ...command], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 })
      const lines = text.trimEnd().split('\n')
      const took = [...(lines.at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)].reduce((ms, [, m, s]) => ms + Number(m) * 60_000 + Number(s) * 1000, 0)
      return [lines.slice(0, -2).join('\n'), took]
    }
    const compiling = run('spin', '-a', 'question.pml')[1] + run('cc', '-O2', '-w', '-DSAFETY', '-DVECTORSZ=16384', '-DMEMLIM=4096', ...(reduced ? [] : ['-DNOREDUCE']), '-o', 'pan', 'pan.c')[1]
    const [out, searching] = run('./pan', '-m2000000', first ? '-c1' : '-c0')
    const number = (pattern: RegExp): number => Number(pattern.exec(out)?.[1] ?? NaN)
    return {
      errors: number(/errors: (\d+)/), what: /pan:\d+: (assertion violated|invalid end state)/.exec(out)?.[1] ?? '',
      states: number(/(\S+) states, stored/), transitions: number(/(\S+) transitions/), compiling, searching,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
