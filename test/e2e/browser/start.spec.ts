/** npm start with the browser host, seen from the terminal. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, startHost, test } from '../lab.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Runs npm start when it is expected to end by itself. */
const start = (...options: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, ['scripts/start.mjs', '--no-open', '--no-build', ...options], { cwd: root, encoding: 'utf8', timeout: 30_000 })

test('prints one URL, answers there, and Ctrl-C ends it', async ({ request }) => {
  const host = await startHost('--empty')
  expect(host.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#[\w-]{32}$/)
  expect((await request.get(host.url)).status()).toBe(200)
  expect(await host.stop()).toBe(0)
  await expect(request.get(host.url)).rejects.toThrow('ECONNREFUSED')
})

test('opens a sample machine when nothing else is said', async ({ request }) => {
  const host = await startHost()
  expect((await request.get(host.url)).status()).toBe(200)
  expect(await host.stop()).toBe(0)
})

test('a file that cannot be opened is named, and nothing starts', () => {
  const info = test.info()
  const bad = info.outputPath('bad.zonelab.yaml')
  writeFileSync(bad, 'zonelab: 1\ntitle: Bad\nmachine: {memory: 1GiB}\nstepps: []\n')
  expect(start('--open', bad)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/bad\.zonelab\.yaml:4: .*stepps/) })
  expect(start('--open', info.outputPath('missing'))).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('missing: ENOENT') })
})

test('a sample that does not exist is named with those that do', () => {
  expect(start('--sample', 'nothing')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/^nothing: .*machines\/four-nodes-6gib/) })
})

test('a taken port and a wrong option are one line, not a stack', async () => {
  const host = await startHost('--empty')
  const { port } = new URL(host.url)
  expect(start('--empty', '--port', port)).toMatchObject({ status: 1, stderr: `port ${port} is taken\n` })
  expect(start('--port', '70000')).toMatchObject({ status: 1, stderr: expect.stringMatching(/^--port: found 70000, expected a port number\n/) })
  expect(start('--empty', '--sample', 'x')).toMatchObject({ status: 1, stderr: expect.stringMatching(/^--sample, --open and --empty exclude each other\n/) })
  await host.stop()
})
