import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{main,preload,renderer,plugins,scripts,test}/**/*.test.ts'],
    // Property tests print their seed when they fail; a run that failed is repeated with it.
    testTimeout: 60_000,
  },
})
