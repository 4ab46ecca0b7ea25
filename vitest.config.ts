import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['main/**/*.test.ts', 'preload/**/*.test.ts', 'plugins/**/*.test.ts', 'renderer/**/*.test.ts', 'scripts/**/*.test.ts', 'test/conformance/**/*.test.ts'],
    // Property tests print their seed when they fail; a run that failed is repeated with it.
    testTimeout: 60_000,
  },
})
