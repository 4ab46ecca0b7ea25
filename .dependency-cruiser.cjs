/** Who may import whom (docs/architecture.md). `npm run check:layers` fails on any other import, type imports included. */

const TEST = '\\.test\\.ts$'
const npm = (...names) => `^node_modules/(${names.join('|')})/`

module.exports = {
  forbidden: [
    {
      name: 'engine-is-pure',
      comment: 'The engine knows no Node, no Electron, no DOM and nothing else of ours: only plugins/sdk types, zod and yaml.',
      severity: 'error',
      from: { path: '^main/engine/', pathNot: TEST },
      to: { pathNot: ['^main/engine/', '^plugins/sdk/', npm('zod', 'yaml')] },
    },
    {
      name: 'engine-takes-types-from-the-sdk',
      comment: 'plugins/sdk gives the engine types, never code.',
      severity: 'error',
      from: { path: '^main/engine/' },
      to: { path: '^plugins/sdk/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'engine-tests-stay-in-the-engine',
      comment: 'Tests of the engine may read files and use the test libraries, and nothing of ours but the engine.',
      severity: 'error',
      from: { path: '^main/engine/.*' + TEST },
      to: { path: '^(main|preload|renderer|plugins)/', pathNot: ['^main/engine/', '^plugins/sdk/'] },
    },
    {
      name: 'renderer-reaches-main-by-the-contract',
      comment: 'The window imports preload/ and nothing else of ours, and never Node or Electron.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: TEST },
      to: { path: ['^main/', '^plugins/', '^scripts/', '^test/', '^electron$', npm('electron', 'ws')], pathNot: '^renderer/' },
    },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^(renderer|preload)/', pathNot: TEST },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pages-carry-no-schemas',
      comment: 'The contract is types to a page; its values are in contract-constants.ts. Validating is up to main.',
      severity: 'error',
      from: { path: '^(renderer|preload/page)/', pathNot: TEST },
      to: { path: ['^preload/contract\\.ts$', npm('zod')], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'preload-imports-nothing-of-ours',
      comment: 'The contract stands by itself; only the preload script touches electron, only page/ the DOM.',
      severity: 'error',
      from: { path: '^preload/' },
      to: { path: ['^main/', '^renderer/', '^plugins/'] },
    },
    {
      name: 'main-leaves-the-page-alone',
      comment: 'Main speaks to the window through preload/, without its page and Electron ends.',
      severity: 'error',
      from: { path: '^main/' },
      to: { path: ['^renderer/', '^preload/page/', '^preload/index\\.ts$'] },
    },
    {
      name: 'transport-knows-no-memory',
      severity: 'error',
      from: { path: '^main/transport/' },
      to: { path: '^(main|plugins)/', pathNot: '^main/transport/' },
    },
    {
      name: 'lab-and-conform-know-no-host',
      comment: 'The lab, the command line, import and conform use the engine, the plugin host and the contract; who serves them is not their concern. session.ts is types.',
      severity: 'error',
      from: { path: '^main/(lab|import|conform|cli|plugins)/' },
      to: { path: ['^main/(transport|host)/', '^main/[^/]+\\.ts$'], pathNot: '^main/transport/session\\.ts$' },
    },
    {
      name: 'plugins-see-the-sdk-only',
      severity: 'error',
      from: { path: '^plugins/', pathNot: TEST },
      to: { pathNot: ['^plugins/'] },
    },
    {
      name: 'plugins-do-not-see-each-other',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/' },
      to: { path: '^plugins/', pathNot: ['^plugins/sdk/', '^plugins/$1/'] },
    },
    {
      name: 'sandbox-on-demand',
      comment: 'QuickJS, sucrase and fast-check are read only where somebody names a folder of plugins.',
      severity: 'error',
      from: { path: '^main/', pathNot: ['^main/plugins/(sandbox|check)/', '^main/plugins/(load|declarations|param-declarations)\\.ts$', '^main/cli/plugin-', TEST] },
      to: { path: ['^main/plugins/(sandbox|check)/', '^main/plugins/load\\.ts$', npm('quickjs-emscripten-core', '@jitl', 'sucrase', 'fast-check')], dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'electron-only-at-its-edges',
      comment: 'Requiring electron without its binary tries a download, so only the two entries may import it at run time.',
      severity: 'error',
      from: { pathNot: ['^main/index\\.ts$', '^preload/index\\.ts$'] },
      to: { path: ['^electron$', npm('electron')], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'entries-are-ends',
      comment: 'Nothing imports an entry.',
      severity: 'error',
      from: { path: '^(main|preload|renderer|plugins)/' },
      to: { path: '^main/[^/]+\\.ts$' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '\\?(raw|url|worker)$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.renderer.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.vue', '.js', '.mjs', '.cjs', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
