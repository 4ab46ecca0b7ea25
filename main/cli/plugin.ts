/** `zonelab plugin new|check|test DIR`: for authors of device types. */
import { nearest } from '../engine/scenario/nearest.ts'
import type { Exit, Io } from './io.ts'
import type { Parsed } from './options.ts'

export const PLUGIN_OPTIONS = { id: { type: 'string' }, runs: { type: 'string' }, seed: { type: 'string' } } as const

const DOES = ['new', 'check', 'test'] as const

export async function plugin(options: Parsed, io: Io, misuse: (problem: string) => Exit): Promise<Exit> {
  const [word, ...dirs] = options.files
  const does = DOES.find((d) => d === word)
  if (does === undefined) {
    const meant = word === undefined ? undefined : nearest(word, DOES)
    return misuse(`${word === undefined ? 'nothing to do' : `unknown word ${word}`}, expected ${meant === undefined ? `one of ${DOES.join(', ')}` : `${meant} (the nearest)`}`)
  }
  if (dirs.length === 0) return misuse(`plugin ${does}: no folder is named`)
  if (dirs.length > 1 && does === 'new') return misuse('plugin new: one folder at a time')
  if (does !== 'new' && options.values('id').length > 0) return misuse(`plugin ${does}: --id goes with plugin new`)
  for (const name of ['runs', 'seed'] as const) {
    const [text] = options.values(name)
    if (text === undefined) continue
    if (does !== 'check') return misuse(`plugin ${does}: --${name} goes with plugin check`)
    if (!/^\d{1,9}$/.test(text) || (name === 'runs' && Number(text) === 0)) return misuse(`--${name} ${text}: expected a whole number${name === 'runs' ? ' above 0' : ''}`)
  }
  switch (does) {
    case 'new': return (await import('./plugin-new.ts')).pluginNew(dirs[0]!, options, io)
    case 'check': return (await import('./plugin-check.ts')).pluginCheck(dirs, options, io)
    case 'test': return (await import('./plugin-test.ts')).pluginTest(dirs, options, io, misuse)
  }
}
