/** Two kernels on a scenario of 200 steps against one run of it (the mean of the two), and one scenario under every kernel on a machine of 64 TiB. */
import type { Command } from '../../main/engine/command.ts'
import { compareKernels } from '../../main/engine/compare/compare.ts'
import type { ComparedStory } from '../../main/engine/compare/comparison.ts'
import { compareMany } from '../../main/engine/compare/matrix.ts'
import { bootEngine } from '../../main/engine/engine.ts'
import type { Profile } from '../../main/engine/profiles/profile.ts'
import { PROFILES } from '../../main/engine/profiles/profiles.ts'
import { GiB, TiB } from '../../main/engine/units.ts'
import { median, type Figure } from './figure.ts'
import { BLOCK, nodesOf, roomFor62TiB } from './large-machine.ts'

const named = (id: string): Profile => PROFILES.get(id)!
const step = (text: string, ...commands: readonly Command[]): ComparedStory['steps'][number] => ({ text, commands })

/** DIMMs of 1 GiB come, their blocks go online and offline in changing order, a part is added that nobody brings online and goes again: 200 steps. */
function twoHundredSteps(): ComparedStory {
  const base = 8 * GiB
  const block = (n: number, state: string): Command => ({ op: 'block', block: base / BLOCK + n, state })
  const steps = Array.from({ length: 6 }, (_, i) => step('plug', { op: 'plug_dimm', id: `d${i}`, start: base + i * GiB, size: GiB, node: i % 2 }))
  for (let i = 0; i < 48; i++) steps.push(step('online', block((i * 5) % 48, i % 3 ? 'online_movable' : 'online_kernel')))
  for (let i = 0; i < 40; i++) steps.push(step('offline', block((i * 7) % 48, 'offline')))
  for (let i = 0; i < 40; i++) steps.push(step('online', block((i * 7) % 48, i % 2 ? 'online' : 'online_movable')))
  for (let i = 0; i < 6; i++) steps.push(step('add', { op: 'add_memory', node: 0, start: 64 * GiB + i * BLOCK, size: BLOCK }))
  for (let i = 0; i < 48; i++) steps.push(step('offline', block(47 - i, 'offline')))
  for (let i = 0; i < 6; i++) steps.push(step('unplug', { op: 'unplug_dimm', id: `d${i}` }))
  for (let i = 0; i < 6; i++) steps.push(step('remove', { op: 'remove_memory', start: 64 * GiB + i * BLOCK, size: BLOCK }))
  return { title: '200 steps', description: nodesOf(2, 2 * GiB), steps }
}

/** Milliseconds of processor time: a ratio of two things that are done in turns is to say nothing about what else the computer does. */
const time = (body: () => unknown): number => {
  const before = process.cpuUsage()
  body()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
/** Medians of several things, done in turns. */
function medians(rounds: number, ...bodies: readonly (() => unknown)[]): readonly number[] {
  const times = bodies.map(() => [] as number[])
  for (let i = 0; i < rounds + 3; i++) for (const [j, body] of bodies.entries()) times[j]!.push(time(body))
  return times.map((all) => median(all.slice(3)))
}

const run = (story: ComparedStory, profile: Profile): void => {
  const engine = bootEngine(story.description, profile)
  for (const { commands } of story.steps) for (const command of commands) engine.execute(command)
}

/** 12 kernels and more on 64 TiB: a DIMM of 62 TiB comes, blocks at both ends go online and offline, it goes. */
const largeStory = (): ComparedStory => {
  const [first, last] = [2 * TiB / BLOCK, 64 * TiB / BLOCK - 1]
  const block = (n: number, state: string): Command => ({ op: 'block', block: n, state })
  return {
    title: '64 TiB', description: roomFor62TiB(),
    steps: [
      step('plug', { op: 'plug_dimm', id: 'd0', start: 2 * TiB, size: 62 * TiB, node: 0 }), step('online_movable', block(first, 'online_movable')), step('online_movable', block(last, 'online_movable')),
      step('online_kernel', block(first + 1, 'online_kernel')), step('offline', block(last, 'offline')), step('offline', block(first, 'offline')),
      step('offline', block(first + 1, 'offline')), step('unplug', { op: 'unplug_dimm', id: 'd0' }),
    ],
  }
}

const pair = (a: string, b: string): Figure => ({
  name: `profiles-compare-${a}-${b}`, unit: 'x one run', goal: '≤ 2.2',
  run: async () => {
    const story = twoHundredSteps()
    const [A, B] = [named(a), named(b)]
    const everyStep = (causes: boolean) => (): void => {
      const c = compareKernels(story, A, B)
      for (let n = 0; n <= c.last; n++) c.differences(n)
      if (causes) c.allCauses()
    }
    const [runA, runB, both, fields] = [
      ...medians(41, () => run(story, A), () => run(story, B), () => compareKernels(story, A, B).outline()), ...medians(3, everyStep(false)),
    ] as unknown as [number, number, number, number]
    const one = (runA + runB) / 2
    const withCauses = time(everyStep(true))
    const differ = compareKernels(story, A, B).outline().steps.filter((s) => s.state === 'parts' || !s.sameOutcome).length
    return {
      value: both / one, holds: both / one <= 2.2,
      beside: `${story.steps.length} steps, ${differ} of them part; one run ${one.toPrecision(3)} ms, compared ${both.toPrecision(3)} ms, with all fields ${fields.toPrecision(3)} ms, with all causes ${withCauses.toPrecision(3)} ms`,
    }
  },
})

export default [
  pair('v5.4', 'v5.5'),
  pair('v5.3', 'v6.1'),
  pair('v6.12', 'v7.2'),
  {
    name: 'profiles-matrix-64TiB', unit: 'ms', goal: '≤ 1000',
    run: async () => {
      const story = largeStory()
      const profiles = [...PROFILES.values()]
      const [value] = medians(5, () => compareMany(story, profiles)) as [number]
      const { groups } = compareMany(story, profiles)
      return { value, holds: value <= 1000, beside: `${profiles.length} kernels, ${story.steps.length} steps, ${groups.length} different columns` }
    },
  },
] satisfies readonly Figure[]
