import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const slow = '**/*.slow.test.ts'

export default defineConfig({
  plugins: [vue()],
  test: {
    maxWorkers: 2,
    allowOnly: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['src/**/*.test.ts', 'test/*.test.ts', 'bench/*.test.ts'],
          exclude: [slow, 'src/renderer/**'],
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'renderer',
          include: ['src/renderer/**/*.test.ts'],
          environment: 'happy-dom',
          testTimeout: 20_000,
        },
      },
      // Training runs and kill tests: minutes.
      {
        extends: true,
        test: { name: 'slow', include: [`src/${slow}`, `test/${slow}`], testTimeout: 300_000, hookTimeout: 120_000 },
      },
    ],
  },
})
