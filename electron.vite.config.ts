import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'
import { licenceProblems, shippedPackages, thirdPartyText } from './scripts/licences/shipped.ts'

/** CommonJS, because sandboxed preloads know nothing else and runtimes before Node 22 cannot `require` a module. */
const commonjs = { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunks/[name]-[hash].cjs' } as const

/** Stay packages: better-sqlite3 brings a native library, TensorFlow.js and webgpu look for their parts at run time. All else is bundled. */
const external = ['better-sqlite3', 'webgpu', /^@tensorflow\//]

/** The licences of all that is built in, beside the pages, which show them. What may not be in the app is not built. */
function thirdParty(): Plugin {
  return {
    name: 'third-party',
    apply: 'build',
    generateBundle() {
      const packages = shippedPackages(process.cwd())
      const problems = licenceProblems(packages)
      if (problems.length > 0) this.error(problems.join('\n'))
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY.txt', source: thirdPartyText(packages) })
    },
  }
}

export default defineConfig({
  main: {
    build: {
      target: 'node18.15',
      externalizeDeps: false,
      rolldownOptions: {
        input: {
          index: 'src/main/index.ts',
          'training-worker': 'src/main/training/worker.ts',
          'training-helper': 'src/main/training/helper.ts',
          'training-process': 'src/main/training/training-process.ts',
          'analysis-worker': 'src/main/analysis/worker.ts',
        },
        output: commonjs,
        external,
      },
    },
  },
  preload: {
    build: {
      target: 'node18.15',
      externalizeDeps: false,
      rolldownOptions: { input: { index: 'src/preload/index.ts' }, output: commonjs },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [vue(), thirdParty()],
    build: { target: 'chrome114', rolldownOptions: { input: { index: 'src/renderer/index.html' } } },
  },
})
