/** The `zonelab` command: finds the command, reads its options, runs it. */
import { version } from '../../package.json'
import { nearest } from '../engine/scenario/nearest.ts'
import { COMMANDS, helpText } from './help.ts'
import type { CommandName } from './help.ts'
import { EXIT } from './io.ts'
import type { Exit, Io } from './io.ts'
import { readOptions } from './options.ts'
import type { OptionSpecs, Parsed } from './options.ts'

type Misuse = (problem: string) => Exit

export async function main(args: readonly string[], io: Io): Promise<Exit> {
  const [first, ...rest] = args
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const about = COMMANDS.find((name) => name === rest[0])
    if (first === undefined) io.err(helpText())
    else io.out(helpText(first === 'help' ? about : undefined))
    return first === undefined ? EXIT.usage : EXIT.holds
  }
  if (first === '--version' || first === '-V') {
    io.out(`zonelab ${version}\n`)
    return EXIT.holds
  }
  const command = COMMANDS.find((name) => name === first)
  if (command === undefined) {
    const meant = nearest(first, [...COMMANDS, 'help'])
    io.err(`zonelab: unknown ${first.startsWith('-') ? 'option' : 'command'} ${first}, expected ${meant === undefined ? `one of ${COMMANDS.join(', ')}` : `${meant} (the nearest)`}\n`)
    return EXIT.usage
  }
  return await perform(command, rest, io)
}

async function perform(command: CommandName, args: readonly string[], io: Io): Promise<Exit> {
  const misuse: Misuse = (problem) => {
    io.err(`zonelab ${command}: ${problem}\nTry: zonelab ${command} --help\n`)
    return EXIT.usage
  }
  const withOptions = async (specs: OptionSpecs, act: (options: Parsed, io: Io, misuse: Misuse) => Exit | Promise<Exit>): Promise<Exit> => {
    const options = readOptions(args, specs)
    if (!options.ok) return misuse(options.problem)
    if (options.value.flag('help')) {
      io.out(helpText(command))
      return EXIT.holds
    }
    return await act(options.value, io, misuse)
  }
  switch (command) {
    case 'run': {
      const { RUN_OPTIONS, run } = await import('./run.ts')
      return await withOptions(RUN_OPTIONS, run)
    }
    case 'import': {
      const { IMPORT_OPTIONS, importCommand } = await import('./import.ts')
      return await withOptions(IMPORT_OPTIONS, importCommand)
    }
    case 'explore': {
      const { EXPLORE_OPTIONS, explore } = await import('./explore.ts')
      return await withOptions(EXPLORE_OPTIONS, explore)
    }
    case 'time': {
      const { TIME_OPTIONS, time } = await import('./time.ts')
      return await withOptions(TIME_OPTIONS, time)
    }
    case 'plugin': {
      const { PLUGIN_OPTIONS, plugin } = await import('./plugin.ts')
      return await withOptions(PLUGIN_OPTIONS, plugin)
    }
    case 'compare': {
      const { COMPARE_OPTIONS, compareCommand } = await import('./compare.ts')
      return await withOptions(COMPARE_OPTIONS, compareCommand)
    }
    case 'conform': {
      const { CONFORM_OPTIONS, conformCommand } = await import('./conform.ts')
      return await withOptions(CONFORM_OPTIONS, conformCommand)
    }
  }
}
