import { expect, test, vi } from 'vitest'
import { createLab } from '../../main/lab/lab.ts'
import { createPluginHost } from '../../main/plugins/host.ts'
import { manifest, pluginFolder, typeModule, write } from './folder.ts'

const STORY = 'zonelab: 1\ntitle: t\nmachine: {memory: 1GiB}\nsteps:\n  - add-device: {name: d, type: my-hbm, params: {at: 8GiB}}\n'
const says = (text: string): string => typeModule(`  describe: () => [{ name: 'says', value: '${text}' }],`)

test('a plugin of a folder in the lab: listed, offered, used, and after a reload the new one at once', async () => {
  const dir = pluginFolder(says('old'))
  const plugins = createPluginHost({ folders: [dir] })
  await plugins.reload()
  const lab = createLab({ host: 'browser', plugins })
  const changed = vi.fn()
  lab.onEvent(changed)
  try {
    expect((await lab.plugins({})).find((p) => !p.builtIn)).toMatchObject({ id: 'org.example.my-hbm', enabled: true, types: ['my-hbm'], folder: dir })
    expect(await lab.openTexts({ texts: [{ name: 'a.yaml', text: STORY }] })).toMatchObject({ ok: true })
    expect((await lab.deviceTypes({})).find((t) => t.id === 'my-hbm')).toMatchObject({ plugin: 'org.example.my-hbm', available: true, add: { group: 'add device' } })
    const row = async () => (await lab.inspect({ selection: { kind: 'device', name: 'd' } })).groups.flatMap((g) => g.fields).find((f) => f.name === 'says')?.raw
    expect(await row()).toBe('old')

    write(dir, { 'index.ts': says('new') })
    changed.mockClear()
    expect((await lab.reloadPlugins({})).find((p) => !p.builtIn)).toMatchObject({ enabled: true })
    expect(changed).toHaveBeenCalledOnce()
    expect(await row()).toBe('new')

    write(dir, { 'plugin.json': manifest({ apiVersion: 9 }) })
    const [broken] = (await lab.reloadPlugins({})).filter((p) => !p.builtIn)
    expect(broken).toMatchObject({ enabled: false, types: [], problems: [expect.stringContaining('apiVersion: 9: not served') as string] })
    // the device is still there, and says what it lacks
    expect((await lab.outline({})).devices).toMatchObject([{ name: 'd', type: 'my-hbm', title: 'my-hbm' }])
    expect(await lab.run({ command: { op: 'remove_device', name: 'd' } })).toMatchObject({ ok: true, value: { errno: 'ENODEV', reason: expect.stringContaining('"my-hbm"') as string } })
    expect((await lab.deviceTypes({})).map((t) => t.id)).not.toContain('my-hbm')
  } finally {
    plugins.dispose()
  }
})
