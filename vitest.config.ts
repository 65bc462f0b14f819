import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const slow = '**/*.slow.test.ts'

// Time-outs end what hangs, on the busiest machine; no test depends on how quick it is.
const [SOON, LATE] = [120_000, 600_000]

export default defineConfig({
  plugins: [vue()],
  test: {
    maxWorkers: 2,
    allowOnly: false,
    expect: { poll: { timeout: 100_000, interval: 10 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['src/**/*.test.ts', 'test/*.test.ts', 'bench/*.test.ts'],
          exclude: [slow, 'src/renderer/**'],
          testTimeout: SOON,
          hookTimeout: SOON,
        },
      },
      {
        extends: true,
        test: {
          name: 'renderer',
          include: ['src/renderer/**/*.test.ts'],
          environment: 'happy-dom',
          testTimeout: SOON,
          hookTimeout: SOON,
        },
      },
      // Training runs and kill tests: minutes.
      {
        extends: true,
        test: { name: 'slow', include: [`src/${slow}`, `test/${slow}`], testTimeout: LATE, hookTimeout: LATE },
      },
    ],
  },
})
