import { defineConfig } from 'vitest/config'

/** The built app, driven from outside: `*.electron.e2e.ts` in Electron, `*.chromium.e2e.ts` in Chromium over the loopback server. One at a time. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/e2e/**/*.e2e.ts'],
    allowOnly: false,
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  },
})
