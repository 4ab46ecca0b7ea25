import tailwind from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'

/** Three programs for Node and Electron, the sandboxed preload script, and the page. */
export default defineConfig({
  main: {
    build: {
      // One file is read faster than forty: what the command line needs is bundled. ws and electron stay outside.
      externalizeDeps: { exclude: ['yaml', 'zod'] },
      rolldownOptions: { input: { index: 'main/index.ts', serve: 'main/serve.ts', cli: 'main/cli.ts' } },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: 'preload/index.ts' },
        // A sandboxed preload script must be CommonJS.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [vue(), tailwind()],
    build: {
      minify: true,
      // The content security policy allows no data: fonts or scripts.
      assetsInlineLimit: 0,
      rolldownOptions: { input: 'renderer/index.html' },
    },
  },
})
