import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build, type Configuration } from 'electron-builder'

/** `npm run package [-- dir]`: the built app as an installer for this platform, in `release/` or `--output FOLDER`; with `dir`, as a folder to start from. */

const PROJECT = join(import.meta.dirname, '..')

/** The runtime's own version where a folder with one is named, as for `npm start`. */
const runtime = process.env.ELECTRON_OVERRIDE_DIST_PATH
const electronVersion = runtime ? readFileSync(join(runtime, 'version'), 'utf8').trim().replace(/^v/, '') : undefined
const major = Number(
  (
    electronVersion ??
    (JSON.parse(readFileSync(join(PROJECT, 'node_modules', 'electron', 'package.json'), 'utf8')).version as string)
  ).split('.')[0],
)

/** TensorFlow.js, of which only what Node loads is taken: the packages hold every build for every browser besides. */
const TENSORFLOW = [
  'tfjs',
  'tfjs-core',
  'tfjs-layers',
  'tfjs-converter',
  'tfjs-data',
  'tfjs-backend-cpu',
  'tfjs-backend-webgl',
]

/** What the app is made of. Everything else that it needs is bundled in `out/`. */
const FILES: readonly string[] = [
  'package.json',
  'LICENSE',
  'out/**',
  '!out/**/*.map',
  'resources/presets/**',
  'resources/corpora/*/**',
  'resources/icons/permafrost.png',
  '!node_modules/**',
  'node_modules/better-sqlite3/package.json',
  'node_modules/better-sqlite3/LICENSE',
  'node_modules/better-sqlite3/lib/**',
  `node_modules/better-sqlite3/prebuilds/*${process.platform.replace('win32', 'win')}*-${process.arch}.node`,
  ...TENSORFLOW.flatMap(name => [
    `node_modules/@tensorflow/${name}/package.json`,
    `node_modules/@tensorflow/${name}/dist/*.node.js`,
  ]),
  ...[
    'long',
    'seedrandom',
    'node-fetch',
    'whatwg-url',
    'tr46',
    'webidl-conversions',
    'string_decoder',
    'safe-buffer',
  ].flatMap(name => [`node_modules/${name}/package.json`, `node_modules/${name}/**/*.{js,json}`]),
  '!node_modules/**/{test,tests}/**',
]

/** Where the code comes from, as runs record it: a package has neither the repository nor the lock file beside it. */
function origin(): { readonly commit: string | null; readonly lockHash: string } {
  return {
    commit: existsSync(join(PROJECT, '.git'))
      ? execFileSync('git', ['rev-parse', 'HEAD'], { cwd: PROJECT, encoding: 'utf8' }).trim()
      : null,
    lockHash: createHash('sha256')
      .update(readFileSync(join(PROJECT, 'package-lock.json')))
      .digest('hex'),
  }
}

const {
  values: { output },
  positionals: [target],
} = parseArgs({ allowPositionals: true, options: { output: { type: 'string', default: 'release' } } })

const configuration: Configuration = {
  appId: 'lab.permafrost',
  productName: 'Permafrost',
  directories: { output: resolve(PROJECT, output), buildResources: 'resources/icons' },
  files: [...FILES],
  extraFiles: [{ from: 'out/renderer/THIRD-PARTY.txt', to: 'THIRD-PARTY.txt' }],
  asar: true,
  asarUnpack: ['**/*.node'],
  npmRebuild: false,
  extraMetadata: { permafrost: origin(), desktopName: 'permafrost.desktop' },
  ...(runtime ? { electronDist: runtime, electronVersion } : {}),
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: process.platform !== 'linux',
    onlyLoadAppFromAsar: true,
    ...(major >= 29 ? { grantFileProtocolExtraPrivileges: false } : {}),
  },
  fileAssociations: [{ ext: 'permafrost', name: 'Permafrost bundle', role: 'Editor' }],
  icon: 'resources/icons/permafrost.png',
  linux: { category: 'Science', syncDesktopName: true, target: ['AppImage', 'tar.gz'] },
  mac: { category: 'public.app-category.education', target: ['dmg'] },
  win: { target: ['nsis'] },
  publish: null,
}

try {
  const made = await build({ projectDir: PROJECT, config: configuration, dir: target === 'dir', publish: 'never' })
  console.log(made.length > 0 ? made.join('\n') : resolve(PROJECT, output))
} catch (error) {
  const unreached = /(?:getaddrinfo|connect) (?:E\w+)[^\n]*/.exec(String((error as Error).stack))
  if (!unreached) throw error
  console.error(
    `The tools that make an installer are downloaded the first time, which failed (${unreached[0]}). \`npm run package -- dir\` makes a folder to start from, and needs none.`,
  )
  process.exitCode = 1
}
