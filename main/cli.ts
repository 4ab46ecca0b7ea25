/** Entry of the `zonelab` command: hands the process to main/cli/main.ts. */
import { readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { EXIT } from './cli/io.ts'
import type { Io } from './cli/io.ts'
import { main } from './cli/main.ts'

const io: Io = {
  out: (text) => writeAll(1, text),
  err: (text) => writeAll(2, text),
  read: (path) => readFileSync(path === '-' ? 0 : path, 'utf8'),
  write: (path, text) => {
    // whole or not at all
    const beside = `${path}.${process.pid}.tmp`
    try {
      writeFileSync(beside, text)
      renameSync(beside, path)
    } catch (e) {
      rmSync(beside, { force: true })
      throw e
    }
  },
}

/** Writes all of a text, however slow the reader at the other end of the pipe is; a reader that has gone away ends it quietly. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException
      if (code === 'EPIPE') process.exit(EXIT.holds)
      if (code !== 'EAGAIN') throw e
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

try {
  process.exitCode = await main(process.argv.slice(2), io)
} catch (e) {
  io.err(`zonelab: a mistake of zonelab itself, not of your input. Please report it with the command and its input.\n${e instanceof Error ? (e.stack ?? e.message) : String(e)}\n`)
  process.exitCode = EXIT.broken
}
