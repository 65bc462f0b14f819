import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ModelId, Sizes } from '../problem.ts'

const run = promisify(execFile)
const SOURCES = import.meta.dirname
const BUILT = join(SOURCES, '../.cache/kernels')

/** Which models are written by hand, and in which file. */
const FILES = { lstm: 'lstm.c', 'superposition-stack': 'superposition.c' } as const
export type KernelModel = keyof typeof FILES
export const hasKernel = (model: ModelId): model is KernelModel => model in FILES

export interface Built {
  readonly path: string
  readonly compiler: string
}
export interface NotBuilt {
  readonly missing: string
}

const NATIVE_COMPILERS = process.env.CC ? [process.env.CC] : ['gcc', 'cc', 'clang']
const WASM_COMPILERS = process.env.CLANG
  ? [process.env.CLANG]
  : ['clang', ...Array.from({ length: 9 }, (_, i) => `clang-${22 - i}`)]
const COMMON = ['-O3', '-fno-math-errno']
const FREESTANDING = [
  '--target=wasm32',
  '-msimd128',
  '-ffreestanding',
  '-nostdlib',
  '-fvisibility=hidden',
  '-Wl,--no-entry',
  '-Wl,--export-dynamic',
  '-Wl,-z,stack-size=65536',
]

export function compileNative(model: KernelModel, sizes: Sizes): Promise<Built | NotBuilt> {
  return compile(NATIVE_COMPILERS, `${model}-native`, sizes, [
    '-march=native',
    '-ffp-contract=fast',
    FILES[model],
    'main.c',
  ])
}

export function compileWasm(model: KernelModel, sizes: Sizes, relaxed: boolean): Promise<Built | NotBuilt> {
  return compile(WASM_COMPILERS, `${model}${relaxed ? '-relaxed' : ''}.wasm`, sizes, [
    ...FREESTANDING,
    ...(relaxed ? ['-mrelaxed-simd'] : []),
    FILES[model],
  ])
}

async function compile(
  compilers: readonly string[],
  name: string,
  { batch, length }: Sizes,
  args: readonly string[],
): Promise<Built | NotBuilt> {
  await mkdir(BUILT, { recursive: true })
  const path = join(BUILT, name)
  let complaint: string | undefined
  for (const compiler of compilers) {
    try {
      await run(compiler, [...COMMON, `-DBATCH=${batch}`, `-DLENGTH=${length}`, ...args, '-o', path], { cwd: SOURCES })
      const { stdout } = await run(compiler, ['--version'])
      return {
        path,
        compiler: `${/clang|gcc/.exec(stdout)?.[0] ?? compiler} ${/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? ''}`.trim(),
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        complaint ??= `${compiler} cannot build it: ${firstError(error)}`
    }
  }
  return { missing: complaint ?? `none of ${compilers.join(', ')} is installed; bench/README.md says what to install` }
}

function firstError(error: unknown): string {
  const lines = (error as { stderr?: string }).stderr?.split('\n').filter(line => line.trim() !== '') ?? []
  return lines.find(line => line.includes('error')) ?? lines[0] ?? String(error)
}
