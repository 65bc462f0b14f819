import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { MANIFEST, TENSORFLOW_PACKAGE, tensorflowFolder, type Manifest } from '../src/main/devices/tensorflow-place.ts'
import { HELP, readArguments, type Wanted } from './tensorflow/arguments.ts'
import { buildBinding, findCompiler } from './tensorflow/binding.ts'
import { run, SetupError } from './tensorflow/commands.ts'
import { cudaFolder, fetchLibrary, ownLibrary } from './tensorflow/library.ts'
import { verify, type Verified } from './tensorflow/verify.ts'

/** Makes the device `tensorflow` available, or takes it away again: HELP says how. */

const NODE_API_HEADERS = 'node-api-headers@1.9.0'
const STEPS = 5
/** Most that lies on the disk at a time, packed and unpacked, in gigabytes. */
const ROOM = { gpu: 6, cpu: 1.5 } as const
/** Beside the folder, until all of it works. */
const unfinished = (folder: string): string => join(dirname(folder), `.${basename(folder)}-unfinished`)

const say = (line: string): void => console.log(line)
const step = (number: number, line: string): void => say(`[${number}/${STEPS}] ${line}`)

async function setUp(folder: string, { gpu, library: given }: Wanted): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new SetupError(
      `This set-up knows Linux on x86-64; this is ${process.platform} on ${process.arch}. The device "wasm" runs everywhere.`,
    )
  if (existsSync(folder) && !existsSync(join(folder, MANIFEST)))
    throw new SetupError(
      `${folder} is there and was not made by this set-up: name another folder in PERMAFROST_TENSORFLOW.`,
    )
  const compiler = findCompiler()
  const place = unfinished(folder)
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  try {
    if (given === undefined) checkRoom(place, gpu ? ROOM.gpu : ROOM.cpu)
    const version = packageVersion()
    step(1, `Fetching ${TENSORFLOW_PACKAGE} ${version} with npm, without its install script …`)
    writeFileSync(join(place, 'package.json'), '{ "private": true }\n')
    await run(
      'npm',
      [
        'install',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        '--no-package-lock',
        `${TENSORFLOW_PACKAGE}@${version}`,
        NODE_API_HEADERS,
      ],
      { cwd: place },
    )
    const tfjs = join(place, 'node_modules', TENSORFLOW_PACKAGE)

    step(2, given === undefined ? 'Fetching libtensorflow …' : `Taking libtensorflow from ${given} …`)
    const site = join(place, 'site')
    const library = given === undefined ? await fetchLibrary(site, { gpu, say }) : await ownLibrary(given, site)

    step(3, `Compiling the binding with ${compiler} …`)
    await buildBinding(compiler, tfjs, library, join(place, 'node_modules', 'node-api-headers', 'include'), place)
    rmSync(join(site, 'tensorflow', 'include'), { recursive: true, force: true })

    step(4, 'Loading it and multiplying matrices …')
    const found = await verify(tfjs, cudaFolder(site))
    if (gpu) say(`      ${graphicsIn(found)}`)

    step(5, `Putting it into ${folder} …`)
    writeFileSync(
      join(place, MANIFEST),
      `${JSON.stringify({ tensorflow: found.tensorflow, package: version, device: found.device, cuda: found.cuda.length > 0 } satisfies Manifest, null, 2)}\n`,
    )
    rmSync(folder, { recursive: true, force: true })
    renameSync(place, folder)
    say(
      `The device "tensorflow" is available: TensorFlow ${found.tensorflow} on ${found.device}. To remove it: npm run setup:tensorflow -- --remove`,
    )
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** @throws SetupError when the disk has less than `gigabytes` left */
function checkRoom(place: string, gigabytes: number): void {
  const { bavail, bsize } = statfsSync(place)
  const free = (bavail * bsize) / 1e9
  if (free < gigabytes)
    throw new SetupError(
      `${dirname(place)} has ${free.toFixed(1)} GB left; this takes up to ${gigabytes} GB. Name a folder on another disk in PERMAFROST_TENSORFLOW.`,
    )
}

/** What a set-up with CUDA has come to. */
function graphicsIn({ device, cuda, driver }: Verified): string {
  if (device === 'GPU') return `TensorFlow computes on a graphics card; ${cuda.length} libraries of CUDA load.`
  const libraries =
    cuda.length > 0 ? `CUDA's libraries are there (${cuda.length} load)` : 'No libraries of CUDA came with it'
  return `${libraries}; no GPU found${driver ? '' : ' (there is no NVIDIA driver, libcuda.so.1)'}, the CPU is used. ${driver ? 'nvidia-smi tells what the driver sees.' : 'With a driver, the card is used.'}`
}

/** As package.json names it among the optional peers. */
function packageVersion(): string {
  const { peerDependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>
  }
  return peerDependencies[TENSORFLOW_PACKAGE]!
}

function remove(folder: string): void {
  rmSync(unfinished(folder), { recursive: true, force: true })
  if (!existsSync(folder)) return say(`There is nothing to remove at ${folder}.`)
  if (!existsSync(join(folder, MANIFEST)))
    throw new SetupError(`${folder} was not made by this set-up and is left as it is.`)
  // First what makes it count as there, so that half a removal leaves nothing that is used.
  rmSync(join(folder, MANIFEST))
  rmSync(folder, { recursive: true })
  say(`Removed ${folder}.`)
}

try {
  const wanted = readArguments(process.argv.slice(2))
  const folder = tensorflowFolder()
  if (wanted.help) say(HELP)
  else if (wanted.remove) remove(folder)
  else await setUp(folder, wanted)
} catch (error) {
  if (!(error instanceof SetupError) && !(error instanceof TypeError)) throw error
  console.error(error.message)
  process.exitCode = error instanceof TypeError ? 2 : 1
}
