import type * as TensorFlow from '@tensorflow/tfjs'
import { tensorflowEnvironment, loadTensorflow } from '../../src/main/devices/tensorflow-load.ts'
import { run, SetupError } from './commands.ts'

/** What the finished binding says of itself. */
export interface Verified { readonly tensorflow: string, readonly device: 'CPU' | 'GPU' }

/** Loads the package in a process of its own and multiplies two matrices with it. @throws SetupError when it does not load or multiplies wrong */
export async function verify(tfjsPackage: string): Promise<Verified> {
  const said = await run(process.execPath, ['--disable-warning=ExperimentalWarning', import.meta.filename, tfjsPackage], { env: { ...process.env, ...tensorflowEnvironment() } })
  return JSON.parse(said.trim().split('\n').at(-1)!) as Verified
}

/** Products of small whole numbers are exact. */
function multiplies(tf: typeof TensorFlow): boolean {
  const [rows, inner, columns] = [7, 33, 5]
  const value = (row: number, column: number): number => (row * 5 + column * 3) % 11 - 5
  const matrix = (height: number, width: number): number[][] => Array.from({ length: height }, (_, i) => Array.from({ length: width }, (_, j) => value(i, j)))
  const [a, b] = [matrix(rows, inner), matrix(inner, columns)]
  const product = tf.matMul(tf.tensor2d(a), tf.tensor2d(b)).dataSync()
  return a.every((row, i) => b[0]!.every((_, j) => product[i * columns + j] === row.reduce((sum, each, k) => sum + each * b[k]![j]!, 0)))
}

if (import.meta.main) {
  const { tf, tensorflow, device } = loadTensorflow(process.argv[2]!)
  if (!multiplies(tf)) throw new SetupError('The binding loads, but its matrix product is wrong.')
  console.log(JSON.stringify({ tensorflow, device } satisfies Verified))
}
