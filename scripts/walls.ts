import { posix } from 'node:path'

/** What the files of a folder may import; for every file the longest folder that holds it decides. */
export interface Wall {
  /** A folder or one file, from the project's root. */
  readonly inside: string
  /** Folders of this project, besides its own. */
  readonly reaches: readonly string[]
  /** Packages: one by name, a scope by `@scope/`, Node's own modules by `node:`. */
  readonly packages: readonly string[]
}

/** What all of the host may use. */
const HOST = ['node:', 'commander', 'fflate', 'zod']

export const WALLS: readonly Wall[] = [
  { inside: 'src/shared', reaches: [], packages: ['zod'] },
  { inside: 'src/engine', reaches: ['src/shared'], packages: ['pure-rand', 'zod', '@tensorflow/', 'webgpu'] },
  { inside: 'src/main', reaches: ['src/engine', 'src/figures', 'src/shared', 'resources'], packages: HOST },
  {
    inside: 'src/main/history',
    reaches: ['src/main', 'src/engine', 'src/shared'],
    packages: [...HOST, 'better-sqlite3', 'kysely'],
  },
  {
    inside: 'src/main/devices',
    reaches: ['src/main', 'src/engine', 'src/shared'],
    packages: [...HOST, '@tensorflow/'],
  },
  { inside: 'src/main/shells/electron', reaches: ['src/main', 'src/shared'], packages: [...HOST, 'electron'] },
  { inside: 'src/main/shells/web', reaches: ['src/main', 'src/shared'], packages: [...HOST, 'ws'] },
  { inside: 'src/main/index.ts', reaches: ['src/main', 'src/shared'], packages: [...HOST, 'electron'] },
  { inside: 'src/preload', reaches: ['src/shared'], packages: ['electron'] },
  { inside: 'src/figures', reaches: ['src/shared'], packages: ['chart.js'] },
  { inside: 'src/renderer', reaches: ['src/figures', 'src/shared', 'resources'], packages: ['vue', 'chart.js', 'zod'] },
]

/** Each device has a folder of its own in here, closed to the others; these folders are for all of them, and know none. */
const DEVICES = 'src/engine/devices'
const SHARED_BY_DEVICES = ['cohort', 'interpreter', 'lowering']

/** Tests, and what stands in a folder `testing`, may also use these. */
const TEST_PACKAGES = [
  'vitest',
  '@napi-rs/canvas',
  '@vue/test-utils',
  'fast-check',
  'pure-rand',
  'simple-statistics',
  'node:',
]

/**
 * Why `file` may not import `specifier`; undefined when it may.
 * @param file from the project's root, with forward slashes
 */
export function breach(file: string, specifier: string): string | undefined {
  const wall = wallOf(file)
  if (wall === undefined) return undefined
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier)
    if (isTest(target) && !isTest(file)) return `${file} is no test and must not import ${target}`
    const own = roomOf(file),
      other = roomOf(target)
    if (own && other && own !== other && !SHARED_BY_DEVICES.includes(other) && !isTest(file))
      return `${DEVICES}/${own} must not import ${target}; what devices share lies in ${SHARED_BY_DEVICES.join(', ')}`
    const folders = [ownFolder(wall), ...wall.reaches]
    return folders.some(folder => isIn(target, folder))
      ? undefined
      : `${wall.inside} must not import ${target}; by scripts/walls.ts it may import ${folders.join(', ')}`
  }
  const packages = isTest(file) ? [...wall.packages, ...TEST_PACKAGES] : wall.packages
  return packages.some(name => isPackage(specifier, name))
    ? undefined
    : `${wall.inside} must not import ${specifier}; by scripts/walls.ts it may import ${packages.join(', ')}`
}

function wallOf(file: string): Wall | undefined {
  const around = WALLS.filter(({ inside }) => isIn(file, inside))
  return around.sort((a, b) => b.inside.length - a.inside.length)[0]
}

/** The folder among the devices' that holds a file. */
const roomOf = (file: string): string | undefined =>
  isIn(file, DEVICES) ? /^([^/]+)\//.exec(file.slice(DEVICES.length + 1))?.[1] : undefined

const ownFolder = ({ inside }: Wall): string => (inside.endsWith('.ts') ? posix.dirname(inside) : inside)
const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)
const isTest = (file: string): boolean => file.endsWith('.test.ts') || file.includes('/testing/')

function isPackage(specifier: string, name: string): boolean {
  if (name.endsWith('/') || name.endsWith(':')) return specifier.startsWith(name)
  return specifier === name || specifier.startsWith(`${name}/`)
}
