import type * as TensorFlow from '@tensorflow/tfjs'
import { existsSync, readdirSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { tensorflowEnvironment, loadTensorflow } from '../../src/main/devices/tensorflow-load.ts'
import { run, SetupError } from './commands.ts'

/** What the finished binding says of itself. */
export interface Verified {
  readonly tensorflow: string
  readonly device: 'CPU' | 'GPU'
  /** CUDA's libraries that load. */
  readonly cuda: readonly string[]
  /** Whether NVIDIA's driver is there. */
  readonly driver: boolean
}

/**
 * Loads the package in a process of its own, multiplies two matrices with it, then loads each library of CUDA in `cuda`, if there is such a folder.
 * @throws SetupError when one does not load or the product is wrong
 */
export async function verify(tfjsPackage: string, cuda: string): Promise<Verified> {
  const said = await run(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', import.meta.filename, tfjsPackage, cuda],
    { env: { ...process.env, ...tensorflowEnvironment() } },
  )
  return JSON.parse(said.trim().split('\n').at(-1)!) as Verified
}

/** Products of small whole numbers are exact. */
function multiplies(tf: typeof TensorFlow): boolean {
  const [rows, inner, columns] = [7, 33, 5]
  const value = (row: number, column: number): number => ((row * 5 + column * 3) % 11) - 5
  const matrix = (height: number, width: number): number[][] =>
    Array.from({ length: height }, (_, i) => Array.from({ length: width }, (_, j) => value(i, j)))
  const [a, b] = [matrix(rows, inner), matrix(inner, columns)]
  const product = tf.matMul(tf.tensor2d(a), tf.tensor2d(b)).dataSync()
  return a.every((row, i) =>
    b[0]!.every((_, j) => product[i * columns + j] === row.reduce((sum, each, k) => sum + each * b[k]![j]!, 0)),
  )
}

/** Why a library does not load; undefined when it does. */
export function loadError(library: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_LAZY | constants.dlopen.RTLD_LOCAL)
  } catch (error) {
    // It is in memory, and is no add-on of Node's: which is what this throws for.
    if (!(error as Error).message.startsWith('Module did not self-register')) return (error as Error).message
  }
  return undefined
}

function librariesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.so\.\d+$/.test(name))
    .map(name => join(folder, name))
    .sort()
}

if (import.meta.main) {
  const [tfjsPackage, folder] = process.argv.slice(2) as [string, string]
  const { tf, tensorflow, device } = loadTensorflow(tfjsPackage)
  if (!multiplies(tf)) throw new SetupError('The binding loads, but its matrix product is wrong.')
  // After TensorFlow, which must find them by itself.
  const cuda = librariesIn(folder)
  const errors = cuda.map(loadError).filter(error => error !== undefined)
  if (errors.length > 0)
    throw new SetupError(`${errors.length} of CUDA's ${cuda.length} libraries do not load:\n${errors.join('\n')}`)
  console.log(
    JSON.stringify({ tensorflow, device, cuda, driver: loadError('libcuda.so.1') === undefined } satisfies Verified),
  )
}
