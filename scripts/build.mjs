// Builds main, preload script and page into out/. As a program: always (npm run build, and after npm install).
import { readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'out')
const stamp = join(out, '.built')
const SOURCES = ['main', 'preload', 'renderer', 'plugins', 'scenarios', 'electron.vite.config.ts', 'package.json', 'tsconfig.json']

/** Whether anything that goes into the build has changed since it began last. */
export function isStale() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs
  return built === undefined || SOURCES.some((source) => newest(join(root, source)) > built)
}

/** The time of the latest change at or below `path`; 0 when there is nothing. A folder's own time tells of deletions. */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return path.endsWith('.test.ts') ? 0 : stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

/**
 * Builds beside what is there and then takes its place, so that nobody starts half a build. Rejects when the sources do not build or the
 * packages to build with are not installed.
 */
export async function build() {
  const began = new Date()
  const next = join(out, `.next-${process.pid}`)
  const electronVite = await import('electron-vite').catch((cause) => {
    throw new Error('the packages to build with are missing: run npm install --include=dev', { cause })
  })
  process.chdir(root)
  try {
    await electronVite.build({ logLevel: 'warn', build: { outDir: next } })
    for (const part of readdirSync(next)) {
      rmSync(join(out, part), { recursive: true, force: true })
      renameSync(join(next, part), join(out, part))
    }
  } finally {
    rmSync(next, { recursive: true, force: true })
  }
  writeFileSync(stamp, '')
  utimesSync(stamp, began, began)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build()
  console.log('built out/')
}
