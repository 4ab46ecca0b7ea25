import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { main } from '../../main/cli/main.ts'
import { emptyFolder, write } from './folder.ts'

const root = join(import.meta.dirname, '../..')

/** Fenced blocks of a page: what stands behind the fence, and the text inside. */
const blocks = (page: string) => [...page.matchAll(/^```(\S+) ?(.*)\n([\s\S]*?)^```$/gm)].map((m) => ({ kind: m[1]!, about: m[2]!, text: m[3]! }))

async function zonelab(args: readonly string[], cwd: string): Promise<string> {
  let out = ''
  const here = process.cwd()
  process.chdir(cwd)
  try {
    await main(args, { out: (t) => void (out += t), err: (t) => void (out += t), read: (path) => readFileSync(path, 'utf8'), write: () => undefined })
  } finally {
    process.chdir(here)
  }
  return out
}

/** Holds output against what the page shows; a line "…" stands for any lines. */
function matches(shown: string, output: string): void {
  const pattern = shown.trimEnd().split(/^…\n?/m).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  expect(output.trimEnd() === shown.trimEnd() || new RegExp(`^${pattern.join('[\\s\\S]*?')}${shown.trimEnd().endsWith('…') ? '[\\s\\S]*' : ''}$`).test(output.trimEnd()), `shown:\n${shown}\ngot:\n${output}`).toBe(true)
}

test('docs/plugins.md: every file is written, every command is run, and the output is what the page shows', async () => {
  const dir = emptyFolder()
  const files = new Map<string, string>()
  let commands = 0
  for (const { kind, about, text } of blocks(readFileSync(join(root, 'docs/plugins.md'), 'utf8'))) {
    const [path, repair] = [about.split(' ')[0] ?? '', /^\S+ s\/(.*)\/(.*)\/$/.exec(about)]
    if (repair) {
      const before = files.get(path) ?? ''
      const after = before.replace((repair[1] ?? '').replaceAll('\\n', '\n'), repair[2] ?? '')
      expect(after, `${about} changes nothing`).not.toBe(before)
      files.set(path, after)
      write(dir, { [path]: after })
    } else if (path !== '') {
      files.set(path, text)
      write(dir, { [path]: text })
    } else if (kind === 'console') {
      for (const shown of text.split(/^\$ /m).slice(1)) {
        const line = shown.slice(0, shown.indexOf('\n'))
        expect(line).toMatch(/^npx zonelab /)
        matches(shown.slice(line.length + 1), await zonelab(line.split(' ').slice(2), dir))
        commands++
      }
    }
  }
  expect(commands).toBeGreaterThan(4)
  // what an author copies is right in the editor, too
  const program = ts.createProgram([join(dir, 'my-hbm/index.ts')], {
    target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'], module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [], strict: true, noEmit: true,
    allowImportingTsExtensions: true, skipLibCheck: true, paths: { zonelab: [join(root, 'plugins/sdk/index.ts')] },
  })
  expect(ts.getPreEmitDiagnostics(program).map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n'))).toEqual([])
})
