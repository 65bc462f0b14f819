import { readFile } from 'node:fs/promises'
import { compileWasm, type KernelModel } from '../kernels/build.ts'
import { LEARNING_RATE, type Problem } from '../problem.ts'
import { timed, type Missing, type Peer } from './peer.ts'

interface Kernel {
  readonly memory: WebAssembly.Memory
  symbols(): number
  parameters(): number
  parameter_count(): number
  step(learningRate: number): number
}

/** @param relaxed with relaxed SIMD, whose multiply-add rounds once where the processor can: faster, not the same bits everywhere */
export async function openWasm(problem: Problem, model: KernelModel, relaxed: boolean): Promise<Peer | Missing> {
  const id = relaxed ? 'wasm-relaxed' : 'wasm',
    title = `hand-written C, WASM ${relaxed ? 'relaxed ' : ''}SIMD`
  const built = await compileWasm(model, problem, relaxed)
  if ('missing' in built) return { id, title, ...built }
  const step = await loadKernel(built.path, problem)
  return {
    id,
    title: `${title} (${built.compiler})`,
    run: steps => Promise.resolve(timed(step, steps)),
    close: () => Promise.resolve(),
  }
}

/** Instantiates a kernel and writes the problem into it; the result does one update and returns the loss before it. */
export async function loadKernel(path: string, { strings, weights }: Problem): Promise<() => number> {
  const instance = await WebAssembly.instantiate(await WebAssembly.compile(await readFile(path)))
  const { memory, symbols, parameters, parameter_count, step } = instance.exports as unknown as Kernel
  const values = [...weights.values()].flatMap(({ values }) => [...values])
  if (values.length !== parameter_count())
    throw new Error(`${path} has ${parameter_count()} parameters, the problem ${values.length}`)
  new Int32Array(memory.buffer).set(strings.flat(), symbols() / 4)
  new Float32Array(memory.buffer).set(values, parameters() / 4)
  return () => step(LEARNING_RATE)
}
