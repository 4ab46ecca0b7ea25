/**
 * Packs recordings: `node scripts/pack-recording.mjs FROM TO`. FROM is a folder of recordings (scenario.json and steps/NN-name/ each); TO gets
 * one folder each with scenario.json as it is and steps.txt, in which a file that is equal to an earlier one is only named. The format is told in
 * test/recordings/README.md; main/conform/packed.ts reads it.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [from, to] = process.argv.slice(2)
if (!from || !to) {
  console.error('usage: node scripts/pack-recording.mjs FROM TO')
  process.exit(2)
}
for (const id of readdirSync(from).sort()) {
  const dir = join(from, id)
  if (!existsSync(join(dir, 'scenario.json'))) continue
  const seen = new Map()
  let out = ''
  for (const step of readdirSync(join(dir, 'steps')).sort())
    for (const name of readdirSync(join(dir, 'steps', step)).sort()) {
      const path = `steps/${step}/${name}`
      const text = readFileSync(join(dir, path), 'utf8')
      if (/^=== /m.test(text)) throw new Error(`${dir}/${path}: a line begins with "=== "`)
      if (text !== '' && !text.endsWith('\n')) throw new Error(`${dir}/${path}: its last line has no end`)
      const earlier = seen.get(text)
      out += earlier === undefined ? `=== ${path}\n${text}` : `=== ${path} = ${earlier}\n`
      if (earlier === undefined) seen.set(text, path)
    }
  mkdirSync(join(to, id), { recursive: true })
  copyFileSync(join(dir, 'scenario.json'), join(to, id, 'scenario.json'))
  writeFileSync(join(to, id, 'steps.txt'), out)
}
