import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { firstThatRuns, run, SetupError } from './commands.ts'

/** The wheel that is fetched: its C interface holds all 55 functions that the binding calls, and it asks for no newer glibc than 2.17. */
export const TENSORFLOW_VERSION = '2.15.1'

/** The wheel's own Python; any Python can fetch and unpack it. */
const WHEEL = [
  '--only-binary=:all:',
  '--no-deps',
  '--python-version',
  '3.11',
  '--implementation',
  'cp',
  '--abi',
  'cp311',
  ...['manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux1_x86_64'].flatMap(platform => [
    '--platform',
    platform,
  ]),
]

/** libtensorflow as the binding is linked to it. */
export interface Library {
  /** What lies in it is what the linker is given. */
  readonly folder: string
  readonly files: readonly string[]
  readonly headers: string
}

/** Fetches the wheel with pip (as it is configured here) into `target`, with CUDA's libraries for a GPU. */
export async function fetchLibrary(
  target: string,
  { gpu, say }: { gpu: boolean; say: (line: string) => void },
): Promise<Library> {
  const python = findPython()
  const wheels = join(target, 'wheels')
  const scratch = join(target, 'pip')
  mkdirSync(scratch, { recursive: true })
  // Gigabytes in pip's cache, or in a small /tmp, would be there after a removal, or not fit.
  const fetch = (...requirements: string[]): Promise<string> =>
    run(
      python,
      [
        '-m',
        'pip',
        'download',
        '--disable-pip-version-check',
        '--no-cache-dir',
        '--dest',
        wheels,
        ...WHEEL,
        ...requirements,
      ],
      { show: true, env: { ...process.env, TMPDIR: scratch } },
    )
  say(
    `Fetching TensorFlow ${TENSORFLOW_VERSION} for ${gpu ? 'GPU and CPU' : 'CPU'} with pip (${gpu ? '475' : '207'} MB) …`,
  )
  await fetch(`${gpu ? 'tensorflow' : 'tensorflow-cpu'}==${TENSORFLOW_VERSION}`)
  const [wheel] = readdirSync(wheels)
  const library = await unpack(python, join(wheels, wheel!), target)
  if (gpu) {
    const needed = cudaOf(await run(python, ['-c', READ_METADATA, join(wheels, wheel!)]))
    rmSync(join(wheels, wheel!))
    say(`Fetching CUDA's libraries: ${needed.join(', ')} …`)
    await fetch(...needed)
    for (const name of readdirSync(wheels)) {
      await run(python, ['-c', EXTRACT, join(wheels, name), target, ...CUDA_PARTS])
      rmSync(join(wheels, name))
    }
  }
  for (const folder of [wheels, scratch]) rmSync(folder, { recursive: true })
  return library
}

/** A libtensorflow of the user's own; a wheel is unpacked into `target`, a folder is used where it lies. @throws SetupError */
export async function ownLibrary(given: string, target: string): Promise<Library> {
  const path = resolve(given)
  if (!existsSync(path)) throw new SetupError(`--library: there is nothing at ${path}`)
  if (path.endsWith('.whl')) return unpack(findPython(), path, target)
  const found = statSync(path).isDirectory()
    ? (libraryIn(path) ?? libraryIn(join(path, 'lib'), join(path, 'include')))
    : undefined
  if (!found)
    throw new SetupError(
      `--library: ${path} is neither a wheel of tensorflow (.whl) nor a folder with libtensorflow_cc.so.2 or lib/libtensorflow.so.2 and its headers in include/`,
    )
  return found
}

/** The requirements that the wheel names for CUDA, by its metadata. */
export const cudaOf = (metadata: string): string[] =>
  [...metadata.matchAll(/^Requires-Dist: (nvidia-[\w-]+) ?\(?(==[\w.]+)\)?\s*;.*extra == ['"]and-cuda['"]/gm)].map(
    ([, name, version]) => `${name}${version}`,
  )

async function unpack(python: string, wheel: string, target: string): Promise<Library> {
  mkdirSync(target, { recursive: true })
  await run(python, ['-c', EXTRACT, wheel, target, ...TENSORFLOW_PARTS])
  const found = libraryIn(join(target, 'tensorflow'))
  if (!found)
    throw new SetupError(
      `${relative('.', wheel)} holds no libtensorflow_cc.so.2 and libtensorflow_framework.so.2 with headers: take a wheel of tensorflow or tensorflow-cpu for Linux, 2.10 or newer`,
    )
  return found
}

function libraryIn(folder: string, headers: string = join(folder, 'include')): Library | undefined {
  const main = ['libtensorflow_cc.so.2', 'libtensorflow.so.2'].find(name => existsSync(join(folder, name)))
  const framework = 'libtensorflow_framework.so.2'
  if (
    main === undefined ||
    !existsSync(join(folder, framework)) ||
    !existsSync(join(headers, 'tensorflow', 'c', 'c_api.h'))
  )
    return undefined
  return { folder, files: [main, framework], headers }
}

function findPython(): string {
  const python = firstThatRuns([process.env.PYTHON, 'python3', 'python'], ['-m', 'pip', '--version'])
  if (python === undefined)
    throw new SetupError(
      'Python 3 with pip is needed to fetch and unpack TensorFlow, and was not found: install python3 and pip, or name the program in PYTHON.',
    )
  return python
}

const TENSORFLOW_PARTS = [
  String.raw`tensorflow/libtensorflow(_cc|_framework)\.so\.2$`,
  String.raw`tensorflow/include/(tensorflow|tsl|xla)/.*\.h$`,
]
/** Where `fetchLibrary` puts CUDA's libraries, each part in a folder of its own. */
export const cudaFolder = (target: string): string => join(target, 'nvidia')
const CUDA_PARTS = [String.raw`nvidia/[^/]+/lib/`]

/** Arguments: archive, target, patterns of what is wanted. Wheels are zip files; symbolic links do not occur in them. */
const EXTRACT = `
import re, sys, zipfile
archive, target, *patterns = sys.argv[1:]
with zipfile.ZipFile(archive) as wheel:
    for name in wheel.namelist():
        if any(re.match(pattern, name) for pattern in patterns):
            wheel.extract(name, target)
`
const READ_METADATA = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    print(next(wheel.read(name).decode() for name in wheel.namelist() if name.endswith('.dist-info/METADATA')))
`
