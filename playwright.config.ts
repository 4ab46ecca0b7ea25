import { defineConfig } from '@playwright/test'
import { findChromium, quietFlags } from './scripts/chromium.mjs'
import { findElectron } from './scripts/electron-binary.mjs'

/** The same stories in each host: in the Chromium that is installed, and in Electron where its binary is. */
export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  workers: 2,
  reporter: 'list',
  timeout: 60_000,
  use: {
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath: findChromium(), args: [...quietFlags] },
    screenshot: 'only-on-failure',
    // A trace of every story would double their time; --trace=on makes one of those that are run again.
    trace: 'off',
  },
  projects: [
    { name: 'browser', testIgnore: '**/electron/**' },
    ...(findElectron() === undefined ? [] : [{ name: 'electron', testIgnore: '**/browser/**' }]),
  ],
})
