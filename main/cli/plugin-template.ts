/** The files of a new plugin. */

export interface TemplateValues { readonly id: string; readonly name: string; readonly zonelab: string }

export function template({ id, name, zonelab }: TemplateValues): Record<string, string> {
  const title = name.split('-').map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join(' ')
  return {
    'plugin.json': `${JSON.stringify({ id, version: '0.1.0', title, engines: { zonelab: `>=${zonelab}` }, apiVersion: 1, main: 'index.ts' }, null, 2)}\n`,
    'index.ts': `/** ${title}: a device whose driver claims a range and maps it. Needs no function of its own to run; change it from here. */
import { defineDeviceType, param } from 'zonelab'

export default defineDeviceType({
  id: '${name}',
  title: '${title}',
  doc: 'What it is, and which driver and kernel functions stand behind it.',
  params: {
    at: param.address({ doc: 'Where the range starts.' }),
    size: param.bytes({ default: '256MiB', min: '2MiB', multipleOf: '2MiB', doc: 'Size of the range.' }),
    node: param.node(),
  },
  placement: ({ at, size }) => ({ at: 'fixed', start: at, size }),
  memory: 'generic',
  mapping: 'linear',
  granularity: 'subsection',
  resource: { name: (name) => name, release: 'driver' },
  samples: [{ title: 'two sections', params: { at: '0x200000000' } }],
})
`,
    'example.zonelab.yaml': `zonelab: 1
title: ${title} comes and goes
machine: {memory: 1GiB}
steps:
  - add-device: {name: dev0, type: ${name}, params: {at: 0x200000000}}
    expect:
      iomem: ["200000000-20fffffff : dev0"]
      sections: {64: {flags: "present,valid"}, 65: {flags: "present,valid"}}
      zones: {0/Device: {start_pfn: 0x200000, spanned: 65536, present: 0}}
  - remove-device: dev0
    expect:
      not-in-iomem: ["200000000-20fffffff : dev0"]
      sections: {64: {flags: absent}}
      zones: {0/Device: {spanned: 65536}}
`,
    'tsconfig.json': `${JSON.stringify({
      compilerOptions: {
        target: 'ES2022', lib: ['ES2022'], module: 'ESNext', moduleResolution: 'Bundler', types: [], strict: true, noEmit: true, allowImportingTsExtensions: true, skipLibCheck: true,
        paths: { zonelab: ['./.zonelab/sdk/index.ts'], 'zonelab/*': ['./.zonelab/sdk/*'] },
      },
      include: ['*.ts'],
    }, null, 2)}\n`,
    'README.md': `# ${title}

A device type for Zonelab. \`zonelab plugin check .\` holds it against the rules, \`zonelab plugin test .\` runs its scenarios. \`.zonelab/sdk\` is what editors
read; Zonelab itself uses its own.
`,
  }
}
